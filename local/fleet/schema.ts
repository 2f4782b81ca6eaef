/** A fleet as data: accounts, clusters, nodes, roles, tables, associations and workloads of the local cloud. */
import * as z from 'zod';

const Document = z.record(z.string(), z.unknown());

const Role = z.strictObject({
  name: z.string(),
  path: z.string().default('/'),
  trust: Document,
  policies: z.record(z.string(), Document).default({}).describe('Inline policies by name.'),
  managedPolicyArns: z.array(z.string()).default([]),
  boundaryArn: z.string().optional().describe('The permissions boundary.'),
  tags: z.record(z.string(), z.string()).default({}),
});

const Table = z.strictObject({
  name: z.string(),
  region: z.string(),
  hashKey: z.string().describe('The partition key, a string.'),
  items: z
    .array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])))
    .default([])
    .describe('Plain values: strings, numbers, booleans.'),
});

const Node = z.strictObject({
  name: z.string(),
  instanceId: z.string(),
  hopLimit: z
    .int()
    .min(1)
    .max(64)
    .describe("EC2's HttpPutResponseHopLimit: from 2 on a pod reaches the node's role through instance metadata."),
  labels: z.record(z.string(), z.string()).default({}),
});

const Association = z.strictObject({
  namespace: z.string(),
  serviceAccount: z.string(),
  roleArn: z.string().describe("A role of the cluster's account."),
  targetRoleArn: z.string().optional().describe('A role that EKS assumes with the first one, in any account.'),
  disableSessionTags: z.boolean().default(false),
});

const Cluster = z.strictObject({
  name: z.string(),
  region: z.string(),
  nodeRole: z.string().describe('The name of a role of the account; the nodes run with it.'),
  nodes: z.array(Node).default([]),
  associations: z.array(Association).default([]),
  manifests: z
    .union([z.string(), z.array(Document)])
    .default([])
    .describe('Kubernetes manifests: a YAML file beside the fleet file, or the objects themselves.'),
});

const ACCOUNT_ID = 'An account id is twelve digits, in quotes.';

const Account = z.strictObject({
  name: z.string().describe('Also the name of its profile in the env file.'),
  id: z.string(ACCOUNT_ID).regex(/^\d{12}$/, ACCOUNT_ID),
  roles: z.array(Role).default([]),
  tables: z.array(Table).default([]),
  clusters: z.array(Cluster).default([]),
});

const Person = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .describe('The subject of their tokens.'),
  name: z.string(),
  email: z.string(),
  teams: z.array(z.string()).describe('By the names in guardrails/teams.yaml.'),
  tokenIn: z
    .string()
    .regex(/^PODID_[A-Z_]*TOKEN$/)
    .optional()
    .describe('The variable of `.podid/env` that holds a ready-made token of theirs.'),
});

export const Fleet = z.strictObject({
  config: z
    .union([z.string(), Document])
    .describe(
      "The control plane's own configuration for it: a YAML file beside the fleet file, or the configuration itself.",
    ),
  region: z.string().describe('The region of the profile `default`, and AWS_REGION in `.podid/env`.'),
  people: z
    .array(Person)
    .default([])
    .describe('Who can log in at the local OpenID provider; it starts when the configuration has an `api`.'),
  associationsFirst: z
    .boolean()
    .default(false)
    .describe(
      'The associations are older than the control plane, which learns of them from its sweep instead of an event for each. Big fleets need it.',
    ),
  accounts: z.array(Account).min(1).describe('The first one is the hub.'),
});
export type Fleet = z.infer<typeof Fleet>;
export type FleetAccount = z.infer<typeof Account>;
export type FleetCluster = z.infer<typeof Cluster>;
