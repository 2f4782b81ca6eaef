/** Looks at an association that nobody was granted, on DynamoDB in memory with a spoke that plays EKS: deleted within bounds, and its sessions cut once. */
import '../../runtime/quiet.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AssociationState } from '../../../../functions/association.ts';
import { Config } from '../../../../functions/config.ts';
import { SeenChange } from '../../../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import type { LookHub } from '../../../../functions/drift/looking/hub.ts';
import { lookAt } from '../../../../functions/drift/looking/look.ts';
import { markDirty } from '../../../../functions/drift/marking.ts';
import { DropAssociationInput } from '../../../../functions/drift/spoke-contract.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { clusterArn } from '../../../../functions/identity.ts';
import { modeOf, revocationOf } from '../../../../functions/revocation-begin.ts';
import { seenOf } from '../../../../functions/store/association-row.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { ACCOUNT, API, ASSOCIATION, NOW } from '../remedy/objects.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/podid/orders`;
const EXECUTION = 'd-0123456789ab-m0-1';
const { key } = placeOf(ASSOCIATION);

let dynamo: Dynamo;
let store: Store;
let hub: LookHub;
let clock: number;
/** What EKS has. */
let there: AssociationState | undefined;
let drops: DropAssociationInput[];
let started: { machine: string; name: string }[];
/** Of the answer to a deletion, where it isn't given as it should be. */
let answer: () => unknown;

beforeEach(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  clock = Date.parse(NOW);
  [drops, started, answer] = [[], [], () => ({ status: 'dropped', at: now() })];
  hub = {
    ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS), config: config() },
    now: () => new Date(clock),
    ask: async ({ function: called, input }) => {
      if (called === 'read-object') return read();
      drops.push(DropAssociationInput.parse(input));
      there = undefined;
      return answer();
    },
    start: async (machine, name) => {
      started.push({ machine, name });
      return true;
    },
    tell: async () => undefined,
    count: () => undefined,
  };
  await hub.objects.keepBaseline(clusterArn(API), { acceptedAt: NOW, by: 'ada', facets: {}, closed: [] });
  await make('a-1');
});
afterEach(() => dynamo.close());

const config = (drift: object = {}, mode = 'remediate', change: object = {}) =>
  Config.parse({
    hub: { account: ACCOUNT, region: 'eu-west-1' },
    spokes: [{ name: 'shop', account: ACCOUNT, clusters: [{ name: 'shop', region: 'eu-west-1', mode }] }],
    breaker: { identities: 10, percent: 100 },
    drift,
    ...change,
  });
const now = (): string => new Date(clock).toISOString();
const read = () => ({
  ...{ object: 'association', cluster: 'present', readAt: now() },
  ...(there !== undefined && { found: { identity: API, state: there, tags: {} } }),
});

/** Somebody makes it, and an event or a sweep has told the hub. */
const make = async (associationId: string, roleArn = ROLE) => {
  there = { associationId, associationArn: `arn:${associationId}`, roleArn, disableSessionTags: false };
  await store.associations.keep(API, seenOf(there, now()));
};
const look = async (seconds = 0) => {
  clock += seconds * 1000;
  await markDirty(hub.objects, key, clock, () => EXECUTION, 30);
  return lookAt(hub, { ref: ASSOCIATION, execution: EXECUTION, looks: 0, because: 'told' });
};
/** By mallory, now. */
const told = (kind: string, facet: string) => {
  const actor = { type: 'IAMUser', name: 'mallory', eventId: kind };
  const change = SeenChange.parse({ eventId: kind, at: now(), kind, facets: [facet], actor, via: 'event' });
  return hub.objects.addChange(key, change, Math.ceil(clock / 1000) + 86_400);
};
/** Looked at, settled, acted upon. */
const looks = async () => {
  await look();
  return look(61);
};
const open = async () =>
  (await store.findings.of(key)).flatMap((row) => (row.state === 'open' ? [`${row.reason}: ${row.held ?? ''}`] : []));
/** As the event of its deletion begins it. */
const revocation = (associationId: string) => {
  const what = { cause: 'association-deleted', identity: API, associationId, since: NOW } as const;
  return revocationOf({ ...what, actor: { type: 'Unknown', eventId: '' } }, modeOf(hub.config, API)).id;
};

test('it is deleted as it was seen, its intent on record before, and its sessions are cut at once', async () => {
  await look();
  expect([drops, await open()]).toEqual([[], [expect.stringMatching(/^AssociationOutsideGrant: It changed/)]]);
  let before: unknown;
  answer = () => ({ status: 'dropped', at: now() });
  const { ask } = hub;
  hub = {
    ...hub,
    ask: async (call) => {
      if (call.function === 'drop-association') before = (await hub.objects.read(key)).intents;
      return ask(call);
    },
  };
  await look(61);
  expect(drops).toEqual([{ asker: EXECUTION, identity: API, associationId: 'a-1', roleArn: ROLE }]);
  expect(before).toEqual([{ execution: EXECUTION, facet: 'exists', value: null, at: now(), requestIds: [] }]);
  expect((await hub.objects.read(key)).intents).toMatchObject([{ facet: 'exists', value: null, closedAt: now() }]);
  expect(started).toEqual([{ machine: 'revoke', name: revocation('a-1') }]);
  const row = await store.revocations.get(revocation('a-1'));
  expect(row?.revocation).toMatchObject({
    ...{ cause: 'association-deleted', mode: 'remediate', since: now(), former: { roleArn: ROLE } },
    actor: {
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/podid-drop-association-eu-west-1/podid-drop-association`,
      issuerArn: `arn:aws:iam::${ACCOUNT}:role/podid-drop-association-eu-west-1`,
      invokedBy: EXECUTION,
    },
  });
  expect(
    (await store.journal.of(key)).filter(({ step }) => step === 'drop-association').map(({ kind }) => kind),
  ).toEqual(['intent', 'accepted']);
  expect((await store.associations.lastKnown(API, 'a-1'))?.gone).toBe(now());
  await look(61);
  expect(await look(61)).toMatchObject({ told: '0 findings; 0 facets written' });
  expect([drops.length, started.length, await open()]).toEqual([1, 1, []]);
});

