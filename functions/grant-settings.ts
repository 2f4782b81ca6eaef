/** The section `grants` of `podid.config.yaml`: what we call what we make, how long things may wait, and the limits of one grant. */
import * as z from 'zod';

export const GrantSettings = z.strictObject({
  /** The path under which our roles are made, and the only one under which the spokes may make any. */
  rolePath: z
    .string()
    .max(100)
    .regex(/^\/([\w+=,.@-]+\/)+$/, 'a path with a slash at both ends, such as /podid/')
    .refine((path) => !/^\/aws-(service-role|reserved)\//.test(path), "AWS's own path")
    .default('/podid/'),
  /** The policy, in each account, that bounds every role that we make. */
  boundaryName: z
    .string()
    .regex(/^[\w+=,.@/-]{1,128}$/, 'the name of a managed policy')
    .default('podid-boundary'),
  /** A request that nobody has approved after this many hours lapses. */
  approvalHours: z.int().min(1).max(8760).default(72),
  /** How many hours before the end its owner is warned; what is longer than a lifetime is left out. */
  warnHours: z.array(z.int().min(1).max(8760)).max(5).default([72, 24]),
  /** No grant lives longer; guardrails may say less. Absent in a wish means no end, which is for guardrails to refuse. */
  longestDays: z.int().min(1).max(3650).default(365),
  /** Clusters that one grant may name. */
  clusters: z.int().min(1).max(100).default(40),
  /** Target accounts that one grant may name. */
  targets: z.int().min(0).max(200).default(40),
  /** "Role trust policy length" of the accounts: 2,048, and 8,192 where it was raised (IAM guide, "IAM and AWS STS quotas"). */
  trustCharacters: z.int().min(512).max(8192).default(2048),
  /** "Managed policies attached to an IAM role": 10, and 20 where it was raised. */
  managedPolicies: z.int().min(0).max(20).default(10),
  /**
   * How many of each function that writes for grants may run at once in an account and region, over all grants: Lambda's reserved concurrency.
   * 0 reserves none, for accounts whose limit leaves no more than the 100 that must stay unreserved (Lambda guide, "Lambda quotas").
   */
  writersPerAccount: z.int().min(0).max(100).default(5),
  /** By how much the clocks of two functions may differ. */
  skewSeconds: z.int().min(0).max(600).default(60),
});
export type GrantSettings = z.infer<typeof GrantSettings>;
