/** Looks at one object on DynamoDB in memory, with a spoke that plays IAM and EKS: what is found, held, written and remembered. */
import '../../runtime/quiet.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { denyName, renderDeny } from '../../../../functions/abac/session-deny.ts';
import { Config } from '../../../../functions/config.ts';
import type { ObjectRef } from '../../../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import type { LookHub } from '../../../../functions/drift/looking/hub.ts';
import { lookAt } from '../../../../functions/drift/looking/look.ts';
import { markDirty } from '../../../../functions/drift/marking.ts';
import { Decision } from '../../../../functions/drift/replay/decision.ts';
import { MendRoleInput, type ReadObjectOutput } from '../../../../functions/drift/spoke-contract.ts';
import { Grant } from '../../../../functions/grants/index.ts';
import { clusterArn } from '../../../../functions/identity.ts';
import { seenOf } from '../../../../functions/store/association-row.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';
import { ACCOUNT, API, ASSOCIATION, NOW, ROLE } from '../remedy/objects.ts';

const ARN = `arn:aws:iam::${ACCOUNT}:role/orders`;
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';
const EXECUTION = 'd-0123456789ab-m0-1';

let dynamo: Dynamo;
let store: Store;
let hub: LookHub;
let clock: number;
let attached: string[];
let started: { machine: string; name: string }[];
let told: string[];
/** What the spoke answers instead, by function. */
let instead: Map<string, () => unknown>;
let asked: string[];

beforeEach(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  clock = Date.parse(NOW);
  attached = [];
  started = [];
  told = [];
  asked = [];
  instead = new Map();
  hub = {
    ...{ store, grants: store.grants(Grant), objects: store.objects(OBJECT_SCHEMAS), config: config() },
    now: () => new Date(clock),
    ask: async (call) => {
      asked.push(call.function);
      const other = instead.get(call.function)?.();
      if (other !== undefined) return other;
      if (call.function === 'read-object') return role();
      const { deeds } = MendRoleInput.parse(call.input);
      attached = attached.filter((arn) => !deeds.some((deed) => deed.do === 'detach' && deed.arn === arn));
      return {
        status: 'mended',
        wrote: deeds.map((deed) => (deed.do === 'detach' ? `attached:${deed.arn}` : '')),
        at: now(),
      };
    },
    start: async (machine, name) => {
      started.push({ machine, name });
      return true;
    },
    tell: async (events) => {
      told.push(...events.map(({ kind }) => kind));
    },
    count: () => undefined,
  };
  const accepted = { acceptedAt: NOW, by: 'ada' };
  await hub.objects.keepBaseline(clusterArn(API), { ...accepted, facets: {}, closed: [] });
  await hub.objects.keepBaseline(ARN, { ...accepted, facets: {}, closed: ['attached'] });
  await store.associations.keep(API, seenOf(state(), NOW));
});
afterEach(() => dynamo.close());

const config = (change: object = {}) =>
  Config.parse({
    hub: { account: ACCOUNT, region: 'eu-west-1' },
    spokes: [
      {
        ...{ name: 'shop', account: ACCOUNT, managedRoles: ['orders'] },
        clusters: [{ name: 'shop', region: 'eu-west-1', mode: 'remediate' }],
      },
    ],
    breaker: { identities: 10, percent: 100 },
    ...change,
  });
const now = (): string => new Date(clock).toISOString();
const state = (ownerArn?: string) => ({
  ...{ associationId: 'a-1', associationArn: 'arn:a-1', roleArn: ARN, disableSessionTags: false },
  ...(ownerArn !== undefined && { ownerArn }),
});
const role = (): ReadObjectOutput => ({
  ...{ object: 'role', roleId: 'AROA', documents: {}, readAt: now() },
  seen: { present: true, roleArn: ARN, trust: '{"Statement":[]}', managedPolicyArns: attached, inline: {}, tags: {} },
});

