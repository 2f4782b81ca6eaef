/** What drift is judged from and what comes of it: one object as it is, as it should be, and what else is known of it. Pure. */
import * as z from 'zod';
import { Actor } from '../actor.ts';
import { Identity, Instant, RoleArn } from '../association.ts';

/** What drift is judged of: one at a time. */
export const ObjectRef = z.discriminatedUnion('object', [
  z.strictObject({ object: z.literal('role'), roleArn: RoleArn }),
  /** EKS allows an identity one association, so that the identity names it also while there is none. */
  z.strictObject({ object: z.literal('association'), identity: Identity }),
  z.strictObject({
    object: z.literal('cluster'),
    cluster: Identity.pick({ account: true, region: true, cluster: true }),
  }),
]);
export type ObjectRef = z.infer<typeof ObjectRef>;

/**
 * One thing of an object that is compared by itself, so that of two people who change two things neither undoes the other.
 * - a role's: `exists` (its unique id), `trust`, `inline:NAME`, `attached:ARN`, `version:ARN` (a managed policy's document, by digest), `boundary`, `tag:KEY`, `deny:NAME`
 * - an association's: `exists` (its id), `role`, `target`, `session-tags` (`on`, `off`), `policy`, `owner`, `tag:KEY`; `cluster` (`gone`) when
 *   its cluster isn't there any more
 * - a cluster's: `exists` (when it was created), `agent`, `access` (our access entries), `rbac`
 */
export const Facet = z.string().min(1).max(700);
export type Facet = z.infer<typeof Facet>;

/** Values as canonical text by facet: two that mean the same are the same text. What is absent isn't there. */
export const Facets = z.record(Facet, z.string());
export type Facets = z.infer<typeof Facets>;

/** An object as it was read. `exists` absent from `facets`: it was looked for, and isn't there. */
export const Actual = z.strictObject({
  readAt: Instant,
  /** False: something could not be read, named in `unread`; nothing is concluded from its absence. */
  complete: z.boolean(),
  unread: z.array(Facet).default([]),
  facets: Facets,
});
export type Actual = z.infer<typeof Actual>;

/** Who wants a facet so. */
export const WantedBy = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('grant'), id: z.string(), version: z.int() }),
  z.strictObject({ kind: z.literal('deny'), revocation: z.string(), until: Instant.optional() }),
  /** What was there when its owner accepted the baseline. */
  z.strictObject({ kind: z.literal('baseline'), acceptedAt: Instant }),
  /** What podid itself was deployed with, to see and to act: access entries, bindings. */
  z.strictObject({ kind: z.literal('setup') }),
]);
export type WantedBy = z.infer<typeof WantedBy>;

/** The value of a wanted `exists` of which nobody knows the id yet: nothing of ours has made it. */
export const ANY_ID = '*';

/** How a facet should be. `value` null: it must not be there. A facet that nobody wants is not in the list, and nobody's to judge unless `closed` says otherwise. */
export const Wanted = z.strictObject({ facet: Facet, value: z.string().nullable(), by: z.array(WantedBy).min(1) });
export type Wanted = z.infer<typeof Wanted>;

export const Desired = z.strictObject({
  wanted: z.array(Wanted),
  /** Kinds of facets (`inline`, `attached`, `tag`) of which there may be none but the wanted ones: those of a role that podid made. */
  closed: z.array(z.string()),
  /** Grants that want different values of one facet: reported, never written. */
  conflicts: z.array(z.strictObject({ facet: Facet, values: z.array(Wanted).min(2) })).default([]),
  /** What may also be so, and need not: of versions that are being carried out or taken back, and what executions intend. */
  also: z.array(z.strictObject({ facet: Facet, value: z.string().nullable() })).optional(),
});
export type Desired = z.infer<typeof Desired>;

/** What an execution of ours is about to write, or has written and not yet seen: recorded before the write. */
export const OpenIntent = z.strictObject({
  execution: z.string(),
  facet: Facet,
  value: z.string().nullable(),
  at: Instant,
  /** Request ids of AWS's answers, as far as they were journaled. */
  requestIds: z.array(z.string()).default([]),
  /** When its outcome was journaled: from then on it explains events and wants nothing. Kept as far back as `changes` go. */
  closedAt: Instant.optional(),
});
export type OpenIntent = z.infer<typeof OpenIntent>;

