/** Several regions and the hub's own account as spokes, names at their limits, and every kind of workload that can hold credentials. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Credentials } from '../../../local/contract.ts';
import { statesPace } from '../../../local/services/states/settings.ts';
import { dissociate } from './associations.ts';
import {
  deployment,
  FOR_NODES,
  fleet,
  HUB,
  inShop,
  mayScan,
  NAMESPACE,
  namespace,
  ORDERS,
  podRole,
  podTemplate,
  roleArn,
  serviceAccount,
} from './fleets.ts';
import { clusterAt, eventually, kubernetes, type Place, type Running, startFleet } from './harness.ts';
import { isInjected, namesOf, podCredentials, podsOf, podsRunning, scan } from './pods.ts';
import { deniesOn, ended, reasonsOf, resultOf } from './revocations.ts';

const EUROPE = 'eu-west-1';
const OREGON = 'us-west-2';
const VIRGINIA = 'us-east-1';

/** As long as EKS and Kubernetes let names be, with every kind of character; the cluster's is used in two regions. */
const CLUSTER = 'Orders_9-'.repeat(12).slice(0, 100);
const LONG_NAMESPACE = `n${'-9'.repeat(31)}`;
const LONG_ACCOUNT = `a${'.b-9'.repeat(63)}`;
const inRegion = (region: string): Place => ({
  context: CLUSTER,
  namespace: LONG_NAMESPACE,
  serviceAccount: LONG_ACCOUNT,
  region,
});
const IN_HUB: Place = { context: 'tools', namespace: NAMESPACE, serviceAccount: 'ci' };

const longNames = (region: string) => ({
  name: CLUSTER,
  region,
  associations: [{ namespace: LONG_NAMESPACE, serviceAccount: LONG_ACCOUNT, roleArn: roleArn('shared') }],
  manifests: [
    namespace(LONG_NAMESPACE),
    serviceAccount(LONG_ACCOUNT, LONG_NAMESPACE),
    deployment('long', { account: LONG_ACCOUNT, where: LONG_NAMESPACE }),
  ],
});

const MIXED = inShop('mixed');

const workload = (kind: string, name: string, spec: object, group = 'apps/v1') => ({
  apiVersion: group,
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
});
const pods = (app: string) => ({ selector: { matchLabels: { app } }, template: podTemplate('mixed', app) });
/** A job's pod would soon have done its work. */
const LONG = { 'pod-complete.stage.kwok.x-k8s.io/delay': '1h' };
const once = podTemplate('mixed', 'batch');
const job = { ...once, metadata: { ...once.metadata, annotations: LONG } };
const budget = (app: string, limit: object) =>
  workload('PodDisruptionBudget', app, { ...limit, selector: { matchLabels: { app } } }, 'policy/v1');

/** Paused once their pods run: a Deployment that is paused from the beginning has none. */
const PAUSED = [
  { name: 'paused', replicas: 2 },
  { name: 'stuck', replicas: 1 },
];

/** Each of the kinds; `stuck` has a budget that never lets a pod go. */
const MIX = [
  deployment('web', { replicas: 2, account: 'mixed' }),
  ...PAUSED.map(({ name, replicas }) => deployment(name, { replicas, account: 'mixed' })),
  budget('paused', { maxUnavailable: 1 }),
  budget('stuck', { minAvailable: 1 }),
  workload('StatefulSet', 'db', { replicas: 2, serviceName: 'db', ...pods('db') }),
  workload('StatefulSet', 'kept', {
    replicas: 2,
    serviceName: 'kept',
    updateStrategy: { type: 'OnDelete' },
    ...pods('kept'),
  }),
  workload('DaemonSet', 'agent', pods('agent')),
  workload('DaemonSet', 'by-hand', { updateStrategy: { type: 'OnDelete' }, ...pods('by-hand') }),
  workload('ReplicaSet', 'lone', { replicas: 1, ...pods('lone') }),
  workload('Job', 'batch', { template: { ...job, spec: { ...job.spec, restartPolicy: 'Never' } } }, 'batch/v1'),
  { apiVersion: 'v1', kind: 'Pod', ...podTemplate('mixed', 'bare'), metadata: { name: 'bare', namespace: NAMESPACE } },
];
const PODS_OF_MIX = 16;

const FLEET = (() => {
  const base = fleet({
    hubRegion: VIRGINIA,
    clusters: [
      longNames(EUROPE),
      longNames(OREGON),
      {
        name: 'shop',
        region: EUROPE,
        associations: [{ namespace: NAMESPACE, serviceAccount: 'mixed', roleArn: roleArn('mixed') }],
        manifests: [serviceAccount('mixed'), ...MIX],
      },
    ],
    roles: [podRole('shared'), podRole('mixed')],
    // What a budget holds back is left alone when the deadline has passed.
    revocation: { deadlineSeconds: 15 },
  });
  const [hub, shop] = base.accounts;
  const inHub = {
    ...hub,
    tables: [ORDERS(VIRGINIA)],
    roles: [
      { name: 'hub-node', trust: FOR_NODES },
      { ...podRole('ci'), policies: mayScan() },
    ],
    clusters: [
      {
        name: 'tools',
        region: VIRGINIA,
        nodeRole: 'hub-node',
        nodes: [{ name: 'tools-0', instanceId: 'i-0aaa', hopLimit: 1 }],
        associations: [{ namespace: NAMESPACE, serviceAccount: 'ci', roleArn: roleArn('ci', HUB) }],
        manifests: [namespace(NAMESPACE), serviceAccount('ci'), deployment('ci')],
      },
    ],
  };
  const spoke = { name: 'hub', account: HUB, clusters: [{ name: 'tools', region: VIRGINIA, mode: 'remediate' }] };
  return { ...base, config: { ...base.config, spokes: [...base.config.spokes, spoke] }, accounts: [inHub, shop] };
})();

