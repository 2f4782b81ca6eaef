/** The search for clusters by their tag, place by place: what is swept, kept, told and let go. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { placeOf } from '../../../../functions/drift/kept.ts';
import { objectKey } from '../../../../functions/drift/object.ts';
import { FindClustersInput } from '../../../../functions/drift/sweep/contract.ts';
import { type DiscoveredIn, discover } from '../../../../functions/drift/sweep/discover.ts';
import type { Discovering } from '../../../../functions/drift/sweep/keep-discovered.ts';
import { summaryOf } from '../../../../functions/drift/sweep/summary.ts';
import { clusterArn } from '../../../../functions/identity.ts';
import { Failure } from '../../../../functions/runtime/errors.ts';
import { seenOf } from '../../../../functions/store/association-row.ts';
import { ACCOUNT, config, roleArn, startWorld, type World } from './world.ts';

const OTHER = '444455556666';
const DISCOVER = { discover: { tag: { key: 'podid', value: 'observe' } }, describesPerSecond: 10 };
const spokes = [
  {
    name: 'payments',
    account: ACCOUNT,
    clusters: [
      { name: 'payments', region: 'eu-west-1' },
      { name: 'payments', region: 'us-east-1' },
    ],
  },
  { name: 'roles-only', account: OTHER },
];

let world: World;
/** By `account/region`: names, and whether they bear the tag. */
let clusters: Map<string, Map<string, boolean>>;
let asked: FindClustersInput[];
let hinted: string[];
let told: string[];
let failing: Map<string, string>;
beforeEach(async () => {
  world = await startWorld();
  clusters = new Map(
    [`${ACCOUNT}/eu-west-1`, `${ACCOUNT}/us-east-1`, `${OTHER}/eu-west-1`].map((place) => [place, new Map()]),
  );
  [asked, hinted, told] = [[], [], []];
  failing = new Map();
});
afterEach(() => world.dynamo.close());

const around = (sweep: object = DISCOVER, change: object = {}): Discovering => ({
  ...world.around,
  store: world.store,
  config: config({ spokes, sweep, ...change }),
  hint: async (ref) => {
    hinted.push(objectKey(ref));
    return { isNew: false, woke: true };
  },
  told: async (_cluster, { opened, resolved }) => {
    told.push(...opened.map(({ reason }) => `+${reason}`), ...resolved.map(({ resolvedBy }) => `-${resolvedBy?.kind}`));
  },
  ask: async (called, place, given) => {
    expect(called).toBe('find-clusters');
    const input = FindClustersInput.parse(given);
    expect(place).toEqual({ account: input.account, region: input.region });
    asked.push(input);
    const key = `${input.account}/${input.region}`;
    const why = failing.get(key);
    if (why !== undefined) throw Object.assign(new Error('by the test'), { name: why });
    const all = [...(clusters.get(key) ?? [])];
    const from = Number(input.next ?? 0);
    const page = all.slice(from, from + 2);
    return {
      names: page.map(([name]) => name),
      tagged: page.flatMap(([name, isTagged]) => (isTagged && !input.except.includes(name) ? [name] : [])),
      ...(from + 2 < all.length && { next: String(from + 2) }),
    };
  },
});
const put = (place: string, name: string, isTagged = true) => clusters.get(place)?.set(name, isTagged);
const HERE = `${ACCOUNT}/eu-west-1`;
const search = async (given = around()) => {
  world.pass(6);
  return discover(given, `s-${world.now().getTime()}`);
};
const foundBy = (places: readonly DiscoveredIn[]): string[] =>
  places.flatMap(({ account, region, clusters: names }) => names.map((name) => `${account}/${region}/${name}`));
const found = { account: ACCOUNT, region: 'eu-west-1', cluster: 'found' };
const openOn = async (cluster: typeof found) =>
  (await world.store.findings.of(clusterArn(cluster))).flatMap(({ reason, state }) =>
    state === 'open' ? [reason] : [],
  );

