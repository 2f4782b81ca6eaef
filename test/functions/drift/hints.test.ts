/** Hints on DynamoDB in memory: a burst wakes one execution, no wake-up is lost, and what was seen is no news. */
import '../runtime/quiet.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { SeenChange } from '../../../functions/drift/contract.ts';
import { type HintHub, hint, type Objects } from '../../../functions/drift/hints.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../functions/drift/kept.ts';
import { wakeDue } from '../../../functions/drift/looking/wake-due.ts';
import { begun, ended } from '../../../functions/drift/marking.ts';
import { openStore } from '../../../functions/store/index.ts';
import { startDynamo } from '../store/dynalite.ts';
import { ACCOUNT, config, NOW } from './remedy/objects.ts';

let objects: Objects;
let close: () => Promise<void>;
let started: string[];
let clock: number;
let number = 0;
let fails = false;

beforeAll(async () => {
  const server = await startDynamo();
  objects = openStore(server.client).objects(OBJECT_SCHEMAS);
  close = server.close;
});
afterAll(() => close());
beforeEach(() => {
  started = [];
  fails = false;
  clock = Date.parse(NOW);
  number += 1;
});

const ref = () => ({ object: 'role', roleArn: `arn:aws:iam::${ACCOUNT}:role/r${number}` }) as const;
const key = () => placeOf(ref()).key;
const hub = (): HintHub => ({
  objects,
  config: config(),
  now: () => new Date(clock),
  start: async (machine, name, input) => {
    if (fails) throw new Error('Throttled');
    expect([machine, input]).toEqual(['reconcile', { ref: input.ref, execution: name }]);
    started.push(name);
    return true;
  },
});
const change = (eventId: string): SeenChange => ({
  ...{ eventId, at: NOW, kind: 'RoleTrustChanged', facets: ['trust'], via: 'event' },
  actor: { type: 'IAMUser', eventId },
});

test('a burst wakes one execution, which finds all of it', async () => {
  const told = [];
  for (let event = 0; event < 20; event += 1) told.push(await hint(hub(), ref(), change(`e-${event}`)));
  expect(told.map(({ isNew }) => isNew)).toEqual(told.map(() => true));
  expect(told.filter(({ woke }) => woke)).toHaveLength(1);
  expect(started).toHaveLength(1);
  expect(await begun(objects, key(), started[0] ?? '', clock, 60)).toBe(true);
  expect((await objects.read(key())).changes).toHaveLength(20);
  expect(await ended(objects, key(), started[0] ?? '')).toBe(false);
});

test('a hint while somebody looks wakes nobody, and is not lost', async () => {
  await hint(hub(), ref());
  const [execution = ''] = started;
  await begun(objects, key(), execution, clock, 60);
  expect(await hint(hub(), ref(), change('e-1'))).toEqual({ isNew: true, woke: false });
  expect(await ended(objects, key(), execution)).toBe(true);
  expect(await begun(objects, key(), execution, clock, 60)).toBe(true);
});

test('an execution that never begins is replaced', async () => {
  await hint(hub(), ref());
  clock += 31_000;
  expect(await hint(hub(), ref())).toMatchObject({ woke: true });
  expect(await begun(objects, key(), started[0] ?? '', clock, 60)).toBe(false);
  expect(await begun(objects, key(), started[1] ?? '', clock, 60)).toBe(true);
});

test('a start that fails leaves it to the next one', async () => {
  fails = true;
  await expect(hint(hub(), ref(), change('e-1'))).rejects.toThrow('Throttled');
  fails = false;
  // Lambda tries the event again: the change is known, and nobody was woken for it.
  expect(await hint(hub(), ref(), change('e-1'))).toEqual({ isNew: false, woke: true });
});

test('what was told before, and looked at since, is no news; also a hint without a change always is', async () => {
  await hint(hub(), ref(), change('e-1'));
  await begun(objects, key(), started[0] ?? '', clock, 60);
  await ended(objects, key(), started[0] ?? '');
  const readAt = (seconds: number) => new Date(clock + seconds * 1000).toISOString();
  await objects.keep(placeOf(ref()), { ref: ref(), fights: {}, readAt: readAt(59) }, 0);
  expect(await hint(hub(), ref(), change('e-1'))).toEqual({ isNew: false, woke: true });
  await ended(objects, key(), started[1] ?? '');
  await objects.keep(placeOf(ref()), { ref: ref(), fights: {}, readAt: readAt(60) }, 1);
  expect(await hint(hub(), ref(), change('e-1'))).toEqual({ isNew: false, woke: false });
  clock += 60_000;
  expect(await hint(hub(), ref())).toEqual({ isNew: false, woke: true });
});

test('those that are due are woken, a minute after the execution that waits itself; one that fails keeps no other', async () => {
  const again = new Date(clock).toISOString();
  await objects.keep(placeOf(ref()), { ref: ref(), fights: {}, again }, 0, again);
  const waking = () => ({ ...hub(), objects, hasTime: () => true });
  expect((await wakeDue(waking())).woken).toBe(0);
  clock += 60_001;
  fails = true;
  expect((await wakeDue(waking())).failed).toEqual([`${key()}: Throttled`]);
  fails = false;
  expect(await wakeDue(waking())).toMatchObject({ due: 1, woken: 1, failed: [] });
  expect(await wakeDue({ ...waking(), hasTime: () => false })).toMatchObject({ due: 1, woken: 0 });
});