let demo: Running;
const stolen = new Map<string, Credentials>();

beforeAll(async () => {
  demo = await startFleet(FLEET);
  statesPace(demo.cloud).waitMs = 300;
  for (const place of [inRegion(EUROPE), inRegion(OREGON), IN_HUB]) await podsRunning(demo, place, 1);
  await podsRunning(demo, MIXED, PODS_OF_MIX);
  await clusterAt(demo, 'shop').local.apply(
    PAUSED.map(({ name, replicas }) => deployment(name, { replicas, account: 'mixed', spec: { paused: true } })),
  );
  stolen.set(EUROPE, await podCredentials(demo, inRegion(EUROPE)));
  stolen.set(OREGON, await podCredentials(demo, inRegion(OREGON)));
  stolen.set(VIRGINIA, await podCredentials(demo, IN_HUB));
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

/** What somebody sees who copied a pod's credentials in that region. */
const scanIn = async (region: string): Promise<string> => {
  const credentials = stolen.get(region);
  return credentials === undefined ? 'no credentials' : scan(demo, credentials, region);
};

describe('two clusters of one name that share a role, in two regions', () => {
  it('are told apart: what one loses, the other keeps', async () => {
    await dissociate(demo, inRegion(EUROPE));
    const row = await ended(demo, inRegion(EUROPE));
    expect({ outcome: row.outcome, region: row.revocation.identity.region }).toEqual({
      outcome: 'revoked',
      region: EUROPE,
    });
    expect(await scanIn(EUROPE)).toMatch(/explicit deny/);
    expect((await podsOf(demo, inRegion(EUROPE))).map(isInjected)).toEqual([false]);
    expect(await scanIn(OREGON)).toBe('ok');
    expect((await podsOf(demo, inRegion(OREGON))).map(isInjected)).toEqual([true]);
  }, 60_000);

  it('can both lose it', async () => {
    await dissociate(demo, inRegion(OREGON));
    expect((await ended(demo, inRegion(OREGON))).outcome).toBe('revoked');
    expect(await scanIn(OREGON)).toMatch(/explicit deny/);
    const denied = (await deniesOn(demo, 'shop', 'shared')).map(({ condition }) => condition.StringEquals);
    const tags = [EUROPE, OREGON].map((region) => ({
      'aws:PrincipalTag/eks-cluster-arn': `arn:aws:eks:${region}:222222222222:cluster/${CLUSTER}`,
      'aws:PrincipalTag/kubernetes-namespace': LONG_NAMESPACE,
      'aws:PrincipalTag/kubernetes-service-account': LONG_ACCOUNT,
    }));
    expect(denied).toHaveLength(2);
    expect(denied).toEqual(expect.arrayContaining(tags));
  }, 60_000);
});

it('works in the account and region of the hub itself', async () => {
  await dissociate(demo, IN_HUB);
  expect((await ended(demo, IN_HUB)).outcome).toBe('revoked');
  expect(await scanIn(VIRGINIA)).toMatch(/explicit deny/);
}, 60_000);

describe('an identity with every kind of workload', () => {
  const before: string[] = [];

  beforeAll(async () => {
    before.push(...namesOf(await podsOf(demo, MIXED)));
    await dissociate(demo, MIXED);
    await ended(demo, MIXED);
  }, 60_000);

  it('has each of them restarted as it allows', async () => {
    const row = await ended(demo, MIXED);
    expect(row.outcome).toBe('revoked-with-residual-access');
    const { restarted } = resultOf(row);
    const told = restarted.map(({ workload: { kind, name }, how, step }) => [`${kind}/${name}`, how ?? step]);
    expect(Object.fromEntries(told)).toEqual({
      'Deployment/web': 'Roll',
      'Deployment/paused': 'Evict',
      'Deployment/stuck': 'LeaveAlone',
      'StatefulSet/db': 'Roll',
      'StatefulSet/kept': 'Evict',
      'DaemonSet/agent': 'Roll',
      'DaemonSet/by-hand': 'Evict',
      'ReplicaSet/lone': 'Evict',
      'Job/batch': 'Evict',
      'Pod/bare': 'LeaveAlone',
    });
  });

  it('has no pods from before but those that nobody may or can replace', async () => {
    const { core } = await kubernetes(demo, 'shop');
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE });
    const left = items.filter(isInjected);
    expect(left.map(({ metadata }) => metadata?.labels?.app ?? metadata?.name).sort()).toEqual(['bare', 'stuck']);
    expect(namesOf(left).every((name) => before.includes(name))).toBe(true);
    expect(await eventually('the others again', async () => items.length >= PODS_OF_MIX)).toBe(true);
  });

  it('has the rest named, with what to do about it', async () => {
    const row = await ended(demo, MIXED);
    expect(reasonsOf(row)).toEqual(['BarePodLeft', 'PodsRemain', 'WorkloadLeftAlone', 'AssessWarning']);
    const { findings, remaining } = resultOf(row);
    expect(remaining?.pods).toBe(2);
    const [bare, , stuck] = findings;
    expect(bare?.remedy).toBe('kubectl --context shop -n checkout delete pod bare');
    expect(stuck?.sentence).toMatch(/Deployment\/stuck .*the deadline has passed.*disruption budget stuck refuses/);
  });
});
