/** Work that should be under way is seen to, whatever became of its executions. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { begin, Grant } from '../../../../functions/grants/index.ts';
import { workName } from '../../../../functions/provisioning/contract.ts';
import { leaseOf } from '../../../../functions/provisioning/planning/machine.ts';
import { overdueWork, type TakingUp, takeUp } from '../../../../functions/provisioning/planning/take-up.ts';
import { carryOut, openGrant } from '../../../../functions/provisioning/transitions.ts';
import { openStore } from '../../../../functions/store/index.ts';
import { allowed, ann, NOW, nextId, settings, wishOf } from '../../grants/samples.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';

let dynamo: Dynamo;
let around: TakingUp;
/** Executions by name, as Step Functions knows them. */
const closed = new Set<string>();
let running: string[] = [];
let counted = 0;

beforeAll(async () => {
  dynamo = await startDynamo();
  const store = openStore(dynamo.client);
  around = {
    store,
    grants: store.grants(Grant),
    settings,
    now: () => new Date(NOW),
    tell: async () => undefined,
    start: async (_machine, name) => {
      if (closed.has(name)) return false;
      running.push(name);
      return true;
    },
  };
});
afterAll(() => dynamo.close());
beforeEach(() => {
  closed.clear();
  running = [];
});

const given = async (): Promise<string> => {
  counted += 1;
  const id = `g-${counted.toString(16).padStart(16, '0')}`;
  const wish = wishOf({ serviceAccount: `s-${counted}` });
  await openGrant(around, begin({ id, eventId: nextId(), wish, by: ann }, NOW, settings));
  await carryOut(around, id, allowed());
  running = [];
  return id;
};
const grant = async (id: string): Promise<Grant> => {
  const kept = await around.grants.get(id);
  if (kept === undefined) throw new Error(`no ${id}`);
  return kept.grant;
};
const first = (grantId: string) => ({ grantId, version: 1, attempt: 1, do: 'provision' }) as const;

it('is waited for only when nothing was heard for a while', async () => {
  const id = await given();
  const at = (minutes: number) => new Date(Date.parse(NOW) + minutes * 60_000);
  expect(overdueWork(await grant(id), at(9), 0)).toBeUndefined();
  expect(overdueWork(await grant(id), at(10), 0)).toEqual(first(id));
  await carryOut(around, id, { kind: 'revoke-asked', id: nextId(), by: ann, why: '' });
  expect(overdueWork(await grant(id), at(10), 0)).toEqual({ ...first(id), do: 'revoke' });
  await carryOut(around, id, { kind: 'revoked', id: nextId(), notes: [] });
  expect(overdueWork(await grant(id), at(10), 0)).toBeUndefined();
});

it('a lost start is started, and one that runs is left alone', async () => {
  const id = await given();
  expect(await takeUp(around, first(id))).toBe(`${id}-v1-p1`);
  expect(running).toEqual([`${id}-v1-p1`]);
});

it('what has closed without a result is undone, by the first execution that has not closed, with its lease given back', async () => {
  const id = await given();
  for (const name of ['p1', 'u1', 'u2']) closed.add(`${id}-v1-${name}`);
  const { leases } = openStore(dynamo.client);
  await leases.acquire(leaseOf(id), `${id}-v1-u2`, new Date(NOW), 3600);
  expect(await takeUp(around, first(id))).toBe(`${id}-v1-u3`);
  expect(await leases.holder(leaseOf(id), new Date(NOW))).toBeUndefined();
});

it('after the last undoing it fails, with what it leaves', async () => {
  const id = await given();
  for (const name of ['p1', 'u1', 'u2', 'u3', 'u4']) closed.add(`${id}-v1-${name}`);
  expect(await takeUp(around, first(id))).toBeUndefined();
  const { state, history } = await grant(id);
  expect(state).toBe('failed');
  expect(history.at(-1)?.notes).toEqual([expect.stringContaining('version 1')]);
});

it('a revocation that has closed without a result is attempted anew', async () => {
  const id = await given();
  await carryOut(around, id, { kind: 'revoke-asked', id: nextId(), by: ann, why: '' });
  const work = { ...first(id), do: 'revoke' } as const;
  closed.add(workName(work));
  running = [];
  expect(await takeUp(around, work)).toBeUndefined();
  expect(running).toEqual([`${id}-v1-r2`]);
  expect((await grant(id)).history.at(-1)?.did).toBe('revocation-failed');
});

it('what has come to its end meanwhile is left alone', async () => {
  const id = await given();
  closed.add(`${id}-v1-p1`);
  await carryOut(around, id, { kind: 'provisioned', id: nextId(), version: 1, notes: [] });
  expect(await takeUp(around, first(id))).toBeUndefined();
  expect([running, (await grant(id)).state]).toEqual([[], 'active']);
});
