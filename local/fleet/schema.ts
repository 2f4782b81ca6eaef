/** A fleet as data: accounts, clusters, nodes, roles, tables, associations and workloads of the local cloud. */
import * as z from 'zod';

const Document = z.record(z.string(), z.unknown());

const Role = z.strictObject({
  name: z.string(),
  path: z.string().default('/'),
  trust: Document,
  /** Inline policies by name. */
  policies: z.record(z.string(), Document).default({}),
  managedPolicyArns: z.array(z.string()).default([]),
  boundaryArn: z.string().optional(),
  tags: z.record(z.string(), z.string()).default({}),
});

const Table = z.strictObject({
  name: z.string(),
  region: z.string(),
  hashKey: z.string(),
  /** Plain values: strings, numbers, booleans. */
  items: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))).default([]),
});

const Node = z.strictObject({
  name: z.string(),
  instanceId: z.string(),
  /** EC2's HttpPutResponseHopLimit: from 2 on a pod reaches the node's role through instance metadata. */
  hopLimit: z.int().min(1).max(64),
  labels: z.record(z.string(), z.string()).default({}),
});

const Association = z.strictObject({
  namespace: z.string(),
  serviceAccount: z.string(),
  roleArn: z.string(),
  targetRoleArn: z.string().optional(),
  disableSessionTags: z.boolean().default(false),
});

const Cluster = z.strictObject({
  name: z.string(),
  region: z.string(),
  nodeRole: z.string(),
  nodes: z.array(Node).default([]),
  associations: z.array(Association).default([]),
  /** Kubernetes manifests: a YAML file beside the fleet file, or the objects themselves. */
  manifests: z.union([z.string(), z.array(Document)]).default([]),
});

const Account = z.strictObject({
  name: z.string(),
  id: z.string().regex(/^\d{12}$/),
  roles: z.array(Role).default([]),
  tables: z.array(Table).default([]),
  clusters: z.array(Cluster).default([]),
});

const Person = z.strictObject({
  /** The subject of their tokens. */
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  name: z.string(),
  email: z.string(),
  /** By the names in guardrails/teams.yaml. */
  teams: z.array(z.string()),
  /** The variable of `.podid/env` that holds a ready-made token of theirs. */
  tokenIn: z
    .string()
    .regex(/^PODID_[A-Z_]*TOKEN$/)
    .optional(),
});

export const Fleet = z.strictObject({
  /** The control plane's own configuration for it: a YAML file beside the fleet file, or the configuration itself. */
  config: z.union([z.string(), Document]),
  /** The profile `default`, and AWS_REGION in `.podid/env`. */
  region: z.string(),
  /** Who can log in at the local OpenID provider; it starts when the configuration has an `api`. */
  people: z.array(Person).default([]),
  accounts: z.array(Account).min(1),
});
export type Fleet = z.infer<typeof Fleet>;
export type FleetAccount = z.infer<typeof Account>;
export type FleetCluster = z.infer<typeof Cluster>;
