/** What the API takes and answers: one schema is one type and one part of the OpenAPI document. The command line uses the types. */
import * as z from 'zod';
import { AssociationState, Identity, Instant, RoleArn } from '../../association.ts';
import {
  Grant,
  GrantId,
  GrantSettings,
  GrantWish,
  Lifetime,
  Person,
  Phase,
  Remark,
  ResolvedGrant,
} from '../../grants/index.ts';
import { IrsaUse } from '../../irsa.ts';
import { FindingDetail, GrantDetail, LifecycleKind } from '../../lifecycle.ts';
import { FindingRow } from '../../store/finding-row.ts';
import { RevocationRow } from '../../store/revocation-row.ts';

export { GrantWish } from '../../grants/index.ts';

const Version = z.int().min(1);
const Sentences = z.array(z.string()).readonly();
const Why = z.string().trim().max(1000);

// What people send.

/** To approve a version is to have seen it: another one in the meantime is refused. */
export const ApproveBody = z.strictObject({ version: Version, why: Why.optional() }).meta({ id: 'Approve' });
export const RejectBody = z.strictObject({ version: Version, why: Why.min(1, 'say why') }).meta({ id: 'Reject' });
export const ReasonBody = z.strictObject({ why: Why.optional() }).meta({ id: 'Reason' });
export const ExtendBody = z.strictObject({ lifetime: Lifetime, why: Why.optional() }).meta({ id: 'Extend' });
export type ApproveBody = z.infer<typeof ApproveBody>;
export type RejectBody = z.infer<typeof RejectBody>;
export type ReasonBody = z.infer<typeof ReasonBody>;
export type ExtendBody = z.infer<typeof ExtendBody>;

// What it answers.

/** What the caller may do with a grant as it is now; that the guardrails have nothing against a change is found out by asking for it. */
export const GrantAction = z.enum(['change', 'extend', 'approve', 'reject', 'withdraw', 'revoke']);
export type GrantAction = z.infer<typeof GrantAction>;

const AccountChange = z.strictObject({
  as: z.enum(['source', 'target']),
  accounts: z.array(z.string()).readonly(),
  roleArn: z.string().optional(),
  what: z.string(),
});
/** Who gains what by a version. */
export const DifferenceView = z
  .strictObject({
    joins: z.array(Identity).readonly(),
    leaves: z.array(Identity).readonly(),
    gains: z.array(AccountChange).readonly(),
    loses: z.array(AccountChange).readonly(),
    accountsGained: z.array(z.string()).readonly(),
    accountsLost: z.array(z.string()).readonly(),
    terms: Sentences,
    /** All of it, for a person. */
    sentences: Sentences,
  })
  .meta({ id: 'Difference' });
export type DifferenceView = z.infer<typeof DifferenceView>;

/** One thing that the work on a grant does, or has done. */
export const ProgressStep = z
  .strictObject({
    /** The wave of the machine that it belongs to: `targets`, `verification`. */
    step: z.string(),
    /** For a person: `create role podid/checkout-api-0123456789ab`. */
    what: z.string(),
    /** A role's ARN, a service account's key, a place. */
    about: z.string(),
    account: z.string(),
    /** As podid.config.yaml has it. */
    accountName: z.string().optional(),
    region: z.string(),
    /** `undone`: it was done, and taken back since. */
    state: z.enum(['waiting', 'running', 'done', 'failed', 'undone']),
    /** When it was begun. Absent while it waits. */
    startedAt: Instant.optional(),
    /** Since when it is in its state. Absent while it waits. */
    since: Instant.optional(),
    /** What there is to say of how it ended. */
    sentence: z.string().optional(),
  })
  .meta({ id: 'ProgressStep' });
export type ProgressStep = z.infer<typeof ProgressStep>;

