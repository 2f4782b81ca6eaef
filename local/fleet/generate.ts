/** Big fleets for rehearsals and benchmarks: the same seed gives the same fleet. */
import { partitionOf } from '../../functions/partition.ts';

export type FleetSize = {
  readonly clusters: number;
  /** Per cluster; EKS takes 5,000 at most. */
  readonly associations: number;
  /** Deployments per cluster, with one pod each. */
  readonly workloads: number;
  readonly seed: number;
};

const REGION = 'eu-west-1';
const HUB = '100000000000';
/** Clusters in one account, and roles that they share. */
const CLUSTERS_PER_ACCOUNT = 5;
const ROLES_PER_ACCOUNT = 40;
/** Service accounts of one namespace. */
const PER_NAMESPACE = 25;

/** A fleet as `fleetOf` takes it; its associations are older than the control plane. */
export const generatedFleet = ({ clusters, associations, workloads, seed }: FleetSize) => {
  const random = randomOf(seed);
  const accounts = Array.from({ length: Math.ceil(clusters / CLUSTERS_PER_ACCOUNT) }, (_, index) => {
    const id = String(200_000_000_000 + index);
    const first = index * CLUSTERS_PER_ACCOUNT;
    const here = Math.min(CLUSTERS_PER_ACCOUNT, clusters - first);
    const roles = Array.from({ length: ROLES_PER_ACCOUNT }, (_, role) => `app-${pad(role, 2)}`);
    return {
      name: `spoke-${pad(index, 2)}`,
      id,
      roles: [nodeRole, ...roles.map(podRole)],
      clusters: Array.from({ length: here }, (_, cluster) => ({
        name: `c-${pad(first + cluster, 3)}`,
        region: REGION,
        nodeRole: nodeRole.name,
        nodes: [{ name: `node-${pad(first + cluster, 3)}`, instanceId: `i-${pad(first + cluster, 17)}`, hopLimit: 1 }],
        associations: Array.from({ length: associations }, (_, at) => ({
          ...identityAt(at),
          roleArn: `arn:${partitionOf(REGION).name}:iam::${id}:role/${roles[Math.floor(random() * roles.length)]}`,
        })),
        manifests: Array.from({ length: workloads }, (_, at) => manifestsOf(at)).flat(),
      })),
    };
  });
  return {
    region: REGION,
    associationsFirst: true,
    config: {
      hub: { account: HUB, region: REGION },
      spokes: accounts.map(({ name, id, clusters: own }) => ({
        name,
        account: id,
        clusters: own.map((cluster) => ({ name: cluster.name, region: REGION, mode: 'observe' })),
      })),
    },
    accounts: [{ name: 'hub', id: HUB }, ...accounts],
  };
};

const identityAt = (at: number) => ({
  namespace: `team-${pad(Math.floor(at / PER_NAMESPACE), 3)}`,
  serviceAccount: `app-${pad(at % PER_NAMESPACE, 2)}`,
});

const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });

const nodeRole = {
  name: 'node',
  trust: policy({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  policies: { node: policy({ Effect: 'Allow', Action: 'eks-auth:AssumeRoleForPodIdentity', Resource: '*' }) },
};

const podRole = (name: string) => ({
  name,
  trust: policy({
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  }),
  policies: { read: policy({ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*' }) },
});

/** One deployment for each of a cluster's first service accounts; what is there already is only applied again. */
const manifestsOf = (at: number): object[] => {
  const { namespace, serviceAccount: name } = identityAt(at);
  const labels = { app: name };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { serviceAccountName: name, containers: [{ name, image: `registry.example/${name}:1` }] },
        },
      },
    },
  ];
};

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** Numbers from 0 to 1 by a linear congruence modulo 2³² (Numerical Recipes' constants): even enough to deal out roles. */
const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};
