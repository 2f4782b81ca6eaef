/** What a person asks for: the schema, and the identities that it is about. */
import * as z from 'zod';
import type { ClusterRef, WorkloadIdentity } from '../identity.ts';
import { Lifetime } from './lifetime.ts';

const Account = z.string().regex(/^\d{12}$/, 'an AWS account id has 12 digits');

const Cluster = z.strictObject({
  account: Account,
  region: z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'a region such as eu-west-1'),
  cluster: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, "a cluster's name: up to 100 letters, digits, - and _"),
});

/** `managed`: podid makes it. Or a role that is there, whose owner has opted it in by `managedRoles` in the configuration. */
const RoleChoice = z
  .string()
  .max(600)
  .refine((role) => role !== '', { error: 'the role is empty: say managed, or the ARN of a role', abort: true })
  .regex(/^(managed|arn:[^:]+:iam::\d{12}:role\/[\w+=,.@/-]+)$/, 'managed, or the ARN of a role');

/** A policy as JSON text or as an object; whether IAM would take it, `problemsOf` says. */
const PolicySource = z.union([z.string().max(200_000), z.record(z.string(), z.unknown())], {
  error: 'a policy, as JSON text or as an object',
});

export const Permissions = z.strictObject({
  managedPolicyArns: z
    .array(
      z
        .string()
        .max(600)
        .regex(/^arn:[^:]+:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/, 'the ARN of a managed policy'),
    )
    .max(20)
    .default([]),
  inline: PolicySource.optional(),
  /** One of `podid abac`, with what it needs to know. */
  template: z
    .strictObject({ name: z.string().max(64), parameters: z.record(z.string(), z.unknown()).default({}) })
    .optional(),
});
export type Permissions = z.infer<typeof Permissions>;

export const GrantWish = z.strictObject({
  clusters: z.array(Cluster).min(1).max(100),
  namespace: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      "no namespace's name: at most 63 characters, lower-case letters, digits and -, a letter or digit at both ends",
    ),
  serviceAccount: z
    .string()
    .max(253)
    .regex(
      /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
      "no service account's name: at most 253 characters, lower-case letters, digits, - and ., a letter or digit at both ends of each part",
    ),
  /** The role that EKS gives the pods: of the cluster's account. An existing one keeps the permissions that it has. */
  source: z.strictObject({ role: RoleChoice, permissions: Permissions.optional() }),
  /** Roles of other accounts: one that EKS chains (`targetRoleArn`), or several that the workload assumes itself. */
  targets: z
    .array(
      z.strictObject({
        account: Account,
        role: RoleChoice.default('managed'),
        chained: z.boolean().default(false),
        permissions: Permissions.optional(),
      }),
    )
    .max(200)
    .default([]),
  sessionTags: z.boolean().default(true),
  /** Narrows what the association's sessions may do; with session tags off only. */
  sessionPolicy: PolicySource.optional(),
  reason: z.string().trim().min(1, 'say what it is for').max(1000),
  /** The team that answers for it. */
  team: z.string().regex(/^[A-Za-z0-9][\w.@-]{0,127}$/, "a team's name: up to 128 letters, digits and _ . @ -"),
  /** Absent: until it is revoked. */
  lifetime: Lifetime.optional(),
  /** Restart pods that are older than the association: they have no credentials until then. */
  restartPods: z.boolean().default(false),
  /** Take over a role or association that is there already and differs; what differs is shown before. */
  takeOver: z.boolean().default(false),
});
export type GrantWish = z.infer<typeof GrantWish>;
export type TargetWish = GrantWish['targets'][number];

/** Whom it is for: one service account in each of its clusters. */
export const identitiesOf = ({
  clusters,
  namespace,
  serviceAccount,
}: Pick<GrantWish, 'clusters' | 'namespace' | 'serviceAccount'>): readonly WorkloadIdentity[] =>
  clusters.map(({ account, region, cluster }: ClusterRef) => ({ account, region, cluster, namespace, serviceAccount }));

/** The accounts of its clusters, each once, in order: an association's role is of its cluster's account. */
export const sourceAccountsOf = ({ clusters }: Pick<GrantWish, 'clusters'>): readonly string[] =>
  [...new Set(clusters.map(({ account }) => account))].toSorted();

/** Whether podid makes this role. */
export const isManaged = (role: string): boolean => role === 'managed';

/** A policy as JSON text. */
export const textOf = (source: string | Record<string, unknown>): string =>
  typeof source === 'string' ? source : JSON.stringify(source);
