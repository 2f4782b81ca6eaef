/** One sweep at a time: who sweeps, who is sent away, and what becomes of the lease of one that crashed. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { endSweep, sweptByOther } from '../../../../functions/drift/sweep/one-at-a-time.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';

let dynamo: Dynamo;
let store: Store;
let clock: number;
let ended: Set<string>;
let looked: string[];
beforeEach(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  clock = Date.parse('2026-03-10T00:00:00.000Z');
  ended = new Set();
  looked = [];
});
afterEach(() => dynamo.close());

const begin = (execution: string) =>
  sweptByOther(
    store.leases,
    execution,
    () => new Date(clock),
    async (name) => {
      looked.push(name);
      return ended.has(name);
    },
  );

it('the first one sweeps, also when it is tried again; a second one is told who does', async () => {
  expect(await begin('a')).toBeUndefined();
  expect(await begin('a')).toBeUndefined();
  expect(looked).toEqual([]);
  expect(await begin('b')).toBe('a');
  expect(await begin('a')).toBeUndefined();
});

it('the next one sweeps when the first has ended', async () => {
  await begin('a');
  await endSweep(store.leases, 'a');
  expect(await begin('b')).toBeUndefined();
  // Late: it is somebody else's by now.
  await endSweep(store.leases, 'a');
  expect(await begin('c')).toBe('b');
});

it('one that has crashed holds up nobody', async () => {
  await begin('a');
  ended.add('a');
  expect(await begin('b')).toBeUndefined();
  expect(await begin('c')).toBe('b');
});

it('one of which nobody can tell holds up the others for as long as an execution can live', async () => {
  await begin('a');
  clock += 86_399_000;
  expect(await begin('b')).toBe('a');
  clock += 2_000;
  expect(await begin('b')).toBeUndefined();
});

it('of several at once one sweeps, and the others are told of it', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const answers = await Promise.all(names.map(begin));
  const [winner, ...more] = names.filter((_name, index) => answers[index] === undefined);
  expect(more).toEqual([]);
  expect(new Set(answers.filter((answer) => answer !== undefined))).toEqual(new Set([winner]));
});

it('two that find one that has crashed do not both sweep', async () => {
  await begin('crashed');
  ended.add('crashed');
  const answers = await Promise.all(['a', 'b'].map(begin));
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
});

it('is not sent away by another try of its own that was quicker', async () => {
  let tries = 0;
  const acquire: Store['leases']['acquire'] = async (...asked) => {
    const got = await store.leases.acquire(...asked);
    tries += 1;
    return tries === 1 ? { outcome: 'held', by: 'another execution', until: '2026-03-10T00:00:00.000Z' } : got;
  };
  const now = () => new Date(clock);
  expect(await sweptByOther({ ...store.leases, acquire }, 'a', now, async () => false)).toBeUndefined();
  expect(tries).toBe(2);
});