/** Who took a role: an `AssumeRole` record, by which the chain from a session back to a person is followed. */
export const Assumption = z.strictObject({
  /** `arn:…:sts::…:assumed-role/ROLE/SESSION`. */
  sessionArn: z.string(),
  at: Instant,
  by: Actor,
});
export type Assumption = z.infer<typeof Assumption>;

/** A change of the object that an event told, or CloudTrail when it was asked. */
export const SeenChange = z.strictObject({
  eventId: z.string(),
  at: Instant,
  kind: z.string(),
  /** The facets that it can have touched; `*`: any. */
  facets: z.array(z.string()),
  /** The value that it set, where the event tells; null: it took the thing away. */
  value: z.string().nullable().optional(),
  actor: Actor,
  /** Who stands behind the role's session in which it was made, the next one first, as far as CloudTrail's history tells. Absent: nobody has asked. */
  behind: z.array(Assumption).optional(),
  via: z.enum(['event', 'lookup']),
});
export type SeenChange = z.infer<typeof SeenChange>;

// They stand in the configuration too, a floor below.
export { DRIFT_MODES, DriftMode, Exception } from '../drift-settings.ts';

/** Everything that one reconcile of one object looks at. */
export const Snapshot = z.strictObject({
  ref: ObjectRef,
  now: Instant,
  actual: Actual,
  desired: Desired,
  intents: z.array(OpenIntent),
  /** Newest last; as far back as fights are counted. */
  changes: z.array(SeenChange),
  /** What podid knew before: the facets of the last complete read. */
  before: Facets.optional(),
  /** Who took the roles of the changes' actors, as far as events tell. */
  assumptions: z.array(Assumption).optional(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** Who did it, and whether it was us. */
export const Attribution = z.strictObject({
  who: z.enum([
    'us', // our principal, and an intent that matches
    'us-without-intent', // our principal and no intent: a stolen writer
    'other',
    'unknown',
  ]),
  actor: Actor.optional(),
  eventId: z.string().optional(),
  /** A sentence: who, from where, with what. */
  sentence: z.string(),
});
export type Attribution = z.infer<typeof Attribution>;

export const DriftFinding = z.strictObject({
  /** A documented constant, PascalCase. */
  reason: z.string(),
  severity: z.enum(['info', 'warning', 'error', 'critical']),
  ref: ObjectRef,
  facet: Facet,
  /** Beside reason and object in the finding's key: the facet, or what of it. Never actor, witness or event. */
  subject: z.string(),
  sentence: z.string(),
  witness: z.string().optional(),
  remedy: z.string().optional(),
  is: z.string().nullable(),
  shouldBe: z.string().nullable(),
  attribution: Attribution.optional(),
});
export type DriftFinding = z.infer<typeof DriftFinding>;

/** One write that a plan asks for. `to` null: it goes. */
export const Action = z.strictObject({
  do: z.enum(['revert', 'tighten', 'deny-again', 're-provision', 'revoke']),
  facet: Facet,
  to: z.string().nullable(),
  /** The findings that it mends, by reason and subject. */
  mends: z.array(z.string()),
});
export type Action = z.infer<typeof Action>;

/** Why something is not done that could be. */
export const Hold = z.strictObject({
  /** `adopted`: a person has asked for a new version of the grant that wants it as it is; whoever decides about that decides about this. */
  because: z.enum([
    'mode',
    'exception',
    'window',
    'settling',
    'kill-switch',
    'breaker',
    'fight',
    'conflict',
    'adopted',
    'owned',
    'in-flight',
    'incomplete',
    'lease',
    'changed-since',
    'not-ours',
  ]),
  facet: Facet,
  sentence: z.string(),
  /** When to look again, where that is known. */
  again: Instant.optional(),
});
export type Hold = z.infer<typeof Hold>;

export const DriftPlan = z.strictObject({
  ref: ObjectRef,
  /** Of the facets that it was made from: other ones by the time of the write, and it is made anew. */
  actualDigest: z.string(),
  desiredDigest: z.string(),
  actions: z.array(Action),
  holds: z.array(Hold),
});
export type DriftPlan = z.infer<typeof DriftPlan>;
