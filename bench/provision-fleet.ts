/** A fleet for measuring grants: a cluster in one account, and forty accounts with a table each; guardrails of its own, so that one approval is enough. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { eksToken } from '../functions/aws/eks-token.ts';
import { ROOT } from '../infra/build.ts';
import type { Service } from '../local/contract.ts';
import type { Door } from '../local/door.ts';
import { fleetOf } from '../local/fleet/load.ts';
import { type Local, startLocal } from '../local/start.ts';
import { until } from './fleet.ts';

export const REGION = 'eu-west-1';
export const HUB = '111111111111';
export const HOME = '222222222222';
export const CLUSTER = 'bench';
export const NAMESPACE = 'bench-0';
export const TABLE = 'orders';
/** More than anything here asks for: what is measured is the work, not the limits. */
export const API_LIMITS = {
  callerLimit: { burst: 100_000, perSecond: 10_000 },
  stageLimit: { burst: 5_000, perSecond: 5_000 },
};

export const targetAccount = (index: number): string => String(600_000_000_000 + index);
/** Guardrails allow 50 grants in a namespace and 200 in a team. */
export const teamOf = (index: number): string => `team-${Math.floor(index / 100)}`;
export const namespaceOf = (index: number): string => `bench-${Math.floor(index / 50)}`;

export type FleetSize = {
  readonly targets: number;
  /** Each with one pod. */
  readonly serviceAccounts: readonly string[];
  readonly around?: (service: Service) => Service;
};

export type ProvisionFleet = {
  readonly local: Local;
  readonly door: Door;
  readonly core: CoreV1Api;
};

/** Starts it, and waits until the pods of these service accounts run. */
export const provisionFleet = async (
  dir: string,
  { targets, serviceAccounts, around }: FleetSize,
): Promise<ProvisionFleet> => {
  const accounts = Array.from({ length: targets }, (_, index) => targetAccount(index));
  const guardrailsDir = guardrails(path.join(dir, 'guardrails'), accounts);
  const loaded = fleetOf(fleet(accounts, serviceAccounts), dir);
  const local = await startLocal({ port: 0, dir, loaded, guardrailsDir, ...(around && { around }) });
  const { door } = local;
  if (door === undefined) throw new Error('the fleet has no API');
  const core = await kubernetes(local);
  await until(async () => {
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, fieldSelector: 'status.phase=Running' });
    return items.length === serviceAccounts.length;
  });
  return { local, door, core };
};

/** The repository's policies, with these accounts and teams. */
const guardrails = (dir: string, accounts: readonly string[]): string => {
  mkdirSync(dir, { recursive: true });
  cpSync(path.join(ROOT, 'guardrails'), dir, { recursive: true });
  const owned = [HOME, ...accounts].map((account) => [account, { environment: 'development', owners: ['owners'] }]);
  const teams = Array.from({ length: 10 }, (_, team) => [
    `team-${team}`,
    { namespaces: [{ account: HOME, cluster: CLUSTER, namespaces: ['bench-*'] }] },
  ]);
  const said = { accounts: Object.fromEntries(owned), teams: { ...Object.fromEntries(teams), owners: {} } };
  writeFileSync(path.join(dir, 'teams.yaml'), stringify(said));
  return dir;
};

const fleet = (accounts: readonly string[], serviceAccounts: readonly string[]) => ({
  region: REGION,
  config: {
    hub: { account: HUB, region: REGION },
    spokes: [
      { name: 'home', account: HOME, clusters: [{ name: CLUSTER, region: REGION, mode: 'remediate' }] },
      ...accounts.map((account, index) => ({ name: `target-${index}`, account })),
    ],
    api: { issuer: 'http://127.0.0.1:1', audience: ['urn:podid:api'], ...API_LIMITS },
  },
  people: [
    {
      id: 'dana',
      name: 'Dana',
      email: 'dana@example.com',
      teams: Array.from({ length: 10 }, (_, team) => `team-${team}`),
      tokenIn: 'PODID_TOKEN',
    },
    { id: 'avery', name: 'Avery', email: 'avery@example.com', teams: ['owners'], tokenIn: 'PODID_APPROVER_TOKEN' },
  ],
  accounts: [
    { name: 'hub', id: HUB },
    {
      name: 'home',
      id: HOME,
      roles: [{ name: 'node', trust: FOR_NODES }],
      clusters: [
        {
          name: CLUSTER,
          region: REGION,
          nodeRole: 'node',
          nodes: [{ name: 'node-0', instanceId: 'i-0', hopLimit: 1 }],
          manifests: [
            { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
            ...serviceAccounts.flatMap(workloadOf),
          ],
        },
      ],
    },
    ...accounts.map((id, index) => ({
      name: `target-${index}`,
      id,
      tables: [{ name: TABLE, region: REGION, hashKey: 'id', items: [{ id: 'o-1' }] }],
    })),
  ],
});

const FOR_NODES = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

const workloadOf = (name: string): object[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { serviceAccountName: name, containers: [{ name: 'main', image: 'registry.example/main:1' }] },
      },
    },
  },
];

const kubernetes = async ({ cloud, clusters }: Local): Promise<CoreV1Api> => {
  const local = clusters[0]?.local;
  if (local === undefined) throw new Error('the fleet has no cluster');
  const { credentials } = cloud.administrator(HOME);
  const { endpoint } = cloud;
  const token = await eksToken({ cluster: CLUSTER, region: REGION, credentials, at: new Date(), endpoint });
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: CLUSTER,
      server: local.endpoint,
      caData: Buffer.from(local.certificateAuthority).toString('base64'),
      skipTLSVerify: false,
    },
    { name: CLUSTER, token },
  );
  return config.makeApiClient(CoreV1Api);
};
