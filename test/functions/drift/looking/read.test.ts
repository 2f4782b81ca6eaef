/** Looks at a cluster on DynamoDB in memory, with a spoke that plays EKS and Kubernetes: what podid is let do is a finding of its own. */
import '../../runtime/quiet.ts';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import type { LookHub } from '../../../../functions/drift/looking/hub.ts';
import { lookAt } from '../../../../functions/drift/looking/look.ts';
import { readObject } from '../../../../functions/drift/looking/read.ts';
import { markDirty } from '../../../../functions/drift/marking.ts';
import type { ReadClusterOutput } from '../../../../functions/drift/spoke-contract.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { clusterArn } from '../../../../functions/identity.ts';
import { SETUP_LINES } from '../../../../functions/kubernetes-setup.ts';
import { Failure } from '../../../../functions/runtime/errors.ts';
import { SpokeFailure } from '../../../../functions/runtime/spoke-call.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { ACCOUNT, API, CLUSTER, config, NOW } from '../remedy/objects.ts';

const { account, region, cluster } = API;
const place = { account, region };
const KEY = clusterArn(API);
const CREATED = '2026-01-01T00:00:00.000Z';
const EXECUTION = 'd-0123456789ab-m0-1';

/** What the spoke's functions answer. */
let agent: object;
let entered: readonly string[];
let inside: () => ReadClusterOutput;
let asked: { function: string; input: unknown }[];
let counted: string[];
let clock: number;

beforeEach(() => {
  clock = Date.parse(NOW);
  agent = { kind: 'add-on', status: 'ACTIVE' };
  entered = ['assess', 'list-service-accounts', 'read-cluster', 'restart', 'verify'];
  inside = () => ({ agent: { kind: 'none' }, rbac: [...SETUP_LINES] });
  asked = [];
  counted = [];
});

const access = () =>
  entered.map((file) => ({
    principalArn: `arn:aws:iam::${ACCOUNT}:role/podid-${file}-eu-west-1`,
    groups: [file === 'restart' ? 'podid-restart' : 'podid-observe'],
  }));
const asking: Pick<LookHub, 'ask' | 'config' | 'count'> = {
  config: config(),
  ask: async (call) => {
    asked.push({ function: call.function, input: call.input });
    if (call.function === 'read-cluster') return inside();
    return {
      object: 'cluster',
      control: { present: true, createdAt: CREATED, agent, access: access() },
      readAt: new Date(clock).toISOString(),
    };
  },
  count: (metric) => {
    counted.push(metric);
  },
};
const fails = (error: Error) => () => {
  throw error;
};

describe('a cluster is read from outside and from within', () => {
  const read = async () => (await readObject(asking, CLUSTER, place)).actual;

  test('one after the other', async () => {
    const { facets, unread, complete } = await read();
    expect(asked.map((call) => call.function)).toEqual(['read-object', 'read-cluster']);
    expect(asked[1]?.input).toEqual({ account, region, cluster });
    expect([facets.agent, facets.rbac?.split('\n').length, unread, complete]).toEqual([
      'add-on',
      SETUP_LINES.length,
      [],
      true,
    ]);
  });

  test.each([
    ['its spoke is an older one, without that function', new Failure('AccessDenied', 'no such function')],
    ['its API server is out of reach for long', new SpokeFailure('ServiceUnavailable', 'no answer')],
  ])('%s: unread, and the rest counts', async (_why, error) => {
    inside = fails(error);
    expect(await read()).toMatchObject({ complete: true, unread: ['rbac'], facets: { agent: 'add-on' } });
    expect(counted).toEqual(['ClusterUnread']);
    agent = { kind: 'none' };
    expect(await read()).toMatchObject({ complete: false, unread: ['agent', 'rbac'] });
  });

  test('what is no answer at all is no absence', async () => {
    inside = fails(new TypeError('x is not a function'));
    await expect(read()).rejects.toThrow(TypeError);
  });

  test('one that is gone is not asked', async () => {
    const gone = { ...asking, ask: async () => ({ object: 'cluster', control: { present: false }, readAt: NOW }) };
    expect((await readObject(gone, CLUSTER, place)).actual).toMatchObject({ complete: true, facets: {} });
  });
});

describe('looks', () => {
  let dynamo: Dynamo;
  let store: Store;
  let hub: LookHub;
  beforeEach(async () => {
    dynamo = await startDynamo();
    store = openStore(dynamo.client);
    hub = {
      ...asking,
      ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS) },
      now: () => new Date(clock),
      start: async () => true,
      tell: async () => undefined,
    };
    const facets = { exists: CREATED, agent: 'daemon-set' };
    await hub.objects.keepBaseline(KEY, { acceptedAt: NOW, by: 'ada', facets, closed: [] });
  });
  afterEach(() => dynamo.close());

  /** The reasons that are open after a look, some time later. */
  const look = async (): Promise<string[]> => {
    clock += 600_000;
    await markDirty(hub.objects, placeOf(CLUSTER).key, clock, () => EXECUTION, 30);
    await lookAt(hub, { ref: CLUSTER, execution: EXECUTION, looks: 0, because: 'told' });
    const rows = await store.findings.of(KEY);
    return rows.flatMap(({ state, reason }) => (state === 'open' ? [reason] : []));
  };

  test('losing RBAC alone is RbacLost alone; it stands while nobody can ask, and goes once it is back', async () => {
    expect(await look()).toEqual([]);
    inside = () => ({ rbac: [] });
    expect(await look()).toEqual(['RbacLost']);
    const [row] = await store.findings.of(KEY);
    expect(row).toMatchObject({ severity: 'critical', held: expect.stringContaining('its owner') });
    inside = fails(new SpokeFailure('ClusterUnreachable', 'no answer'));
    expect(await look()).toEqual(['RbacLost']);
    inside = () => ({ rbac: [...SETUP_LINES] });
    expect(await look()).toEqual([]);
  });

  test('an access entry that is gone is no loss of RBAC', async () => {
    entered = ['assess', 'list-service-accounts', 'restart', 'verify'];
    inside = () => ({});
    expect(await look()).toEqual(['AccessEntryLost']);
    inside = () => ({ rbac: [] });
    expect(await look()).toEqual(['AccessEntryLost']);
  });

  test('a DaemonSet of somebody’s own is an agent; without it, and only then, there is none', async () => {
    agent = { kind: 'none' };
    const seen = (more: ReadClusterOutput['agent']) => () => ({
      rbac: [...SETUP_LINES],
      ...(more !== undefined && { agent: more }),
    });
    inside = seen({ kind: 'daemon-set', ready: true });
    expect(await look()).toEqual([]);
    inside = seen({ kind: 'daemon-set', ready: false });
    expect(await look()).toEqual(['AgentDegraded']);
    inside = seen({ kind: 'none' });
    expect(await look()).toEqual(['AgentRemoved']);
    inside = seen(undefined);
    expect(await look()).toEqual(['AgentRemoved']);
    inside = seen({ kind: 'daemon-set', ready: true });
    expect(await look()).toEqual([]);
  });
});
