/** The section `sweep` of `podid.config.yaml`: how thoroughly everything is looked at, and how fast at most. How often, says `sweepHours`. */
import * as z from 'zod';

/** What EKS takes in tags' keys and values (EKS guide, "Tag restrictions"); neither `*` nor `$`, which mean more in a policy. */
const TAG_TEXT = /^[\p{L}\p{N}\p{Z}_.:/=+@-]*$/u;
const TAG_RULE = "letters, digits, spaces and _.:/=+@- as in EKS's tags";

export const ClusterTag = z.strictObject({
  key: z.string().min(1).max(128).regex(TAG_TEXT, TAG_RULE),
  /** Absent: any value does. */
  value: z.string().max(256).regex(TAG_TEXT, TAG_RULE).optional(),
});
export type ClusterTag = z.infer<typeof ClusterTag>;

export const SweepSettings = z.strictObject({
  /**
   * Clusters that bear this tag are swept too, in every configured account, in the regions where it has a spoke stack: podid can look nowhere
   * else. They are looked at and told of, never written to: for that a cluster has to be listed. Absent: only listed clusters.
   */
  discover: z.strictObject({ tag: ClusterTag }).optional(),
  /**
   * Within so many hours every association is described once: a listing shows nothing that an update changes. What CloudTrail's history
   * or an event tells is found at once; this is the backstop that needs no trail.
   */
  describeHours: z.int().min(1).max(168).default(24),
  /** Calls of EKS a second in an account and region, List and Describe together. A full cluster takes 8 minutes at 10. */
  describesPerSecond: z.int().min(1).max(1000).default(10),
  /** Lookups in CloudTrail's history a second, in an account and region: its rate is two, for everybody there (API reference, LookupEvents). */
  lookupsPerSecond: z.int().min(1).max(1000).default(2),
});
export type SweepSettings = z.infer<typeof SweepSettings>;
