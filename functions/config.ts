/** `podid.config.yaml`: which accounts and clusters, in which mode, with which brakes. Checked at synth, shipped with the hub's functions. */
import * as z from 'zod';

const Account = z.string().regex(/^\d{12}$/, 'an AWS account id has 12 digits; quote it in YAML');
const Region = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'a region such as eu-west-1');

/** `observe`: everything is judged and recorded, nothing is written. `remediate`: plans are carried out. */
export const Mode = z.enum(['observe', 'remediate']);
export type Mode = z.infer<typeof Mode>;

const Cluster = z.strictObject({
  name: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, "EKS's pattern for cluster names"),
  region: Region,
  mode: Mode.default('observe'),
});

const Spoke = z.strictObject({
  /** A short name for people, and the profile's name on the local cloud. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  account: Account,
  clusters: z.array(Cluster).default([]),
  /** Role paths or names (IAM globs, without the ARN's prefix) that no function of ours may ever write to. */
  excludedRoles: z.array(z.string().min(1)).default([]),
});

const Revocation = z.strictObject({
  /** An identity that has the same role again within this many seconds of losing it is not restarted, and its deny is lifted. */
  settleSeconds: z.int().min(0).max(300).default(30),
  /** How long pods may take to be replaced before a revocation ends with what is left to do. */
  deadlineSeconds: z.int().min(10).max(7200).default(900),
  /** Past the deadline, pods that disruption budgets protect are deleted instead of evicted. */
  deleteAfterDeadline: z.boolean().default(false),
  /** Pods without an owner never come back: they are deleted only when this says so. */
  deleteBarePods: z.boolean().default(false),
  /** Seconds from IAM's answer to presumed effect; published measurements are about 4 s, IAM's guide says minutes. */
  propagationSeconds: z.int().min(0).max(600).default(10),
  /**
   * What to do where session tags are off, so that a deny can't name the identity: nothing but a residual finding, or a deny
   * by session name (`cluster`: every identity of clusters with the same first 10 characters) or on every older session of the role.
   */
  withoutSessionTags: z.enum(['report', 'cluster', 'whole-role']).default('report'),
});

const Breaker = z.strictObject({
  windowSeconds: z.int().min(10).max(86_400).default(600),
  /** More identities of one cluster than this within the window: stop and ask. */
  identities: z.int().min(1).default(25),
  /** More than this share of a cluster's associations within the window: stop and ask. */
  percent: z.number().min(1).max(100).default(50),
  /** The share is looked at only from this many identities on: one of two is half. */
  percentFrom: z.int().min(1).default(5),
});

export const Config = z
  .strictObject({
    hub: z.strictObject({ account: Account, region: Region }),
    spokes: z.array(Spoke).min(1),
    revocation: Revocation.prefault({}),
    breaker: Breaker.prefault({}),
    logRetentionDays: z.int().default(90),
  })
  .superRefine((config, context) => {
    const seen = new Set<string>();
    for (const [index, spoke] of config.spokes.entries()) {
      for (const key of [spoke.account, spoke.name]) {
        if (seen.has(key)) context.addIssue({ code: 'custom', path: ['spokes', index], message: `${key} stands twice` });
        seen.add(key);
      }
    }
  });
export type Config = z.infer<typeof Config>;
export type RevocationSettings = Config['revocation'];
export type BreakerSettings = Config['breaker'];

/** The cluster's entry, or undefined when the configuration doesn't name it: then nothing is ever written there. */
export const configuredCluster = (config: Config, account: string, region: string, name: string) =>
  config.spokes
    .find((spoke) => spoke.account === account)
    ?.clusters.find((cluster) => cluster.region === region && cluster.name === name);

/** The regions in which an account needs a spoke stack: where its clusters are, or the hub's when it has none (roles only). */
export const spokeRegions = (config: Config, account: string): string[] => {
  const regions = config.spokes.find((spoke) => spoke.account === account)?.clusters.map((cluster) => cluster.region) ?? [];
  return regions.length === 0 ? [config.hub.region] : [...new Set(regions)].sort();
};