test('a lost answer is seen by the next look, which begins the revocation, and no later one does again', async () => {
  answer = () => {
    throw new Error('socket hang up');
  };
  await told('AssociationCreated', '*');
  await looks();
  expect([drops.length, started, await open()]).toEqual([1, [], [expect.stringContaining('nobody knows whether')]]);
  await look(301);
  expect(started).toEqual([{ machine: 'revoke', name: revocation('a-1') }]);
  // Since then, and not since it was made.
  expect((await store.revocations.get(revocation('a-1')))?.revocation).toMatchObject({
    since: now(),
    actor: { type: 'Unknown' },
  });
  await look(61);
  expect(await look(61)).toMatchObject({ told: '0 findings; 0 facets written' });
  expect([drops.length, started.length, await open()]).toEqual([1, 1, []]);
});

test('one that somebody else has deleted meanwhile is revoked as theirs', async () => {
  answer = () => ({ status: 'gone', at: now() });
  await looks();
  expect(started).toEqual([]);
  const at = now();
  await told('AssociationDeleted', 'exists');
  await look(61);
  const row = await store.revocations.get(revocation('a-1'));
  expect([started.length, row?.revocation.actor.name, row?.revocation.since]).toEqual([1, 'mallory', at]);
});

test('where its event was faster, there is the one revocation that it began', async () => {
  answer = () => {
    throw new Error('socket hang up');
  };
  await looks();
  const former = { associationId: 'a-1', associationArn: 'arn:a-1', roleArn: ROLE, disableSessionTags: false };
  const what = { cause: 'association-deleted', identity: API, associationId: 'a-1', former, since: now() } as const;
  await store.revocations.elect(
    revocationOf({ ...what, actor: { type: 'Unknown', eventId: 'e' } }, 'remediate'),
    now(),
  );
  await look(301);
  await look(61);
  expect([started, await open()]).toEqual([[], []]);
});

test('what the spoke refuses stays, with its reason, and is not asked for every minute', async () => {
  const kept = there;
  answer = () => {
    there = kept;
    return { status: 'refused', because: 'it bears the tag podid:grant', at: now() };
  };
  expect(await looks()).toMatchObject({ again: new Date(clock + 300_000).toISOString() });
  expect([started, await open()]).toEqual([
    [],
    ['AssociationOutsideGrant: drop-association: refused, it bears the tag podid:grant.'],
  ]);
});

