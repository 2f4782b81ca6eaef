/** Small fleets as data: a hub, an account `shop` with its clusters, and as many service accounts as a test needs. */

export const HUB = '111111111111';
export const SHOP = '222222222222';
export const REGION = 'eu-west-1';
export const NAMESPACE = 'checkout';

export const roleArn = (name: string, account: string = SHOP): string => `arn:aws:iam::${account}:role/${name}`;

export const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });

/** The trust that lets EKS give a role to pods. */
export const FOR_PODS = policy({
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
});

export const FOR_NODES = policy({
  Effect: 'Allow',
  Principal: { Service: 'ec2.amazonaws.com' },
  Action: 'sts:AssumeRole',
});

/** May scan any table, and assume the roles given. */
export const mayScan = (...assumes: string[]) => ({
  scan: policy(
    { Effect: 'Allow', Action: 'dynamodb:Scan', Resource: '*' },
    ...(assumes.length === 0
      ? []
      : [{ Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: assumes }]),
  ),
});

export const podRole = (name: string, ...assumes: string[]) => ({
  name,
  trust: FOR_PODS,
  policies: mayScan(...assumes),
});

export const NODE_ROLE = { name: 'node', trust: FOR_NODES };

/** The nodes' metadata is out of the pods' reach: nothing to fall back on. */
export const nodes = (number: number, prefix: string) =>
  Array.from({ length: number }, (_, index) => ({
    name: `${prefix}-${index}`,
    instanceId: `i-0${Buffer.from(`${prefix}${index}`).toString('hex').slice(-16)}`,
    hopLimit: 1,
  }));

export const ORDERS = (region: string) => ({ name: 'orders', region, hashKey: 'id', items: [{ id: 'o-1' }] });

export const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

export const serviceAccount = (name: string, where: string = NAMESPACE, annotations: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: where, annotations },
});

export const podTemplate = (account: string, app: string) => ({
  metadata: { labels: { app } },
  spec: { serviceAccountName: account, containers: [{ name: 'main', image: 'registry.example/main:1' }] },
});

export const deployment = (name: string, { replicas = 1, account = name, where = NAMESPACE, spec = {} } = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: where },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(account, name), ...spec },
});

export type ClusterSpec = {
  readonly name: string;
  readonly region?: string;
  readonly mode?: 'observe' | 'remediate';
  /** Each has a role and a Deployment, both of its name. */
  readonly members?: readonly string[];
  /** Pods of each Deployment. */
  readonly replicas?: number;
  readonly associations?: readonly object[];
  readonly manifests?: readonly object[];
};

export type FleetSpec = {
  readonly clusters: readonly ClusterSpec[];
  readonly roles?: readonly object[];
  readonly excludedRoles?: readonly string[];
  readonly revocation?: object;
  readonly breaker?: object;
  readonly hubRegion?: string;
};

/** A hub and one account with these clusters. Waits are short, the breaker far away. */
export const fleet = ({ clusters, roles = [], excludedRoles = [], revocation, breaker, hubRegion }: FleetSpec) => ({
  region: hubRegion ?? REGION,
  config: {
    hub: { account: HUB, region: hubRegion ?? REGION },
    spokes: [
      {
        name: 'shop',
        account: SHOP,
        excludedRoles,
        clusters: clusters.map(({ name, region = REGION, mode = 'remediate' }) => ({ name, region, mode })),
      },
    ],
    revocation: { settleSeconds: 1, propagationSeconds: 0, deadlineSeconds: 60, ...revocation },
    breaker: breaker ?? { identities: 1000, percent: 100 },
  },
  accounts: [
    { name: 'hub', id: HUB },
    {
      name: 'shop',
      id: SHOP,
      tables: [...new Set(clusters.map(({ region = REGION }) => region))].map(ORDERS),
      roles: [
        NODE_ROLE,
        ...[...new Set(clusters.flatMap(({ members = [] }) => members))].map((name) => podRole(name)),
        ...roles,
      ],
      clusters: clusters.map((spec, index) => clusterOf(spec, `node-${index}`)),
    },
  ],
});

/** A fleet of one cluster, `shop`. */
export const shop = (members: readonly string[], more: Partial<FleetSpec> = {}) =>
  fleet({ clusters: [{ name: 'shop', members }], ...more });

/** A member's place in that cluster. */
export const inShop = (member: string) => ({ context: 'shop', namespace: NAMESPACE, serviceAccount: member });

const clusterOf = (spec: ClusterSpec, nodePrefix: string) => {
  const { name, region = REGION, members = [], replicas = 1, associations = [], manifests = [] } = spec;
  return {
    name,
    region,
    nodeRole: NODE_ROLE.name,
    nodes: nodes(2, nodePrefix),
    associations: [
      ...members.map((member) => ({ namespace: NAMESPACE, serviceAccount: member, roleArn: roleArn(member) })),
      ...associations,
    ],
    manifests: [
      namespace(NAMESPACE),
      ...members.map((member) => serviceAccount(member)),
      ...members.map((member) => deployment(member, { replicas })),
      ...manifests,
    ],
  };
};
