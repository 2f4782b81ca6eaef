import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { API, revocation } from './samples.ts';

const AT = '2026-03-01T12:00:01.000Z';
const END = { endedAt: '2026-03-01T12:00:09Z', outcome: 'revoked', story: { cut: ['x'] } } as const;

describe('the rows of revocations', () => {
  let dynamo: Dynamo;
  let rows: Store['revocations'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    rows = openStore(dynamo.client).revocations;
  });
  afterAll(() => dynamo.close());

  it('elects exactly one of many that try at once', async () => {
    const one = revocation({ id: 'r-elect-1' });
    const elected = await Promise.all(Array.from({ length: 8 }, () => rows.elect(one, AT)));
    expect(elected.filter(Boolean)).toHaveLength(1);
    expect(await rows.get(one.id)).toEqual({ revocation: one, status: 'running', startedAt: AT });
    expect(await rows.get('r-none-1')).toBeUndefined();
  });

  it('ends once, keeping what it began with; the first word stands', async () => {
    const one = revocation({ id: 'r-ends-1' });
    await rows.elect(one, AT);
    expect(await rows.finish(one.id, END)).toBe(true);
    expect(await rows.finish(one.id, { ...END, outcome: 'failed' })).toBe(false);
    expect(await rows.get(one.id)).toEqual({
      revocation: one,
      startedAt: AT,
      status: 'ended',
      ...END,
      endedAt: '2026-03-01T12:00:09.000Z',
    });
    await expect(rows.finish('r-none-1', END)).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('lists them by time, newest first, page by page', async () => {
    for (const hour of ['03', '01', '02'])
      await rows.elect(revocation({ id: `r-list-${hour}`, since: `2030-01-01T${hour}:00:00.000Z` }), AT);
    const first = await rows.list({ limit: 2 });
    expect(first.revocations.map((row) => row.revocation.id)).toEqual(['r-list-03', 'r-list-02']);
    const second = await rows.list({ limit: 1, ...(first.next === undefined ? {} : { cursor: first.next }) });
    expect(second.revocations.map((row) => row.revocation.id)).toEqual(['r-list-01']);
    const [oldest] = (await rows.list({ limit: 1, oldestFirst: true })).revocations;
    expect(oldest?.revocation.since).toBe('2026-03-01T12:00:00.000Z');
  });

  it("finds an identity's running ones, and neither others' nor ended ones", async () => {
    const identity = { ...API, serviceAccount: 'running' };
    for (const id of ['r-run-1', 'r-run-2', 'r-run-3']) await rows.elect(revocation({ id, identity }), AT);
    await rows.finish('r-run-2', END);
    expect((await rows.runningFor(identity)).map((row) => row.revocation.id)).toEqual(['r-run-3', 'r-run-1']);
    expect(await rows.runningFor({ ...API, serviceAccount: 'runnin' })).toEqual([]);
  });
});
