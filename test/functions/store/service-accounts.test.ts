import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { openTable } from '../../../functions/store/table.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { API, roleArn } from './samples.ts';

const T = (hour: number): string => `2026-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`;

let dynamo: Dynamo;
let rows: Store['serviceAccounts'];
let store: Store;
beforeAll(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  rows = store.serviceAccounts;
});
afterAll(() => dynamo.close());

const of = (serviceAccount: string, role: string, cluster = 'payments') => ({
  identity: { ...API, cluster, serviceAccount },
  irsa: { roleArn: roleArn(role), valid: true },
  since: T(9),
});
const users = async (role: string) =>
  (await rows.ofRole(roleArn(role))).map(({ identity }) => identity.serviceAccount).sort();

it('finds who asks for a role, until they ask for another or for none', async () => {
  for (const name of ['a', 'b']) expect(await rows.keep(of(name, 'shared'), 0)).toBe(true);
  expect(await rows.keep(of('c', 'shared', 'other'), 0)).toBe(true);
  expect(await users('shared')).toEqual(['a', 'b', 'c']);
  expect(await rows.keep(of('a', 'moved'), 1)).toBe(true);
  expect(await rows.keep({ ...of('b', 'shared'), gone: T(10) }, 1)).toBe(true);
  expect(await users('shared')).toEqual(['c']);
  expect(await users('moved')).toEqual(['a']);
  expect(await rows.of(of('a', '').identity)).toEqual({ ...of('a', 'moved'), version: 2 });
  expect(await rows.of(of('b', '').identity)).toBeUndefined();
  expect(await rows.of(of('nobody', '').identity)).toBeUndefined();
  expect((await rows.ofCluster(API)).map(({ identity }) => identity.serviceAccount)).toEqual(['a']);
  expect((await rows.rowsOf(API)).map(({ gone }) => gone)).toEqual([undefined, T(10)]);
  // It asks again.
  expect(await rows.keep(of('b', 'shared'), 2)).toBe(true);
  expect(await users('shared')).toEqual(['b', 'c']);
});

it('keeps nothing over what somebody else has kept since', async () => {
  await rows.keep(of('raced', 'one'), 0);
  expect(await rows.keep(of('raced', 'two'), 0)).toBe(false);
  expect(await rows.keep(of('raced', 'two'), 1)).toBe(true);
  expect(await rows.keep(of('raced', 'three'), 1)).toBe(false);
  expect(await users('two')).toEqual(['raced']);
});

it('lets what is gone expire, and nothing else', async () => {
  await rows.keep(of('old', 'old'), 0);
  const table = openTable(dynamo.client, 'podid');
  const key = { pk: 'CLUSTER#arn:aws:eks:eu-west-1:111122223333:cluster/payments', sk: 'IRSA#checkout/old' };
  expect((await table.get(key))?.expiresAt).toBeUndefined();
  await rows.keep({ ...of('old', 'old'), gone: T(12) }, 1);
  const stored = await table.get(key);
  expect(stored?.expiresAt).toBe(Date.parse(T(12)) / 1000 + 30 * 24 * 3600);
  expect(Object.keys(stored ?? {}).filter((name) => name.startsWith('gsi'))).toEqual([]);
});

it('has what is no role under no role', async () => {
  const wrong = { ...of('wrong', ''), irsa: { roleArn: 'orders', valid: false } };
  await rows.keep(wrong, 0);
  expect(await rows.ofRole('orders')).toEqual([]);
  expect(await rows.of(wrong.identity)).toMatchObject(wrong);
});

it("stands beside the cluster's associations, and is none", async () => {
  await rows.keep(of('beside', 'beside'), 0);
  expect(await store.associations.ofRole(roleArn('beside'))).toEqual([]);
  expect(await store.associations.ofCluster(API)).toEqual([]);
});

it('remembers the last complete listing, and never goes back', async () => {
  expect(await rows.listed(API)).toBeUndefined();
  const listed = { cluster: { account: API.account, region: API.region, cluster: API.cluster } };
  expect(await rows.keepListed({ ...listed, startedAt: T(11), completedAt: T(12) })).toBe(true);
  expect(await rows.keepListed({ ...listed, startedAt: T(10), completedAt: T(13) })).toBe(false);
  expect(await rows.listed(API)).toEqual({ ...listed, startedAt: T(11), completedAt: T(12) });
  expect(await rows.rowsOf({ ...API, cluster: 'never' })).toEqual([]);
});
