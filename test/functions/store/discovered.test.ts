/** The clusters that were found by their tag: by account and region, the latest search alone. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';

const PLACE = { account: '111122223333', region: 'eu-west-1' };
const at = (hour: number): string => `2026-03-01T${hour}:00:00.000Z`;
const row = (hour: number, ...names: string[]) => ({
  ...PLACE,
  clusters: names.map((name) => ({ name, since: at(10) })),
  at: at(hour),
});

let dynamo: Dynamo;
let store: Store;
beforeAll(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
});
afterAll(() => dynamo.close());

it('are those of the latest search of their place', async () => {
  const { discovered } = store;
  expect(await discovered.inPlace(PLACE)).toEqual([]);
  expect(await discovered.keep(row(12, 'a', 'b'))).toBe(true);
  expect(await discovered.keep(row(11, 'old'))).toBe(false);
  expect(await discovered.inPlace(PLACE)).toEqual(row(12, 'a', 'b').clusters);
  expect(await discovered.inPlace({ ...PLACE, region: 'eu-west-2' })).toEqual([]);
  expect(await discovered.has({ ...PLACE, cluster: 'b' })).toBe(true);
  expect(await discovered.has({ ...PLACE, account: '444455556666', cluster: 'b' })).toBe(false);
  expect(await discovered.keep(row(13))).toBe(true);
  expect(await discovered.has({ ...PLACE, cluster: 'b' })).toBe(false);
});

it('are there while they are kept, though EKS lists them no more', async () => {
  const gone = { name: 'gone', since: at(10), goneAt: at(14) };
  await store.discovered.keep({ ...row(14), clusters: [gone] });
  expect(await store.discovered.has({ ...PLACE, cluster: 'gone' })).toBe(true);
  expect(await store.discovered.inPlace(PLACE)).toEqual([gone]);
});
