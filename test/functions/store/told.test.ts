/** What was told to the world, as it is read back. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LifecycleEvent } from '../../../functions/lifecycle.ts';
import { TABLE } from '../../../functions/names.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { openTable } from '../../../functions/store/table.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';

const findingAt = (at: string, id: string): LifecycleEvent => ({
  kind: 'Finding Opened',
  detail: {
    schema: 1,
    id,
    at,
    finding: { id: 'f', object: 'g-1', reason: 'GrantLeftover', severity: 'error', sentence: 'It is still there.' },
  },
});
const second = (n: number): string => `2026-11-21T12:00:0${n}.000Z`;

describe('what was told', () => {
  let dynamo: Dynamo;
  let store: Store;
  const [one, two, three] = [findingAt(second(1), 'a'), findingAt(second(2), 'b'), findingAt(second(3), 'c')];
  beforeAll(async () => {
    dynamo = await startDynamo();
    store = openStore(dynamo.client);
    await store.told.keep([three, one]);
    await store.told.keep([two, one]);
  });
  afterAll(() => dynamo.close());

  it('is in the order in which it happened, each once', async () => {
    expect(await store.told.since(second(0))).toEqual({ events: [one, two, three] });
  });

  it('is read from an instant on, whatever its offset', async () => {
    expect((await store.told.since('2026-11-21T13:00:02+01:00')).events).toEqual([two, three]);
    expect((await store.told.since(second(4))).events).toEqual([]);
  });

  it('comes page by page', async () => {
    const first = await store.told.since(second(1), { limit: 2 });
    expect(first.events).toEqual([one, two]);
    const rest = await store.told.since(second(1), { limit: 2, cursor: String(first.next) });
    expect(rest).toEqual({ events: [three] });
  });

  it('is forgotten after 90 days', async () => {
    const { items } = await openTable(dynamo.client, TABLE).page({ pk: 'TOLD#ALL' });
    expect(items.map(({ expiresAt }) => expiresAt)).toEqual(
      [1, 2, 3].map((n) => Date.parse(second(n)) / 1000 + 7_776_000),
    );
  });
});
