/** What the hub hands to the spoke functions of drift, and what they answer. Pure. */
import * as z from 'zod';
import { AssociationState, Identity, Instant, RoleArn } from '../association.ts';
import { SeenAssociation, SeenRole } from '../grants/seen.ts';
import { ObjectRef } from './contract.ts';
import { SeenControl, SeenInside } from './facets/index.ts';

/** Look at one object. */
export const ReadObjectInput = z.strictObject({
  ref: ObjectRef,
  /** Of a cluster: the roles whose access entries count. */
  principals: z.array(RoleArn).max(50).optional(),
});
export type ReadObjectInput = z.infer<typeof ReadObjectInput>;

export const ReadObjectOutput = z.discriminatedUnion('object', [
  z.strictObject({
    object: z.literal('role'),
    /** With all inline policies, session denies too. */
    seen: SeenRole,
    /** `AROA…`: another one means that the role was deleted and made again. */
    roleId: z.string().min(1).optional(),
    /** The documents of the account's own managed policies that it bears, by ARN. Null: it could not be read. AWS's own are left out. */
    documents: z.record(z.string(), z.string().nullable()),
    readAt: Instant,
  }),
  z.strictObject({
    object: z.literal('association'),
    cluster: z.enum(['present', 'gone']),
    /** Absent: the identity has none. */
    found: SeenAssociation.optional(),
    readAt: Instant,
  }),
  z.strictObject({ object: z.literal('cluster'), control: SeenControl, readAt: Instant }),
]);
export type ReadObjectOutput = z.infer<typeof ReadObjectOutput>;

/** Look into one cluster. */
export const ReadClusterInput = Identity.pick({ account: true, region: true, cluster: true });
export type ReadClusterInput = z.infer<typeof ReadClusterInput>;

export const ReadClusterOutput = SeenInside;
export type ReadClusterOutput = z.infer<typeof ReadClusterOutput>;

/** One thing that is taken away of a role, or put in the place of more. */
export const MendDeed = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('trust'), document: z.string().min(1) }),
  z.strictObject({ do: z.literal('detach'), arn: z.string().min(1) }),
  z.strictObject({ do: z.literal('delete-inline'), name: z.string().min(1) }),
  z.strictObject({ do: z.literal('put-inline'), name: z.string().min(1), document: z.string().min(1) }),
  z.strictObject({ do: z.literal('boundary'), arn: z.string().min(1) }),
]);
export type MendDeed = z.infer<typeof MendDeed>;

/** Take away of one role what nobody asked for. The spoke reads it again, and proves of each deed that it gives nothing. */
export const MendRoleInput = z.strictObject({
  /** The execution that asks: by it CloudTrail tells whose the calls are. */
  asker: z.string().min(1).max(80),
  roleArn: RoleArn,
  deeds: z.array(MendDeed).min(1).max(50),
});
export type MendRoleInput = z.infer<typeof MendRoleInput>;

export const MendRoleOutput = z.strictObject({
  /**
   * - `mended`: written, and what can be read by now is as asked.
   * - `kept`: it was so already.
   * - `gone`: there is no such role.
   * - `refused`: excluded or not ours to write, and nothing was written; or at least one deed is not proven to give nothing, or IAM never
   *   takes it: `because` says which, and `wrote` has the others.
   * - `not-visible`: IAM took it and doesn't show it yet: read again later.
   */
  status: z.enum(['mended', 'kept', 'gone', 'refused', 'not-visible']),
  /** The facets that were written, in order: `trust`, `inline:NAME`, `deny:NAME`, `attached:ARN`, `boundary`. */
  wrote: z.array(z.string()),
  because: z.string().optional(),
  at: Instant,
});
export type MendRoleOutput = z.infer<typeof MendRoleOutput>;

/** Delete an association that nobody was granted, if it still is what was seen. */
export const DropAssociationInput = z.strictObject({
  /** The execution that asks: by it CloudTrail tells whose the call is. */
  asker: z.string().min(1).max(80),
  identity: Identity,
  associationId: AssociationState.shape.associationId,
  roleArn: RoleArn,
  targetRoleArn: RoleArn.optional(),
});
export type DropAssociationInput = z.infer<typeof DropAssociationInput>;

export const DropAssociationOutput = z.strictObject({
  /**
   * - `dropped`: EKS has deleted it.
   * - `gone`: it isn't there; also when an earlier answer was lost.
   * - `refused`: it is another one by now, an add-on's or a grant's, or its role is not podid's to defend: `because` says which.
   */
  status: z.enum(['dropped', 'gone', 'refused']),
  because: z.string().optional(),
  at: Instant,
});
export type DropAssociationOutput = z.infer<typeof DropAssociationOutput>;
