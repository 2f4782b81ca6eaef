/** The section `sweep` of `podid.config.yaml`: how thoroughly everything is looked at, and how fast at most. How often, says `sweepHours`. */
import * as z from 'zod';

export const SweepSettings = z.strictObject({
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