const dirty = (ref: ObjectRef): Promise<unknown> =>
  markDirty(hub.objects, placeOf(ref).key, clock, () => EXECUTION, 30);
const look = (ref: ObjectRef, change: object = {}) =>
  lookAt(hub, { ref, execution: EXECUTION, looks: 0, because: 'told', ...change });
const first = async (ref: ObjectRef = ROLE) => {
  await dirty(ref);
  return look(ref);
};
/** The same execution, when its time has come. */
const later = (ref: ObjectRef, seconds: number) => {
  clock += seconds * 1000;
  return look(ref, { because: 'due', looks: 1 });
};
const open = async (key = ARN) =>
  (await store.findings.of(key)).flatMap((row) => (row.state === 'open' ? [`${row.reason}: ${row.held ?? ''}`] : []));
const inSeconds = (seconds: number): string => new Date(clock + seconds * 1000).toISOString();

test('found at once, left alone while it settles, then mended, and resolved once that is to be seen', async () => {
  attached = [ADMIN];
  expect(await first()).toMatchObject({ looks: 1, because: 'due', again: inSeconds(60) });
  expect(await open()).toEqual([expect.stringMatching(/^PolicyAttached: It changed a moment ago/)]);
  expect(asked).toEqual(['read-object']);
  expect(await later(ROLE, 60)).toMatchObject({
    again: inSeconds(60),
    told: expect.stringContaining('1 facets written'),
  });
  // Once to judge, once under the lease, and the write.
  expect([asked.slice(1), attached]).toEqual([['read-object', 'read-object', 'mend-role'], []]);
  expect(await store.leases.holder(ARN, new Date(clock))).toBeUndefined();
  const { intents, state: kept } = await hub.objects.read(ARN);
  expect(intents).toMatchObject([{ execution: EXECUTION, facet: `attached:${ADMIN}`, value: null, closedAt: now() }]);
  expect(kept?.fights[`attached:${ADMIN}`]).toMatchObject({ wrote: { at: clock, to: null } });
  const decisions: Decision[] = [];
  for await (const decision of store.decisions(Decision).since('2020-01-01T00:00:00Z')) decisions.push(decision);
  expect(decisions.map(({ wrote }) => wrote)).toEqual([[], [`attached:${ADMIN}`]]);
  // It looks other than the last time, which our own write is a reason for: it settles once more.
  expect(await later(ROLE, 60)).toMatchObject({ again: inSeconds(60) });
  expect(await open()).toEqual([]);
  const [row] = await store.findings.of(ARN);
  expect(row).toMatchObject({ state: 'resolved', resolvedBy: { kind: 'DriftMended' } });
  expect(told).toEqual(['Finding Opened', 'Finding Resolved']);
  const journal = await store.journal.of(ARN);
  expect(await later(ROLE, 60)).not.toHaveProperty('again');
  expect(journal.filter(({ step }) => step === 'mend-role').map(({ kind }) => kind)).toEqual(['intent', 'accepted']);
});

test('what a look finds and acts on at once is counted once, under the mode in which its role stands', async () => {
  const counted: string[] = [];
  const count: LookHub['count'] = (metric, by = {}) => counted.push([metric, ...Object.values(by)].join(' '));
  hub = { ...hub, count, config: config({ drift: { settleSeconds: 0 } }) };
  attached = [ADMIN];
  await first();
  const opened = ['FindingOpened PolicyAttached remediate', 'FindingOpened remediate', 'PolicyAttached'];
  expect(counted.toSorted()).toEqual(['DriftMended', ...opened]);
});

test('nothing is written while somebody else has the lease', async () => {
  attached = [ADMIN];
  await first();
  await store.leases.acquire(ARN, 'another', new Date(clock), 3600);
  expect(await later(ROLE, 60)).toMatchObject({
    again: inSeconds(300),
    told: expect.stringContaining('held because of lease'),
  });
  expect([asked.includes('mend-role'), attached]).toEqual([false, [ADMIN]]);
  expect(await open()).toEqual(['PolicyAttached: another has the lease on it.']);
});