/** A grant with its whole history. `revision` is its ETag, too. */
export const GrantView = Grant.extend({
  phase: Phase,
  revision: Version,
  /** Of the version under way, against the one in force; of a grant without either, of the newest. */
  difference: DifferenceView,
  /** Of the newest version, there or not yet: what an association names, and what a workload that assumes its targets itself has to know. */
  roles: z
    .array(
      z.strictObject({
        as: z.enum(['source', 'target']),
        account: z.string(),
        roleArn: z.string(),
        chained: z.boolean(),
      }),
    )
    .readonly(),
  may: z.array(GrantAction).readonly(),
  /** Of the newest work on it, in its order; absent when none has begun, and in answers to what changes a grant. */
  progress: z.array(ProgressStep).readonly().optional(),
}).meta({ id: 'Grant' });
export type GrantView = z.infer<typeof GrantView>;

/** A grant in a list. */
export const GrantRow = z
  .strictObject({
    id: GrantId,
    phase: Phase,
    revision: Version,
    /** The newest version; what follows is of it. */
    version: Version,
    namespace: z.string(),
    serviceAccount: z.string(),
    clusters: GrantWish.shape.clusters,
    targets: z.array(z.string()).readonly(),
    team: z.string(),
    reason: z.string(),
    requestedBy: Person,
    requestedAt: Instant,
    changedAt: Instant,
    expireAt: Instant.optional(),
    /** What the guardrails still want, as sentences. */
    waitsFor: Sentences,
  })
  .meta({ id: 'GrantRow' });
export type GrantRow = z.infer<typeof GrantRow>;

/** Give it back as `cursor` for the next page; absent on the last. A page may hold fewer than asked for. */
const next = z.string().optional();
export const GrantPage = z.strictObject({ grants: z.array(GrantRow).readonly(), next }).meta({ id: 'GrantPage' });
export const FindingPage = z
  .strictObject({ findings: z.array(FindingRow).readonly(), next })
  .meta({ id: 'FindingPage' });
export const RevocationPage = z
  .strictObject({ revocations: z.array(RevocationRow).readonly(), next })
  .meta({ id: 'RevocationPage' });
/** What was told to the world, as `detail-type` and `detail` of the event on the bus: docs/events.md. */
export const EventView = z
  .strictObject({ kind: LifecycleKind, detail: z.union([GrantDetail, FindingDetail]) })
  .meta({ id: 'LifecycleEvent' });
export type EventView = z.infer<typeof EventView>;
export const EventPage = z.strictObject({ events: z.array(EventView).readonly(), next }).meta({ id: 'EventPage' });
export type EventPage = z.infer<typeof EventPage>;
export type GrantPage = z.infer<typeof GrantPage>;
export type FindingPage = z.infer<typeof FindingPage>;
export type RevocationPage = z.infer<typeof RevocationPage>;

/** A guardrail that speaks. */
const Saying = z.strictObject({
  id: z.string(),
  reason: z.string(),
  about: z.string(),
  /** Somebody of one of these teams could give what is missing. */
  teams: z.array(z.string()).readonly().optional(),
});
export const VerdictView = z
  .strictObject({
    verdict: z.enum(['allowed', 'needs-approval', 'denied']),
    because: z.array(Saying).readonly(),
    missing: z.array(Saying).readonly(),
  })
  .meta({ id: 'Verdict' });
export type VerdictView = z.infer<typeof VerdictView>;

export const PreviewView = z
  .strictObject({
    /** The grant that would be changed; absent when it would be a new one. */
    changes: GrantId.optional(),
    plan: ResolvedGrant,
    verdict: VerdictView,
    difference: DifferenceView,
    /**
     * Roles that podid would make are named by the grant's id, which a wish does not have before it is asked for: this part
     * of their names will be another. Absent where no such role is planned.
     */
    placeholders: z.array(z.string()).readonly().optional(),
    /** What the plan does not rest on: what nobody could read just now. Empty: everything was read. */
    unread: z.array(Remark).readonly(),
  })
  .meta({ id: 'Preview' });
export type PreviewView = z.infer<typeof PreviewView>;

export const MeView = Person.extend({
  admin: z.boolean(),
  /** Teams of the token that the guardrails have never heard of. */
  unknownTeams: z.array(z.string()).readonly(),
}).meta({ id: 'Me' });
export type MeView = z.infer<typeof MeView>;