describe('the search', () => {
  it('looks in every account where podid has a spoke, page by page, for what nobody has listed', async () => {
    for (const name of ['payments', 'found', 'quiet', 'last']) put(HERE, name, name !== 'quiet');
    put(`${OTHER}/eu-west-1`, 'theirs');
    const places = await search();
    expect(foundBy(places)).toEqual([`${HERE}/found`, `${HERE}/last`, `${OTHER}/eu-west-1/theirs`]);
    expect(places.map(({ outcome }) => outcome.outcome)).toEqual(['swept', 'swept', 'swept']);
    expect(new Set(asked.map(({ account, region }) => `${account}/${region}`))).toEqual(new Set(clusters.keys()));
    expect(asked.filter(({ account, region }) => `${account}/${region}` === HERE)).toMatchObject([
      { except: ['payments'], tag: { key: 'podid', value: 'observe' }, perSecond: 10 },
      { next: '2' },
    ]);
    expect(await world.store.discovered.has(found)).toBe(true);
    expect(await world.store.discovered.has({ ...found, region: 'us-east-1' })).toBe(false);
    expect(await world.store.discovered.has({ ...found, cluster: 'payments' })).toBe(false);
  });

  it('tells each once, until podid.config.yaml lists it', async () => {
    put(HERE, 'found');
    await search();
    expect([await openOn(found), told]).toEqual([['ClusterNotConfigured'], ['+ClusterNotConfigured']]);
    await search();
    expect(await world.store.findings.of(clusterArn(found))).toMatchObject([
      { state: 'open', timesSeen: 2, judge: 'discovery' },
    ]);
    const listed = [
      { ...spokes[0], clusters: [...(spokes[0]?.clusters ?? []), { name: 'found', region: 'eu-west-1' }] },
    ];
    expect(foundBy(await search(around(DISCOVER, { spokes: listed })))).toEqual([]);
    expect([await openOn(found), told.slice(1)]).toEqual([[], ['-ClusterListed']]);
    expect(await world.store.discovered.has(found)).toBe(false);
  });

  it('that fails somewhere sweeps what was known there, and takes nothing of it for lost', async () => {
    put(HERE, 'found');
    put(`${OTHER}/eu-west-1`, 'theirs');
    await search();
    failing.set(HERE, 'AccessDenied');
    const places = await search();
    expect(foundBy(places)).toEqual([`${HERE}/found`, `${OTHER}/eu-west-1/theirs`]);
    expect(places[0]?.outcome).toEqual({
      outcome: 'not-swept',
      what: { account: ACCOUNT, region: 'eu-west-1' },
      at: 'find-clusters',
      error: 'AccessDenied',
    });
    expect(await openOn(found)).toEqual(['ClusterNotConfigured']);
  });

  it('says so where there was no time, and asks nobody', async () => {
    const places = await search({ ...around(), hasTime: () => false });
    expect(places.map(({ outcome }) => outcome)).toMatchObject(places.map(() => ({ error: 'NoTime' })));
    expect(asked).toEqual([]);
  });

  it('does not hide that the table fails', async () => {
    put(HERE, 'found');
    const broken = async () => {
      throw new Failure('Throttled', 'by the test');
    };
    const discovered = { ...world.store.discovered, keep: broken };
    await expect(search({ ...around(), store: { ...world.store, discovered } })).rejects.toThrow('by the test');
  });
});

describe('a cluster that is lost', () => {
  const api = { ...found, namespace: 'checkout', serviceAccount: 'api' };
  const worker = { ...api, serviceAccount: 'worker' };
  const associated = async () => {
    for (const [index, identity] of [api, worker].entries()) {
      const ids = { associationId: `a-${index}`, associationArn: `arn:a-${index}` };
      const state = { ...ids, roleArn: roleArn('orders'), disableSessionTags: false };
      await world.store.associations.keep(identity, seenOf(state, world.now().toISOString()));
    }
    const { key } = placeOf({ object: 'association', identity: api });
    const finding = { reason: 'AssociationOwnedByAddOn', severity: 'info' as const, sentence: 'It is.' };
    const judgement = { at: world.now().toISOString(), cause: { kind: 'Looked' }, complete: true, judge: 'drift' };
    await world.store.findings.keep(key, [finding], judgement);
    return key;
  };

  it('by its tag is told with the reason, and what stands open in it is looked at once more', async () => {
    put(HERE, 'found');
    await search();
    const key = await associated();
    put(HERE, 'found', false);
    expect(foundBy(await search())).toEqual([]);
    expect([await openOn(found), told.slice(1)]).toEqual([[], ['-ClusterTagRemoved']]);
    expect(await world.store.discovered.has(found)).toBe(false);
    expect(hinted).toEqual([key]);
  });

  it('by its end is swept for a day, so that what was in it is proven to be gone', async () => {
    put(HERE, 'found');
    await search();
    clusters.get(HERE)?.clear();
    for (let sweeps = 0; sweeps < 4; sweeps += 1) expect(foundBy(await search())).toEqual([`${HERE}/found`]);
    expect(told.slice(1)).toEqual(['-ClusterDeleted']);
    expect(await world.store.discovered.has(found)).toBe(true);
    expect(foundBy(await search())).toEqual([]);
    expect(await world.store.discovered.has(found)).toBe(false);
  });

  it('since nobody looks for a tag any more is let go; nobody is asked', async () => {
    put(HERE, 'found');
    await search();
    asked = [];
    expect(foundBy(await search(around({ describesPerSecond: 10 })))).toEqual([]);
    expect([asked, await openOn(found), told.slice(1)]).toEqual([[], [], ['-DiscoveryOff']]);
  });
});

it('the summary counts what was found, and names what is lost and where nobody could look', async () => {
  put(HERE, 'found');
  put(HERE, 'second');
  await search();
  put(HERE, 'second', false);
  failing.set(`${OTHER}/eu-west-1`, 'ServiceUnavailable');
  const discovery = (await search()).map(({ outcome }) => outcome);
  const startedAt = world.now().toISOString();
  const id = `s-${world.now().getTime()}`;
  const sweep = { id, startedAt, until: startedAt };
  const parts = await world.store.sweeps.parts(id);
  const input = {
    execution: 'run-1',
    isSlice: false,
    slices: [],
    sweep,
    discovery,
    lookups: [],
    roles: [],
    clusters: [],
  };
  const summary = summaryOf(input, parts, 0, startedAt);
  expect(summary).toMatchObject({
    complete: false,
    failed: [{ what: `${OTHER}/eu-west-1`, at: 'find-clusters', error: 'ServiceUnavailable' }],
    discovery: { found: 1, lost: [{ what: clusterArn({ ...found, cluster: 'second' }), because: 'untagged' }] },
    delivery: [],
  });
  await world.store.sweeps.keepSummary(summary);
  expect(await world.store.sweeps.last(1)).toEqual([summary]);
  expect(summaryOf({ ...input, discovery: [] }, [], 0, startedAt)).not.toHaveProperty('discovery');
});
