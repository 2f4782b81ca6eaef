/** `podid.config.yaml`: which accounts and clusters, in which mode, with which brakes. Checked at synth, shipped with the hub's functions. */
import * as z from 'zod';
import { ApiSettings } from './api-settings.ts';
import { DriftSettings } from './drift-settings.ts';
import { GrantSettings } from './grant-settings.ts';
import { partitionOf } from './partition.ts';
import { SweepSettings } from './sweep-settings.ts';

// YAML reads an unquoted account as a number, and loses its leading zeros.
const ACCOUNT = 'an AWS account id has 12 digits; quote it in YAML';
const Account = z.string(ACCOUNT).regex(/^\d{12}$/, ACCOUNT);
const Region = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'a region such as eu-west-1');

/** `observe`: everything is judged and recorded, nothing is written. `remediate`: plans are carried out. */
export const Mode = z.enum(['observe', 'remediate']);
export type Mode = z.infer<typeof Mode>;

const Cluster = z.strictObject({
  name: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, "EKS's pattern for cluster names"),
  region: Region,
  mode: Mode.default('observe'),
});

/** A role's path and name, without the ARN's prefix and the leading slash, with IAM's `*` and `?`. */
const RoleGlob = z
  .string()
  .max(576)
  .regex(
    /^[\w+=,.@*?-][\w+=,.@*?/-]*$/,
    'a role as `name` or `path/name`, with * and ? as in IAM, without `arn:…:role/` and leading slash',
  );

/** What CloudWatch Logs accepts (API reference, PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const Spoke = z.strictObject({
  /** A short name for people, and the profile's name on the local cloud. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  account: Account,
  clusters: z.array(Cluster).default([]),
  /** Role paths or names (IAM globs, without the ARN's prefix) that no function of ours may ever write to: a Deny in its role says so too. */
  excludedRoles: z.array(RoleGlob).default([]),
  /**
   * Roles whose trust podid may narrow in mode remediate: opted in by whoever writes this file; never by a tag. Path and name as IAM matches
   * them, so `orders` is the role without a path. Excluded wins.
   */
  managedRoles: z.array(RoleGlob).default([]),
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
    /** The AWS organization of all these accounts. Without it, trust policies that ask for one are judged for any. */
    organization: z
      .string()
      .regex(/^o-[a-z0-9]{10,32}$/, "an organization's id, such as o-exampleorgid")
      .optional(),
    spokes: z.array(Spoke).min(1),
    revocation: Revocation.prefault({}),
    breaker: Breaker.prefault({}),
    grants: GrantSettings.prefault({}),
    /** Absent: the defaults, under which each cluster's own mode counts. */
    drift: DriftSettings.optional(),
    /** Absent: no API is deployed. */
    api: ApiSettings.optional(),
    /** How often everything is listed, to find what no event told. A full cluster costs 50 List calls, and the Describe calls that are due. */
    sweepHours: z.int().min(1).max(24).default(6),
    /** Absent: the defaults. */
    sweep: SweepSettings.optional(),
    logRetentionDays: z.literal(RETENTION_DAYS).default(90),
  })
  .superRefine((config, context) => {
    const seen = new Set<string>();
    const once = (key: string, path: (string | number)[], message: string) => {
      if (seen.has(key)) context.addIssue({ code: 'custom', path, message });
      seen.add(key);
    };
    const partition = partitionOf(config.hub.region).name;
    for (const [index, spoke] of config.spokes.entries()) {
      once(
        spoke.account,
        ['spokes', index, 'account'],
        `${spoke.account} stands twice: put its clusters under one entry`,
      );
      once(spoke.name, ['spokes', index, 'name'], `${spoke.name} stands twice: give each account its own name`);
      for (const [at, { name, region }] of spoke.clusters.entries()) {
        const path = ['spokes', index, 'clusters', at];
        once(`${spoke.account}/${region}/${name}`, path, `${name} in ${region} stands twice: remove one`);
        if (partitionOf(region).name !== partition) {
          const message = `${region} is not in the hub's partition ${partition}: deploy a hub in each partition`;
          context.addIssue({ code: 'custom', path: [...path, 'region'], message });
        }
      }
    }
  });
export type Config = z.infer<typeof Config>;
export type RevocationSettings = Config['revocation'];
export type BreakerSettings = Config['breaker'];

/** The cluster's entry, or undefined when the configuration doesn't name it: then nothing is ever written there. */
export const configuredCluster = (config: Pick<Config, 'spokes'>, account: string, region: string, name: string) =>
  config.spokes
    .find((spoke) => spoke.account === account)
    ?.clusters.find((cluster) => cluster.region === region && cluster.name === name);

/** The regions in which an account needs a spoke stack: where its clusters are, or the hub's when it has none (roles only). */
export const spokeRegions = (config: Config, account: string): string[] => {
  const regions =
    config.spokes.find((spoke) => spoke.account === account)?.clusters.map((cluster) => cluster.region) ?? [];
  return regions.length === 0 ? [config.hub.region] : [...new Set(regions)].sort();
};