/** What the caller could ask for. The guardrails decide of each wish by itself. */
export const CatalogueView = z
  .strictObject({
    /** Of the caller's teams; names may hold `*` and `?`. */
    namespaces: z
      .array(
        z.strictObject({
          team: z.string(),
          account: z.string(),
          accountName: z.string(),
          region: z.string(),
          cluster: z.string(),
          environment: z.string(),
          namespaces: z.array(z.string()).readonly(),
        }),
      )
      .readonly(),
    /** Accounts into which a grant may reach. */
    accounts: z
      .array(
        z.strictObject({
          account: z.string(),
          name: z.string(),
          environment: z.string(),
          owners: z.array(z.string()).readonly(),
          /** Existing roles that may be asked for: paths and names, with IAM's `*` and `?`. */
          roles: z.array(z.string()).readonly(),
        }),
      )
      .readonly(),
    /** Ready-made permissions; `parameters` is a JSON Schema. */
    templates: z
      .array(z.strictObject({ name: z.string(), title: z.string(), parameters: z.record(z.string(), z.unknown()) }))
      .readonly(),
    limits: GrantSettings.pick({ approvalHours: true, longestDays: true, clusters: true, targets: true }),
  })
  .meta({ id: 'Catalogue' });
export type CatalogueView = z.infer<typeof CatalogueView>;

/** What a service account's annotations ask for by IRSA. Whether it gets it, the role's trust policy says. */
export const IrsaView = IrsaUse.extend({
  /** Which sweep first saw it so. */
  since: Instant,
  /** When the cluster's service accounts were last listed. */
  listedAt: Instant.optional(),
  /** What a pod is given that is created now. */
  wins: z.enum(['pod-identity', 'irsa']),
}).meta({ id: 'Irsa' });
export type IrsaView = z.infer<typeof IrsaView>;

/** What a service account has, and why. */
export const IdentityView = z
  .strictObject({
    identity: Identity,
    /** Absent: it has no association, as far as anybody knows. */
    association: AssociationState.optional(),
    /** `live`: read in its account just now. `inventory`: as podid last saw it. */
    from: z.enum(['live', 'inventory']),
    /** Absent: when its cluster was last swept, it asked for none. */
    irsa: IrsaView.optional(),
    grants: z.array(GrantRow).readonly(),
    findings: z.array(FindingRow).readonly(),
    sentences: Sentences,
  })
  .meta({ id: 'IdentityAccess' });
export type IdentityView = z.infer<typeof IdentityView>;

/** What breaks when a role goes. */
export const ImpactView = z
  .strictObject({
    roleArn: RoleArn,
    /** Service accounts whose association gives the role, or reaches it as its target. */
    identities: z.array(z.strictObject({ identity: Identity, as: z.enum(['source', 'target']) })).readonly(),
    /** Service accounts that ask for it by IRSA, as they were last listed; `since`: which sweep first saw it. */
    irsa: z.array(z.strictObject({ identity: Identity, since: Instant })).readonly(),
    grants: z.array(GrantRow).readonly(),
    findings: z.array(FindingRow).readonly(),
    sentences: Sentences,
  })
  .meta({ id: 'RoleImpact' });
export type ImpactView = z.infer<typeof ImpactView>;

/** RFC 9457. `type` is `urn:podid:problem:` and the name; docs/api.md lists them. */
export const ProblemView = z
  .strictObject({
    type: z.string().regex(/^urn:podid:problem:[a-z-]+$/),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    /** The request's id, for whoever reads the logs. */
    instance: z.string().optional(),
    /** What is wrong with the request, each with its place: a JSON path of the body, or `query.limit`. */
    problems: z
      .array(z.strictObject({ path: z.string(), problem: z.string(), limit: z.string().optional() }))
      .readonly()
      .optional(),
    /** The guardrails that refuse. */
    because: z.array(Saying).readonly().optional(),
    /** The grant that is in the way. */
    grant: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type ProblemView = z.infer<typeof ProblemView>;
