/** Clusters: made by the fleet, described, listed and deleted by calls. */
import type {
  Cluster as ClusterOutput,
  DeleteClusterCommandInput,
  DescribeClusterCommandInput,
  ListClustersCommandInput,
} from '@aws-sdk/client-eks';
import type { Cloud, Operation } from '../../contract.ts';
import { newEntry } from './access-entries.ts';
import { DEFAULT_VERSION, platformVersion } from './cluster-versions.ts';
import { clusterNamed, eksPage, onCluster } from './lookup.ts';
import {
  type AuthenticationMode,
  type Cluster,
  clustersOf,
  type KubernetesObjects,
  type ReviewToken,
} from './state.ts';

export type ClusterOptions = {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** `https://…` */
  readonly endpoint: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly issuer: string;
  readonly reviewToken: ReviewToken;
  /** Where add-ons and namespaced access policies go; without it they are records only, or refused. */
  readonly kubernetes?: KubernetesObjects;
  /** The cluster's own role; a name that nobody looks up when absent. */
  readonly roleArn?: string;
  /** `DEFAULT_VERSION` when absent. */
  readonly version?: string;
  /** `API_AND_CONFIG_MAP` when absent: access entries hold, aws-auth isn't read here. */
  readonly authenticationMode?: AuthenticationMode;
  readonly tags?: Readonly<Record<string, string>>;
};

/** Puts a running cluster under EKS, with an entry that makes the account's `admin` its administrator, as its creator would be. */
export const addCluster = (cloud: Cloud, options: ClusterOptions): Cluster => {
  const { account, region, name } = options;
  const cluster: Cluster = {
    version: DEFAULT_VERSION,
    authenticationMode: 'API_AND_CONFIG_MAP',
    roleArn: `arn:${cloud.partition}:iam::${account}:role/${name}-cluster`,
    ...options,
    arn: `arn:${cloud.partition}:eks:${region}:${account}:cluster/${name}`,
    tags: new Map(Object.entries(options.tags ?? {})),
    createdAt: cloud.now(),
    associations: new Map(),
    byServiceAccount: new Map(),
    accessEntries: new Map(),
    addons: new Map(),
    fargateProfiles: new Map(),
    updates: new Map(),
    requestTokens: new Map(),
  };
  clustersOf(cloud, account, region).set(name, cluster);
  const { arn, userId } = cloud.administrator(account).caller;
  const creator = newEntry(cluster, cloud.now(), { principalArn: arn, principalId: userId, username: arn });
  creator.policies.set(`arn:${cloud.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`, {
    associatedAt: cloud.now(),
    modifiedAt: cloud.now(),
  });
  return cluster;
};

export const DescribeCluster: Operation<DescribeClusterCommandInput, { cluster: ClusterOutput }> = {
  readOnly: true,
  asks: ({ name }, call) => [onCluster('eks:DescribeCluster')(name, call)],
  run: ({ name }, call) => ({ cluster: shown(clusterNamed(call, name), 'ACTIVE') }),
};

export const ListClusters: Operation<ListClustersCommandInput, { clusters: string[]; nextToken?: string }> = {
  readOnly: true,
  asks: () => [{ action: 'eks:ListClusters', resource: '*' }],
  run: ({ include: _include, ...paging }, call) => {
    const page = eksPage(clustersOf(call.cloud, call.account, call.region).keys(), (name) => name, paging);
    return { clusters: [...page.items], ...page.paging };
  },
};

/** Its associations, access entries and add-ons go with it. The Kubernetes API that ran behind it is its fleet's to stop. */
export const DeleteCluster: Operation<DeleteClusterCommandInput, { cluster: ClusterOutput }> = {
  readOnly: false,
  asks: ({ name }, call) => [onCluster('eks:DeleteCluster')(name, call)],
  run: ({ name }, call) => {
    const cluster = clusterNamed(call, name);
    clustersOf(call.cloud, call.account, call.region).delete(cluster.name);
    return { cluster: shown(cluster, 'DELETING') };
  },
};

const shown = (cluster: Cluster, status: 'ACTIVE' | 'DELETING'): ClusterOutput => ({
  name: cluster.name,
  arn: cluster.arn,
  createdAt: cluster.createdAt,
  version: cluster.version,
  endpoint: cluster.endpoint,
  roleArn: cluster.roleArn,
  resourcesVpcConfig: {
    subnetIds: [],
    securityGroupIds: [],
    endpointPublicAccess: true,
    endpointPrivateAccess: false,
    publicAccessCidrs: ['0.0.0.0/0'],
  },
  kubernetesNetworkConfig: {
    serviceIpv4Cidr: '10.100.0.0/16',
    ipFamily: 'ipv4',
    elasticLoadBalancing: { enabled: false },
  },
  logging: {
    clusterLogging: [{ types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'], enabled: false }],
  },
  identity: { oidc: { issuer: cluster.issuer } },
  status,
  certificateAuthority: { data: Buffer.from(cluster.certificateAuthority).toString('base64') },
  platformVersion: platformVersion(cluster.version),
  tags: Object.fromEntries(cluster.tags),
  health: { issues: [] },
  accessConfig: { bootstrapClusterCreatorAdminPermissions: true, authenticationMode: cluster.authenticationMode },
  upgradePolicy: { supportType: 'EXTENDED' },
  computeConfig: { enabled: false },
  storageConfig: { blockStorage: { enabled: false } },
  deletionProtection: false,
});
