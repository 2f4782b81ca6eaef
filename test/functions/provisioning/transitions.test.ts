/** What happens to a grant: once, by whoever was quicker, with everything that follows from it. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { begin, Grant, type GrantEvent } from '../../../functions/grants/index.ts';
import { GrantDetail as Detail, type GrantDetail, LifecycleKind } from '../../../functions/lifecycle.ts';
import { carryOut, openGrant, type Transitions } from '../../../functions/provisioning/transitions.ts';
import { openStore } from '../../../functions/store/index.ts';
import { allowed, ann, bob, cluster, NOW, nextId, settings, wishOf } from '../grants/samples.ts';
import { type Dynamo, startDynamo } from '../store/dynalite.ts';

let dynamo: Dynamo;
let around: Transitions;
let told: string[] = [];
let started: string[] = [];
let counted = 0;

beforeAll(async () => {
  dynamo = await startDynamo();
  const store = openStore(dynamo.client);
  around = {
    store,
    grants: store.grants(Grant),
    settings,
    now: () => new Date(NOW),
    tell: async (events) => {
      told.push(...events.map(({ kind }) => LifecycleKind.parse(kind)));
      for (const { detail } of events) Detail.parse(detail satisfies GrantDetail | object);
    },
    start: async (_machine, name) => {
      started.push(name);
      return true;
    },
  };
});
afterAll(() => dynamo.close());
beforeEach(() => {
  told = [];
  started = [];
});

const given = async (change: object = {}) => {
  counted += 1;
  const id = `g-${counted.toString(16).padStart(16, '0')}`;
  const wish = wishOf({ serviceAccount: `s-${counted}`, ...change });
  return { id, opened: await openGrant(around, begin({ id, eventId: `request-${id}`, wish, by: ann }, NOW, settings)) };
};
const needsApproval: GrantEvent = {
  kind: 'decided',
  id: 'asked',
  version: 1,
  verdict: 'needs-approval',
  needs: [{ id: 'owner', sentence: 'An owner approves.' }],
  because: [],
};

test('what is allowed is told and started, under one name however often it is said', async () => {
  const { id } = await given();
  const event = allowed();
  const first = await carryOut(around, id, event);
  const second = await carryOut(around, id, event);
  expect([first, second]).toMatchObject([
    { again: false, revision: 2 },
    { again: true, revision: 2 },
  ]);
  expect(new Set(started)).toEqual(new Set([`${id}-v1-p1`]));
  expect(told).toEqual(['Grant Requested', 'Grant Provisioning', 'Grant Provisioning']);
});

test('an identity is one grant at a time, until that grant is over', async () => {
  const { id } = await given();
  const same = { serviceAccount: `s-${counted}` };
  expect((await given(same)).opened).toMatchObject({ refused: expect.stringContaining(id) });
  await carryOut(around, id, { kind: 'withdrawn', id: nextId(), by: ann, why: '' });
  expect((await given(same)).opened).toMatchObject({ again: false });
});

test('a change claims what it adds, and is refused what is taken', async () => {
  const { id } = await given({ serviceAccount: 'shared' });
  await carryOut(around, id, allowed());
  await carryOut(around, id, { kind: 'provisioned', id: nextId(), version: 1, notes: [] });
  const other = await given({ serviceAccount: 'shared', clusters: [cluster('staging')] });
  const wish = wishOf({ serviceAccount: 'shared', clusters: [cluster(), cluster('staging')] });
  const change: GrantEvent = { kind: 'change-requested', id: nextId(), basedOn: 1, by: ann, wish };
  expect(await carryOut(around, id, change)).toMatchObject({ refused: expect.stringContaining(other.id) });
  await carryOut(around, other.id, { kind: 'withdrawn', id: nextId(), by: ann, why: '' });
  expect(await carryOut(around, id, change)).toMatchObject({ did: { did: 'change-requested' } });
});

test('two approvals at the same time are both kept', async () => {
  const { id } = await given();
  await carryOut(around, id, needsApproval);
  const approve = (subject: string): Promise<unknown> =>
    carryOut(around, id, { kind: 'approved', id: nextId(), version: 1, by: { ...bob, subject }, why: '' });
  await Promise.all([approve('idp|bob'), approve('idp|cleo')]);
  const kept = await around.grants.get(id);
  expect(kept?.grant.approvals.map(({ by }) => by.subject).sort()).toEqual(['idp|bob', 'idp|cleo']);
});

test('nothing happens at another revision than the one that was seen, or to a grant that is not there', async () => {
  const { id } = await given();
  expect(await carryOut(around, id, allowed(), 7)).toEqual({ stale: 1 });
  expect(started).toEqual([]);
  expect(await carryOut(around, 'g-ffffffffffffffff', allowed())).toEqual({ absent: true });
});
