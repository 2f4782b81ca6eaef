/** The fleet's Kubernetes clusters, each behind EKS: login through access entries, injection from associations, nodes as EC2 instances. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cloud } from './contract.ts';
import { arnsOf, nodesOf, type RunningCluster } from './fleet/build.ts';
import type { Fleet, FleetAccount, FleetCluster } from './fleet/schema.ts';
import { addIssuer } from './issuers.ts';
import { type Authority, makeAuthority } from './kubernetes/authority.ts';
import { startCluster } from './kubernetes/index.ts';
import { realKubernetesTools, startRealCluster } from './kubernetes/real.ts';
import { addInstance } from './services/ec2/index.ts';
import { accessPolicyManifests, addCluster, associationOf, authenticator, clusterByArn } from './services/eks/index.ts';

/** What a spoke's functions need in each cluster: RBAC and the admission policy, as an operator would apply them. */
const RBAC = path.join(import.meta.dirname, '..', 'infra', 'kubernetes');

/** Starts all of them, side by side, and registers each with EKS and its nodes with EC2. */
export const clustersOf = async (
  cloud: Cloud,
  fleet: Fleet,
  dir: string,
  kind: 'embedded' | 'real',
): Promise<readonly RunningCluster[]> => {
  const authority = await keptAuthority(cloud, dir);
  await instanceProfiles(cloud, fleet);
  const clusters = fleet.accounts.flatMap((account) => account.clusters.map((cluster) => ({ account, cluster })));
  const manifests = [...accessPolicyManifests(), ...rbac()];
  return Promise.all(
    clusters.map(async ({ account, cluster }) => {
      const local = await start(cloud, account, cluster, authority, kind);
      cloud.onClose(local.close);
      await local.apply(manifests);
      return { account, cluster, local };
    }),
  );
};

const start = async (
  cloud: Cloud,
  account: FleetAccount,
  cluster: FleetCluster,
  authority: Authority,
  kind: 'embedded' | 'real',
) => {
  const { name, region } = cluster;
  const arns = arnsOf(account, cluster);
  const options = {
    name,
    region,
    account: account.id,
    arn: arns.cluster,
    tls: { ca: authority.ca, ...(await authority.issue(['127.0.0.1', 'localhost'])) },
    authenticate: (bearer: string) => authenticator(cloud, arns.cluster)(bearer),
    association: (namespace: string, serviceAccount: string) =>
      associationOf(cloud, arns.cluster, namespace, serviceAccount),
    now: cloud.now,
    nodes: nodesOf(cluster),
  };
  const local = kind === 'real' ? await startReal(options) : await startCluster(options);
  addCluster(cloud, {
    account: account.id,
    region,
    name,
    endpoint: local.endpoint,
    certificateAuthority: local.certificateAuthority,
    issuer: local.issuer,
    reviewToken: local.reviewToken,
    kubernetes: local,
  });
  // A deleted cluster publishes no keys any more, and its tokens open nothing.
  addIssuer(cloud, {
    url: local.issuer,
    region,
    keys: () => (clusterByArn(cloud, arns.cluster) === undefined ? [] : local.jwks().keys),
  });
  instancesFor(cloud, account, cluster);
  return local;
};

const startReal = (options: Parameters<typeof startCluster>[0]) => {
  const tools = realKubernetesTools();
  if (tools === undefined) {
    throw new Error(
      'No real Kubernetes: set KUBEBUILDER_ASSETS, and PODID_KUBERNETES_TOOLS to the folder with `up` and `down`',
    );
  }
  return startRealCluster({ ...options, tools });
};

/** Nodes are instances with the node role's profile; the agent on them calls EKS Auth with that role. */
const instancesFor = (cloud: Cloud, account: FleetAccount, cluster: FleetCluster): void => {
  for (const { instanceId, hopLimit, name } of cluster.nodes) {
    addInstance(cloud, {
      account: account.id,
      region: cluster.region,
      instanceId,
      hopLimit,
      privateDnsName: name,
      instanceProfileArn: arnsOf(account, cluster).instanceProfile,
    });
  }
};

/** One for each node role: clusters of an account may share one. */
const instanceProfiles = async (cloud: Cloud, { region, accounts }: Fleet): Promise<void> => {
  for (const account of accounts) {
    const { caller } = cloud.administrator(account.id);
    const roles = account.clusters.filter(({ nodes }) => nodes.length > 0).map(({ nodeRole }) => nodeRole);
    for (const RoleName of new Set(roles)) {
      const profile = { InstanceProfileName: RoleName };
      await cloud.call('iam', 'CreateInstanceProfile', profile, { caller, region });
      await cloud.call('iam', 'AddRoleToInstanceProfile', { ...profile, RoleName }, { caller, region });
    }
  }
};

const rbac = (): object[] =>
  ['rbac.yaml', 'admission.yaml'].flatMap((file) =>
    parseAllDocuments(readFileSync(path.join(RBAC, file), 'utf8')).map((document) => document.toJS() as object),
  );

/** The same authority at each start, so that a kubeconfig of `aws eks update-kubeconfig` outlives a restart where the port does. */
const keptAuthority = async (cloud: Cloud, dir: string): Promise<Authority> => {
  const file = path.join(dir, 'authority.json');
  const authority = await makeAuthority(cloud.now(), kept(file));
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, JSON.stringify({ ca: authority.ca, key: authority.key }), { mode: 0o600 });
  return authority;
};

const kept = (file: string): { ca: string; key: string } | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { ca: string; key: string };
  } catch {
    // The first start, or a file that somebody changed: a new authority is made.
    return undefined;
  }
};
