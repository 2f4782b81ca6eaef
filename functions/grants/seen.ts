/** What was read in the accounts before a grant is resolved. What is not in here, nobody read. */
import * as z from 'zod';
import { AssociationState, Identity, RoleArn } from '../association.ts';

/** A role as IAM tells it. */
export const SeenRole = z.discriminatedUnion('present', [
  z.strictObject({ roleArn: RoleArn, present: z.literal(false) }),
  z.strictObject({
    roleArn: RoleArn,
    present: z.literal(true),
    /** JSON text, URL-decoded. */
    trust: z.string(),
    managedPolicyArns: z.array(z.string()),
    /** JSON text by the policy's name. */
    inline: z.record(z.string(), z.string()),
    boundary: z.string().optional(),
    tags: z.record(z.string(), z.string()),
  }),
]);
export type SeenRole = z.infer<typeof SeenRole>;
export type PresentRole = Extract<SeenRole, { present: true }>;

export const SeenAssociation = z.strictObject({
  identity: Identity,
  state: AssociationState,
  tags: z.record(z.string(), z.string()).default({}),
});
export type SeenAssociation = z.infer<typeof SeenAssociation>;

/** A cluster of the wish. */
export const SeenCluster = z.strictObject({
  account: z.string(),
  region: z.string(),
  cluster: z.string(),
  /** How many associations it has; it can have 5,000. */
  associations: z.int().min(0),
  /** Whether pods of the namespace run on Fargate, where there is no Pod Identity. Absent: nobody could look. */
  fargate: z.enum(['all', 'some', 'none']).optional(),
  /** Workloads of the service account with pods that have no Pod Identity. */
  withoutCredentials: z.array(z.strictObject({ workload: z.string(), pods: z.int().min(1) })).default([]),
});
export type SeenCluster = z.infer<typeof SeenCluster>;

export const Seen = z.strictObject({
  roles: z.array(SeenRole),
  /** Those of the wish's identities, and all that give one of the existing roles. */
  associations: z.array(SeenAssociation),
  clusters: z.array(SeenCluster),
  /** What this grant has made or adopted before, by the journal: role ARNs and association ids. */
  made: z.array(z.string()),
});
export type Seen = z.infer<typeof Seen>;

export const seenRole = (seen: Seen, roleArn: string): SeenRole | undefined =>
  seen.roles.find((role) => role.roleArn === roleArn);
