/** What the states of `sweep.asl.json` hand to each other. Pure. */
import * as z from 'zod';
import { AssociationState, Identity, Instant } from '../association.ts';

export const ClusterRef = Identity.pick({ account: true, region: true, cluster: true });

export const ListClustersOutput = z.strictObject({ clusters: z.array(ClusterRef) });
export type ListClustersOutput = z.infer<typeof ListClustersOutput>;

/** What the first page says of the listing, and each later page hands on. */
export const Listing = z.strictObject({
  /** When the first page was read: whatever is older is listed. */
  startedAt: Instant,
  /** The cluster's OIDC issuer, without `https://`; absent when it has none to tell. */
  issuer: z.string().optional(),
});
export type Listing = z.infer<typeof Listing>;

export const ListAssociationsInput = z.strictObject({
  ...ClusterRef.shape,
  /** Where the page begins, and what the pages before it said; absent for the first page. */
  next: z.string().optional(),
  listing: Listing.optional(),
});

/** One page: at most 50 associations, so that with session policies (2,048 characters) it stays far below 256 KiB. */
export const AssociationsPage = z.strictObject({
  cluster: ClusterRef,
  /** `gone`: there is no such cluster, and so it has no associations. */
  status: z.enum(['present', 'gone']),
  associations: z.array(z.strictObject({ identity: Identity, state: AssociationState })).max(50),
  readAt: Instant,
  listing: Listing,
  /** Where the next page begins; absent on the last. */
  next: z.string().optional(),
});
export type AssociationsPage = z.infer<typeof AssociationsPage>;

export const KeepAssociationsOutput = z.strictObject({ kept: z.int() });
export type KeepAssociationsOutput = z.infer<typeof KeepAssociationsOutput>;