test('nor where it is another one by the time that the lease is ours', async () => {
  attached = [ADMIN];
  await first();
  let reads = 0;
  instead.set('read-object', () => {
    reads += 1;
    if (reads === 2) attached = [ADMIN, `${ADMIN}2`];
    return undefined;
  });
  expect((await later(ROLE, 60)).told).toContain('held because of changed-since');
  expect(asked).not.toContain('mend-role');
});

test('too many at once trip the breaker; then nobody is written to, until a person acknowledges', async () => {
  const two = { ...hub, config: config({ breaker: { identities: 1, percent: 100 } }) };
  hub = two;
  await store.associations.keep({ ...API, serviceAccount: 'web' }, seenOf({ ...state(), associationId: 'a-2' }, NOW));
  attached = [ADMIN];
  await first();
  expect(await later(ROLE, 60)).toMatchObject({ again: inSeconds(300) });
  expect(asked).not.toContain('mend-role');
  expect((await store.brakes.breaker(API)).tripped).toBeDefined();
  const { account, region, cluster } = API;
  const own: ObjectRef = { object: 'cluster', cluster: { account, region, cluster } };
  expect(started).toEqual([{ machine: 'reconcile', name: expect.stringMatching(/^d-/) }]);
  const control = { present: true, createdAt: NOW, agent: { kind: 'built-in' }, access: [] };
  instead.set('read-object', () => ({ object: 'cluster', control, readAt: now() }));
  instead.set('read-cluster', () => ({}));
  await look(own, { execution: started[0]?.name });
  expect(await open(clusterArn(API))).toContainEqual(expect.stringMatching(/^BreakerTripped/));
  await store.brakes.acknowledgeBreaker(API, 'ada', now());
});

test('what a spoke refuses stays found, with the reason, and is not tried every minute', async () => {
  attached = [ADMIN];
  await first();
  instead.set('mend-role', () => ({ status: 'refused', wrote: [], because: 'it is excluded', at: now() }));
  expect(await later(ROLE, 60)).toMatchObject({ again: inSeconds(300) });
  expect(await open()).toEqual(['PolicyAttached: mend-role: refused, it is excluded.']);
  expect((await hub.objects.read(ARN)).state?.fights).not.toHaveProperty([`attached:${ADMIN}`, 'wrote']);
});

test('a session deny that has outlived every session it was for is taken off, and not before', async () => {
  const deny = { identity: API, roleArn: ARN, form: 'tags' } as const;
  const due = { status: 'in-force', at: NOW, dueAt: inSeconds(100) } as const;
  const row = { ...deny, ...due, policyName: denyName(deny), revocation: 'r-0123456789ab-1' };
  await store.denies.keep(row);
  instead.set('lift-deny', () => ({ status: 'lifted', policyName: row.policyName, at: now() }));
  instead.set('read-object', () => {
    const read = role();
    if (read.object !== 'role' || !read.seen.present) return read;
    return { ...read, seen: { ...read.seen, inline: { [row.policyName]: renderDeny(row) } } };
  });
  await first();
  expect(asked).not.toContain('lift-deny');
  await later(ROLE, 101);
  expect(asked.filter((each) => each === 'lift-deny')).toHaveLength(1);
  expect(await store.denies.of(API)).toMatchObject([{ status: 'lifted', at: now() }]);
  const { intents } = await hub.objects.read(ARN);
  expect(intents).toMatchObject([
    { execution: EXECUTION, facet: `deny:${row.policyName}`, value: null, closedAt: now() },
  ]);
  expect((await store.journal.of(ARN)).map(({ step, kind }) => `${step} ${kind}`)).toEqual([
    'lift-deny intent',
    'lift-deny accepted',
  ]);
});

