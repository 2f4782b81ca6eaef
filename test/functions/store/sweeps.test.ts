import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import type { SweepSummary } from '../../../functions/store/sweeps.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';

let dynamo: Dynamo;
let store: Store;
beforeAll(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
});
afterAll(() => dynamo.close());

const T = (hour: number): string => `2026-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`;
const roles = (hinted: number) => ({
  part: 'roles' as const,
  account: '111122223333',
  region: 'us-east-1',
  listed: 9,
  lookedAfter: 5,
  hinted,
  silent: 0,
  at: T(11),
});
const summary = (hour: number): SweepSummary => ({
  id: `s-${hour}`,
  startedAt: T(hour),
  endedAt: T(hour),
  complete: true,
  failed: [],
  roles: { accounts: 1, lookedAfter: 5, listed: 9, hinted: 0 },
  clusters: { swept: 0, gone: 0, described: 0, left: 0, listed: 0, hinted: 0 },
  due: 0,
  delivery: [],
});

it('keeps the parts of a sweep, the last word of each', async () => {
  await store.sweeps.keepPart('s-1', roles(1));
  await store.sweeps.keepPart('s-1', roles(2));
  await store.sweeps.keepPart('s-2', roles(3));
  expect(await store.sweeps.parts('s-1')).toEqual([roles(2)]);
  expect(await store.sweeps.parts('s-3')).toEqual([]);
});

it('gives the last summaries, the newest first', async () => {
  for (const hour of [9, 11, 10]) await store.sweeps.keepSummary(summary(hour));
  expect(await store.sweeps.last(2)).toEqual([summary(11), summary(10)]);
});

it('remembers how far each history was looked at, and never goes back', async () => {
  const look = { account: '111122223333', region: 'us-east-1', service: 'iam' };
  expect(await store.sweeps.lookedTo(look)).toBeUndefined();
  await store.sweeps.keepLookedTo(look, T(11));
  await store.sweeps.keepLookedTo(look, T(10));
  expect(await store.sweeps.lookedTo(look)).toBe(T(11));
  expect(await store.sweeps.lookedTo({ ...look, service: 'eks' })).toBeUndefined();
});
