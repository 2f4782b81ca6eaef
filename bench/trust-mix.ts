/** The trust policies and identities that the trust benchmarks ask about: seeded, so that each run has the same. */
import type { WorkloadIdentity } from '../functions/identity.ts';
import { clusterArn } from '../functions/identity.ts';
import { partitionOf } from '../functions/partition.ts';

export const ACCOUNT = '111122223333';
export const ROLE = { account: ACCOUNT, partition: partitionOf('eu-west-1').name } as const;
export const ORGANIZATION = 'o-a1b2c3d4e5';

export type WrittenPolicy = { readonly Version: '2012-10-17'; readonly Statement: readonly object[] };
type Numbers = (below: number) => number;

/** What a policy looks like, how many of twelve do, and how it is written for an identity that it admits. */
type Shape = {
  readonly about: string;
  readonly of12: number;
  readonly statements: (identity: WorkloadIdentity, numbers: Numbers) => readonly object[];
};

/** Four of twelve have globs. */
export const SHAPES: readonly Shape[] = [
  { about: 'any association of the account, as in AWS’s example', of12: 2, statements: () => [pods()] },
  {
    about: 'one to five service accounts in a namespace of a cluster',
    of12: 3,
    statements: (identity, numbers) => [pods({ StringEquals: exact(identity, others(identity, numbers(5))) })],
  },
  {
    about: 'one service account in 5 to 14 clusters, by their ARNs',
    of12: 2,
    statements: (identity, numbers) => {
      const clusters = [identity, ...Array.from({ length: 4 + numbers(10) }, () => identityFrom(numbers))];
      return [pods({ StringEquals: { ...exact(identity, []), [tag('eks-cluster-arn')]: clusters.map(clusterArn) } })];
    },
  },
  {
    about: 'namespaces by a glob, in the clusters of a region',
    of12: 2,
    statements: (identity) => [
      pods({
        StringLike: { [tag('kubernetes-namespace')]: `${identity.namespace.split('-')[0]}-*` },
        ArnLike: { [tag('eks-cluster-arn')]: clusterArn({ ...identity, cluster: '*' }) },
      }),
    ],
  },
  {
    about: 'clusters, namespaces and service accounts by globs, the organization, a Deny for kube-system',
    of12: 2,
    statements: (identity) => [
      pods({
        StringLike: {
          [tag('eks-cluster-name')]: `${identity.cluster.split('-')[0]}-*`,
          [tag('kubernetes-namespace')]: [`*-${identity.namespace.split('-')[1]}`, 'shared-?', 'ops-*'],
          [tag('kubernetes-service-account')]: [`${identity.serviceAccount.slice(0, 2)}*`, '*-job'],
        },
        StringEquals: { 'aws:SourceOrgID': ORGANIZATION, 'aws:SourceAccount': ACCOUNT },
      }),
      { ...pods({ StringEquals: { [tag('kubernetes-namespace')]: 'kube-system' } }), Effect: 'Deny' },
    ],
  },
  {
    about: 'a migration: IRSA beside Pod Identity, the two actions in two statements',
    of12: 1,
    statements: (identity) => [
      { ...pods({ StringEquals: exact(identity, []) }), Action: 'sts:AssumeRole' },
      { ...pods(), Action: 'sts:TagSession' },
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:${ROLE.partition}:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${ISSUER}:sub`]: `system:serviceaccount:${identity.namespace}:${identity.serviceAccount}`,
            [`${ISSUER}:aud`]: 'sts.amazonaws.com',
          },
        },
      },
    ],
  },
];

export type Case = {
  readonly policy: WrittenPolicy;
  /** One that it admits, unless a Deny or its tail is against it, and one that is somebody else. */
  readonly asked: readonly WorkloadIdentity[];
};

/** So many policies, in the proportions of the shapes. */
export const cases = (count: number): readonly Case[] => {
  const numbers = numbersFrom(20_261_121);
  const twelve = SHAPES.flatMap((shape) => Array.from({ length: shape.of12 }, () => shape));
  return Array.from({ length: count }, (_, index): Case => {
    const identity = identityFrom(numbers);
    const Statement = twelve[index % twelve.length]?.statements(identity, numbers) ?? [];
    return { policy: { Version: '2012-10-17', Statement }, asked: [identity, identityFrom(numbers)] };
  });
};

/** Everybody is somebody of a fleet of 60 clusters in three regions, 200 namespaces and 320 names of service accounts. */
export const identityFrom = (numbers: Numbers): WorkloadIdentity => ({
  account: ACCOUNT,
  region: pick(['eu-west-1', 'us-east-1', 'ap-southeast-2'], numbers),
  cluster: `${pick(['prod', 'stage', 'data', 'edge'], numbers)}-${pick(['blue', 'green', 'one', 'two', 'three'], numbers)}`,
  namespace: `${pick(['pay', 'shop', 'search', 'ops', 'ml', 'web', 'risk', 'mail', 'auth', 'data'], numbers)}-${pick(TEAMS, numbers)}`,
  serviceAccount: `${pick(['api', 'worker', 'cron', 'ingest', 'export', 'reader', 'writer', 'sync'], numbers)}-${numbers(40)}`,
});

/** Evenly spread whole numbers below a bound, the same each time (mulberry32). */
export const numbersFrom = (seed: number): Numbers => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
};

const TEAMS = Array.from({ length: 20 }, (_, index) => `team${index}`);
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';

const pick = (from: readonly string[], numbers: Numbers): string => from[numbers(from.length)] ?? '';

const tag = (name: string): string => `aws:RequestTag/${name}`;

export const pods = (conditions?: object): object => ({
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  ...(conditions && { Condition: conditions }),
});

const exact = (identity: WorkloadIdentity, besides: readonly string[]): object => ({
  [tag('eks-cluster-arn')]: clusterArn(identity),
  [tag('kubernetes-namespace')]: identity.namespace,
  [tag('kubernetes-service-account')]: [identity.serviceAccount, ...besides],
});

const others = ({ serviceAccount }: WorkloadIdentity, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${serviceAccount}-${index}`);
