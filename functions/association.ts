/** A Pod Identity association as it is handed on and kept: the schemas of what an identity holds. */
import * as z from 'zod';

/** A point in time, ISO 8601 with an offset. */
export const Instant = z.iso.datetime({ offset: true });
export const RoleArn = z.string().regex(/^arn:[^:]+:iam::\d{12}:role\/.+$/, 'a role ARN');

/** See `functions/identity.ts`. Names are as EKS and Kubernetes allow them; the lengths are theirs. */
export const Identity = z.strictObject({
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  cluster: z.string().min(1).max(100),
  namespace: z.string().min(1).max(63),
  serviceAccount: z.string().min(1).max(253),
});

/** What an association gives: the part of it that decides which sessions exist. */
export const AssociationState = z.strictObject({
  associationId: z.string().min(1),
  associationArn: z.string().min(1),
  roleArn: RoleArn,
  targetRoleArn: RoleArn.optional(),
  disableSessionTags: z.boolean(),
  /** A session policy, as text; only with session tags off. */
  policy: z.string().optional(),
  ownerArn: z.string().optional(),
  createdAt: Instant.optional(),
  modifiedAt: Instant.optional(),
});
export type AssociationState = z.infer<typeof AssociationState>;
