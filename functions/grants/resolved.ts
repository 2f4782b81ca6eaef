/** A grant resolved: everything that is to be there, and how it stands to what is. Guardrails judge it, provisioning carries it out. */
import * as z from 'zod';
import { Identity, RoleArn } from '../association.ts';

/**
 * - `create`: it isn't there.
 * - `keep`: this grant made it, and it is as it should be; or an existing role that needs no change.
 * - `update`: this grant made it, or its owner opted it in, and it differs.
 * - `adopt`: somebody else made it, and it matches: the guardrails have to allow it.
 * - `take-over`: somebody else made it, it differs, and the wish asks to take it over.
 * - `stop`: somebody else made it and it differs, or it can't be had at all.
 */
export const Standing = z.enum(['create', 'keep', 'update', 'adopt', 'take-over', 'stop']);
export type Standing = z.infer<typeof Standing>;

/** Whom a role's trust must admit, through one way. */
export const Party = z.strictObject({
  /** For a target role: the exact ARN of the role through which they come. */
  sourceRoleArn: RoleArn.optional(),
  /** With session tags on. */
  tagged: z.array(Identity).readonly(),
  /** With session tags off. */
  untagged: z.array(Identity).readonly(),
});
export type Party = z.infer<typeof Party>;

/** The trust of a role; the spoke's function writes it. Of a role that others share it admits them, too. */
const Trust = z.strictObject({
  parties: z.array(Party).readonly(),
  /** As it would be written now; absent when it can't be, for which there is a blocker. */
  text: z.string().optional(),
});

export const ResolvedRole = z.strictObject({
  as: z.enum(['source', 'target']),
  roleArn: RoleArn,
  account: z.string(),
  /** podid makes it; or it is there, and its owner has opted it in. */
  managed: z.boolean(),
  trust: Trust,
  /** Of a managed role all that it has; of an existing one nothing, its owner decides. */
  managedPolicyArns: z.array(z.string()).readonly(),
  /** JSON text by name: of a managed role all that it has, of an existing one ours. */
  inline: z.record(z.string(), z.string()),
  boundary: z.string().optional(),
  tags: z.record(z.string(), z.string()),
  standing: Standing,
  /** How what is there differs, one sentence each. */
  differences: z.array(z.string()).readonly(),
});
export type ResolvedRole = z.infer<typeof ResolvedRole>;

export const ResolvedAssociation = z.strictObject({
  identity: Identity,
  roleArn: RoleArn,
  targetRoleArn: RoleArn.optional(),
  disableSessionTags: z.boolean(),
  /** The session policy, as text. */
  policy: z.string().optional(),
  tags: z.record(z.string(), z.string()),
  /** Of the one that is there. */
  associationId: z.string().optional(),
  standing: Standing,
  differences: z.array(z.string()).readonly(),
});
export type ResolvedAssociation = z.infer<typeof ResolvedAssociation>;

/** A reason that a program can tell, and a sentence for a person. */
export const Remark = z.strictObject({ reason: z.string(), sentence: z.string() });
export type Remark = z.infer<typeof Remark>;

export const ResolvedGrant = z.strictObject({
  grantId: z.string(),
  version: z.int().min(1),
  /** In the order in which they are made: IAM refuses a trust that names a role that isn't there. */
  roles: z.array(ResolvedRole).readonly(),
  associations: z.array(ResolvedAssociation).readonly(),
  /** Associations that this grant made for identities that the version leaves out: they go, by the way of a revocation. */
  removed: z.array(z.strictObject({ identity: Identity, associationId: z.string() })).readonly(),
  /** Roles that this grant made and doesn't use any more: they go last. */
  removedRoles: z.array(RoleArn).readonly(),
  /** Existing roles that this grant doesn't use any more: what it has written there goes, and their trust is authored without it. */
  releasedRoles: z.array(RoleArn).readonly(),
  /** What must be otherwise before anything can be made. Empty: it can be. */
  blockers: z.array(Remark).readonly(),
  /** What a person should know. */
  warnings: z.array(Remark).readonly(),
  /** Workloads whose pods have no credentials until they are restarted. */
  restarts: z.array(z.strictObject({ identity: Identity, workload: z.string(), pods: z.int() })).readonly(),
});
export type ResolvedGrant = z.infer<typeof ResolvedGrant>;