test('one with a role that nobody put under management is never asked for, and the finding has the command', async () => {
  await make('a-1', `arn:aws:iam::${ACCOUNT}:role/orders`);
  await looks();
  expect([drops, await open()]).toEqual([
    [],
    [expect.stringMatching(/^AssociationOutsideGrant: It is not podid's .*delete-pod-identity-association.*a-1$/)],
  ]);
  expect((await store.brakes.breaker(API)).tripped).toBeUndefined();
});

test('what the accepted baseline has is nobody’s to delete, whatever becomes of it', async () => {
  const facets = { exists: 'a-1', role: ROLE, 'session-tags': 'on' };
  await hub.objects.keepBaseline(key, { acceptedAt: NOW, by: 'ada', facets, closed: [] });
  await looks();
  await make('a-1', `${ROLE}-2`);
  await looks();
  await make('a-2');
  await looks();
  expect(drops).toEqual([]);
});

test('without an accepted baseline of its cluster nothing is', async () => {
  const quiet = { ...API, cluster: 'quiet' };
  const ref = { object: 'association', identity: quiet } as const;
  const { spokes } = config();
  const clusters = [{ name: 'quiet', region: 'eu-west-1', mode: 'remediate' as const }];
  hub = { ...hub, config: { ...config(), spokes: spokes.map((spoke) => ({ ...spoke, clusters })) } };
  for (const seconds of [0, 61, 61]) {
    clock += seconds * 1000;
    await markDirty(hub.objects, placeOf(ref).key, clock, () => EXECUTION, 30);
    await lookAt(hub, { ref, execution: EXECUTION, looks: 0, because: 'told' });
  }
  expect([drops, await store.findings.of(placeOf(ref).key)]).toEqual([[], []]);
});

/** `set` gives the configuration that counts then. */
const HELD: [what: string, why: RegExp, set: () => Promise<Config>][] = [
  [
    'the mode',
    /The mode is notify/,
    async () => config({ modes: [{ reason: 'AssociationOutside*', mode: 'notify' }] }),
  ],
  ['a cluster that is observed', /The mode is observe/, async () => config({}, 'observe')],
  [
    'an exception',
    /Exception x of ops/,
    async () =>
      config({ exceptions: [{ id: 'x', owner: 'ops', why: 'moving', until: '2027-01-01T00:00:00Z', object: '*' }] }),
  ],
  [
    'a window that is closed',
    /No maintenance window is open/,
    async () => config({ windows: [{ days: ['sat'], from: '10:00', to: '12:00', zone: 'UTC' }] }),
  ],
  [
    'the kill switch',
    /The kill switch is on/,
    async () => {
      await store.brakes.setKillSwitch({ on: true, by: 'ada', at: NOW, why: 'a test' });
      return config();
    },
  ],
  [
    'a breaker that has tripped',
    /The breaker of cluster shop tripped/,
    async () => {
      const { breaker } = config({}, 'remediate', { breaker: { identities: 1, percent: 100 } });
      for (const serviceAccount of ['web', 'cart'])
        await store.brakes.countAgainstBreaker({ ...API, serviceAccount }, NOW, breaker, async () => 2);
      return config();
    },
  ],
];

test.each(HELD)('%s holds it', async (_what, why, set) => {
  hub = { ...hub, config: await set() };
  await looks();
  expect([drops, await open()]).toEqual([[], [expect.stringMatching(why)]]);
});

test('too many of them at once trip the breaker', async () => {
  hub = { ...hub, config: config({}, 'remediate', { breaker: { identities: 1, percent: 100 } }) };
  await store.brakes.countAgainstBreaker({ ...API, serviceAccount: 'web' }, NOW, hub.config.breaker, async () => 2);
  await looks();
  expect([drops, await open()]).toEqual([[], [expect.stringMatching(/identities .* the limit is 1/)]]);
});

test('made again and again, it is fought over: then it stays until a person has looked', async () => {
  await looks();
  for (const id of ['a-2', 'a-3', 'a-4']) {
    clock += 3_600_000;
    await make(id);
    await looks();
  }
  expect(drops.map(({ associationId }) => associationId)).toEqual(['a-1', 'a-2']);
  expect(started.map(({ name }) => name)).toEqual([revocation('a-1'), revocation('a-2')]);
  expect(await open()).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^AssociationOutsideGrant: .*3 times within 24 h/),
      expect.stringMatching(/^FoughtOver/),
    ]),
  );
});
