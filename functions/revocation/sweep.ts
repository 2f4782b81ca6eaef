/** What the states of `sweep.asl.json` hand to each other. Pure. */
import * as z from 'zod';
import { AssociationState, Identity, Instant } from '../association.ts';

export const ClusterRef = Identity.pick({ account: true, region: true, cluster: true });

export const ListClustersOutput = z.strictObject({ clusters: z.array(ClusterRef) });
export type ListClustersOutput = z.infer<typeof ListClustersOutput>;

export const ListAssociationsInput = z.strictObject({ ...ClusterRef.shape, next: z.string().optional() });

/** One page: at most 50 associations, so that with session policies (2,048 characters) it stays far below 256 KiB. */
export const AssociationsPage = z.strictObject({
  cluster: ClusterRef,
  /** `gone`: there is no such cluster, and so it has no associations. */
  status: z.enum(['present', 'gone']),
  associations: z.array(z.strictObject({ identity: Identity, state: AssociationState })).max(50),
  readAt: Instant,
  /** Where the next page begins. */
  next: z.string().optional(),
});
export type AssociationsPage = z.infer<typeof AssociationsPage>;

export const KeepAssociationsOutput = z.strictObject({ kept: z.int() });
export type KeepAssociationsOutput = z.infer<typeof KeepAssociationsOutput>;
