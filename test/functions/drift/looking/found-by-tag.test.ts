/** Looks at what is in a cluster that was found by its tag, on DynamoDB in memory: it is looked after, and let go with its tag. */
import '../../runtime/quiet.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Config } from '../../../../functions/config.ts';
import type { ObjectRef, SeenChange } from '../../../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import type { LookHub } from '../../../../functions/drift/looking/hub.ts';
import { lookAt } from '../../../../functions/drift/looking/look.ts';
import { tellOfChange } from '../../../../functions/drift/looking/tell.ts';
import { markDirty } from '../../../../functions/drift/marking.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { SpokeFailure } from '../../../../functions/runtime/spoke-call.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { ACCOUNT, API, NOW } from '../remedy/objects.ts';

const FOUND = { account: ACCOUNT, region: 'eu-west-1', cluster: 'found' };
const CLUSTER: ObjectRef = { object: 'cluster', cluster: FOUND };
const ASSOCIATION: ObjectRef = { object: 'association', identity: { ...API, ...FOUND } };
const EXECUTION = 'd-0123456789ab-m0-1';
const PLACE = { account: ACCOUNT, region: 'eu-west-1' };

let dynamo: Dynamo;
let store: Store;
let hub: LookHub;
let clock: number;
let asked: string[];
let answer: () => object;
beforeEach(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  clock = Date.parse(NOW);
  asked = [];
  hub = {
    ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS), config: config() },
    now: () => new Date(clock),
    ask: async (call) => {
      asked.push(call.function);
      return answer();
    },
    start: async () => true,
    tell: async () => undefined,
    count: () => undefined,
  };
  await discovered('found');
});
afterEach(() => dynamo.close());

const config = (sweep: object = { discover: { tag: { key: 'podid' } } }) =>
  Config.parse({
    hub: { account: ACCOUNT, region: 'eu-west-1' },
    spokes: [{ name: 'shop', account: ACCOUNT, clusters: [{ name: 'shop', region: 'eu-west-1', mode: 'remediate' }] }],
    drift: { modes: [{ mode: 'remediate' }] },
    sweep,
  });
const at = (): string => new Date(clock).toISOString();
const discovered = (...names: string[]) =>
  store.discovered.keep({ ...PLACE, clusters: names.map((name) => ({ name, since: NOW })), at: at() });
const look = async (ref: ObjectRef) => {
  clock += 60_000;
  await markDirty(hub.objects, placeOf(ref).key, clock, () => EXECUTION, 30);
  return lookAt(hub, { ref, execution: EXECUTION, looks: 0, because: 'told' });
};
const open = async (ref: ObjectRef) =>
  (await store.findings.of(placeOf(ref).key)).flatMap(({ reason, state }) => (state === 'open' ? [reason] : []));
const cluster = (createdAt = NOW) => ({
  object: 'cluster',
  control: { present: true, createdAt, agent: { kind: 'built-in' }, access: [] },
  readAt: at(),
});
const change: SeenChange = {
  ...{ eventId: 'e-1', at: NOW, kind: 'ClusterConfigChanged', facets: ['*'], via: 'event' },
  actor: { type: 'IAMUser', eventId: 'e-1' },
};

test('of its cluster neither access entries nor bindings are missed, and nobody looks into it', async () => {
  answer = () => cluster();
  expect((await look(CLUSTER)).told).toMatch(/^0 findings/);
  expect([asked, await open(CLUSTER)]).toEqual([['read-object'], []]);
  expect((await hub.objects.read(placeOf(CLUSTER).key)).state?.facets).toMatchObject({ agent: 'built-in' });
});

test('that it is gone, or another one, is found', async () => {
  answer = () => cluster();
  await look(CLUSTER);
  answer = () => cluster('2026-11-18T13:00:00.000Z');
  await look(CLUSTER);
  expect(await open(CLUSTER)).toEqual(['ClusterRecreated']);
  answer = () => ({ object: 'cluster', control: { present: false }, readAt: at() });
  await look(CLUSTER);
  expect(await open(CLUSTER)).toEqual(['ClusterDeleted']);
});

test('its associations are judged, and never written, whatever the rules say, and whatever was accepted while it was listed', async () => {
  await hub.objects.keepBaseline(placeOf(CLUSTER).key, { acceptedAt: NOW, by: 'ada', facets: {}, closed: [] });
  const state = {
    ...{ associationId: 'a-1', associationArn: 'arn:a-1', roleArn: `arn:aws:iam::${ACCOUNT}:role/orders` },
    disableSessionTags: false,
  };
  const found = { identity: { ...API, ...FOUND }, state, tags: {} };
  answer = () => ({ object: 'association', cluster: 'present', found, readAt: at() });
  // Past the time in which it is left alone.
  for (let looks = 0; looks < 3; looks += 1) await look(ASSOCIATION);
  expect(new Set(asked)).toEqual(new Set(['read-object']));
  expect(await store.findings.of(placeOf(ASSOCIATION).key)).toMatchObject([
    { reason: 'AssociationOutsideGrant', state: 'open', held: expect.stringContaining('notify') },
  ]);
});

test('an event about its cluster wakes a look; without its tag nobody minds', async () => {
  const seen = { ref: CLUSTER, change };
  expect(await tellOfChange(hub, [seen])).toMatchObject({ woken: [placeOf(CLUSTER).key], ignored: [] });
  clock += 60_000;
  await discovered();
  expect(await tellOfChange(hub, [seen])).toMatchObject({ woken: [], ignored: [placeOf(CLUSTER).key] });
});

test('that it may not be described any more is no finding: the next sweep tells that its tag is gone', async () => {
  answer = () => {
    throw new SpokeFailure('AccessDenied', 'eks:DescribeCluster is not allowed');
  };
  expect(await look(CLUSTER)).toMatchObject({ told: expect.stringContaining('the next sweep'), because: 'due' });
  expect(await open(CLUSTER)).toEqual([]);
});

test.each<[string, () => unknown]>([
  ['its tag is gone', () => discovered()],
  ['nobody looks for a tag any more', () => Object.assign(hub, { config: config({}) })],
])('what stood against it is closed when %s, and nobody comes back', async (_what, lose) => {
  answer = () => cluster();
  await look(CLUSTER);
  answer = () => cluster('2026-11-18T13:00:00.000Z');
  await look(CLUSTER);
  answer = () => {
    throw new SpokeFailure('AccessDenied', 'eks:DescribeCluster is not allowed');
  };
  await look(CLUSTER);
  expect(await open(CLUSTER)).toEqual(['ClusterRecreated']);
  const { key } = placeOf(CLUSTER);
  expect((await hub.objects.read(key)).state?.again).toBeDefined();
  asked = [];
  clock += 60_000;
  await lose();
  expect((await look(CLUSTER)).told).toContain('names no spoke');
  expect([asked, await open(CLUSTER)]).toEqual([[], []]);
  expect((await hub.objects.read(key)).state?.again).toBeUndefined();
  expect(await store.findings.of(key)).toMatchObject([{ resolvedBy: { kind: 'NotLookedAfter' } }]);
});