test('what can’t be read is an error, and due again in five minutes', async () => {
  await dirty(ROLE);
  instead.set('read-object', () => {
    throw new Error('AccessDenied');
  });
  await expect(look(ROLE)).rejects.toThrow('AccessDenied');
  expect((await hub.objects.read(ARN)).state).toMatchObject({ again: inSeconds(300) });
  // The machine tries again, under the same name.
  instead.clear();
  expect((await look(ROLE)).told).toContain('0 findings');
});

test('a hint during a look is looked at at once', async () => {
  await dirty(ROLE);
  instead.set('read-object', () => {
    clock += 1;
    return undefined;
  });
  const ask = hub.ask;
  hub = {
    ...hub,
    ask: async (call) => [await ask(call), await markDirty(hub.objects, ARN, clock, () => 'd-other', 30)][0],
  };
  expect(await look(ROLE)).toMatchObject({ because: 'told', again: now() });
});

test('who waited in vain goes: somebody has looked since, or nobody was told', async () => {
  attached = [ADMIN];
  expect(await look(ROLE)).toMatchObject({ told: 'It is clean, or somebody else is at it.' });
  await first();
  clock += 30_000;
  expect(await look(ROLE, { because: 'due' })).not.toHaveProperty('again');
  expect(asked).toEqual(['read-object']);
});

test('an execution ends some time; what is due goes on by itself', async () => {
  attached = [ADMIN];
  await dirty(ROLE);
  expect(await look(ROLE, { looks: 19 })).toEqual({
    ...{ ref: ROLE, execution: EXECUTION, looks: 20, because: 'told', told: expect.any(String) },
  });
  expect((await hub.objects.read(ARN)).state?.again).toBe(inSeconds(60));
});

test('without an accepted baseline of its cluster people are told, and nothing is written', async () => {
  hub = { ...hub, config: config() };
  const other = { ...API, cluster: 'quiet' };
  await store.associations.keep(other, seenOf({ ...state(), associationId: 'a-3' }, NOW));
  attached = [ADMIN];
  await first();
  await later(ROLE, 60);
  expect([asked.includes('mend-role'), await open()]).toEqual([false, [expect.stringContaining('The mode is')]]);
});

test('an association that went with its add-on begins one revocation, once it has settled', async () => {
  const owner = 'arn:aws:eks:eu-west-1:222222222222:addon/shop/csi/1';
  await store.associations.keep(API, seenOf(state(owner), inSeconds(1)));
  const there: ReadObjectOutput = {
    ...{ object: 'association', cluster: 'present', readAt: now() },
    found: { identity: API, state: state(owner), tags: {} },
  };
  instead.set('read-object', () => there);
  await first(ASSOCIATION);
  await later(ASSOCIATION, 60);
  instead.set('read-object', () => ({ object: 'association', cluster: 'present', readAt: now() }));
  await dirty(ASSOCIATION);
  await look(ASSOCIATION);
  const { key } = placeOf(ASSOCIATION);
  expect([started, await open(key)]).toEqual([[], [expect.stringMatching(/^AssociationGoneWithAddOn: It changed/)]]);
  await later(ASSOCIATION, 60);
  expect(started).toEqual([{ machine: 'revoke', name: expect.stringMatching(/^r-[0-9a-f]{12}-1$/) }]);
  expect(await store.revocations.get(started[0]?.name ?? '')).toMatchObject({ status: 'running' });
  await later(ASSOCIATION, 60);
  expect([started.length, await open(key)]).toEqual([1, []]);
});

test('of a role that nobody looks after anything that was found is closed', async () => {
  const foreign = { object: 'role', roleArn: `arn:aws:iam::${ACCOUNT}:role/foreign` } as const;
  expect((await first(foreign)).told).toContain('Nobody wants anything of it');
  expect(await store.findings.of(foreign.roleArn)).toEqual([]);
});
