/** What guardrails are told of a grant: its resolved plan, and who has agreed to it. They read nothing themselves. */
import * as z from 'zod';
import { Identity, RoleArn } from '../../association.ts';

const Count = z.int().min(0);
const Team = z.string().min(1).max(128);

/** A human being. The subject is what stays the same in every token of theirs, whatever client or session it is for: issuer and `sub`. */
export const Person = z.strictObject({
  subject: z.string().min(1).max(512),
  name: z.string().optional(),
  /** From the verified token, as it was when the person acted. */
  teams: z.array(Team).readonly(),
});
export type Person = z.infer<typeof Person>;

/** A yes to one version of the grant. Whether it counts is for the guardrails to say. */
export const Approval = z.strictObject({ by: Person, version: Count });
export type Approval = z.infer<typeof Approval>;

/** A permissions policy of a role. */
export const RolePolicy = z.strictObject({
  /** The managed policy's ARN, or the inline policy's name. */
  name: z.string().min(1),
  /** JSON text, or an object; absent when nobody could read it: then it is judged as the worst. */
  document: z.unknown().optional(),
});
export type RolePolicy = z.infer<typeof RolePolicy>;

/**
 * A role that the grant gives, directly or in the end. `source` and `target` are asked for; `assumed` and `passed` are those that
 * these can go on to by `sts:AssumeRole` and `iam:PassRole`, in any number of steps.
 */
export const RoleFacts = z.strictObject({
  arn: RoleArn,
  as: z.enum(['source', 'target', 'assumed', 'passed']),
  /** For `assumed` and `passed`: the role before it in the chain. */
  through: RoleArn.optional(),
  /** It is there already. */
  exists: z.boolean(),
  /** podid made it, by podid's own record: tags prove nothing. */
  ours: z.boolean(),
  /** Its owner has opted in by configuration. */
  optedIn: z.boolean(),
  /** The configuration, AWS or podid itself keeps it out of reach. */
  excluded: z.boolean(),
  /** The ARN of the permissions boundary that it has, or will have. */
  boundary: z.string().min(1).optional(),
  /** Every permissions policy that it has or will have. */
  policies: z.array(RolePolicy).readonly(),
  /** Why its policies could not all be read. */
  unread: z.string().min(1).optional(),
});
export type RoleFacts = z.infer<typeof RoleFacts>;

/** A service account's association that is there already. */
export const AssociationFacts = z.strictObject({
  identity: Identity,
  associationId: z.string().min(1),
  ownedByAddOn: z.boolean(),
});
export type AssociationFacts = z.infer<typeof AssociationFacts>;

export const GrantFacts = z.strictObject({
  id: z.string().min(1),
  version: Count,
  /** Who asked for this version. */
  requester: Person,
  /** The team that answers for the grant. */
  team: Team,
  /** The same namespace and service account, in one or several clusters. */
  identities: z.array(Identity).min(1).readonly(),
  reason: z.string(),
  /** Seconds; absent: until it is revoked. */
  lifetimeSeconds: z.int().min(1).optional(),
  sessionTags: z.boolean(),
  roles: z.array(RoleFacts).min(1).readonly(),
  associations: z.array(AssociationFacts).readonly().default([]),
  approvals: z.array(Approval).readonly().default([]),
  /** Grants that stand or are under way, without this one. A namespace's by `account/region/cluster/namespace`. */
  counts: z.strictObject({ team: Count, namespaces: z.record(z.string(), Count) }),
});
export type GrantFacts = z.infer<typeof GrantFacts>;

/** Checks facts that come from outside. @throws z.ZodError naming each place */
export const grantFacts = (value: unknown): GrantFacts => GrantFacts.parse(value);
