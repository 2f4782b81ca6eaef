import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dueRows } from '../../../functions/grants/expiry.ts';
import type { Due } from '../../../functions/store/due.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { active, settings, wishOf } from '../grants/samples.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { clientThat, clientThatCrashes } from './interrupted.ts';

const day = (n: number): string => new Date(Date.UTC(2026, 10, n, 12)).toISOString();
const expire = (grantId: string, n: number, version = 1): Due => ({
  due: 'expire',
  at: day(n),
  grantId,
  version,
  expireAt: day(n),
});
const warn = (grantId: string, n: number, end: number): Due => ({ ...expire(grantId, end), due: 'warn', at: day(n) });

describe('what is due', () => {
  let dynamo: Dynamo;
  let due: Store['due'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    due = openStore(dynamo.client).due;
  });
  afterAll(() => dynamo.close());

  const until = async (now: string, limit?: number): Promise<Due[]> => {
    const rows: Due[] = [];
    let cursor: string | undefined;
    do {
      const page = await due.until(now, { ...(limit && { limit }), ...(cursor !== undefined && { cursor }) });
      expect(page.rows.length).toBeLessThanOrEqual(limit ?? 50);
      rows.push(...page.rows);
      cursor = page.next;
    } while (cursor !== undefined);
    return rows;
  };
  const dueOf = async (grantId: string, now = day(30)): Promise<Due[]> =>
    (await until(now)).filter((row) => row.grantId === grantId);

  it('comes when its time has, by time', async () => {
    await due.replace('g-a', [expire('g-a', 9), warn('g-a', 7, 9)], 1);
    expect(await dueOf('g-a', day(6))).toEqual([]);
    expect(await dueOf('g-a', day(7))).toEqual([warn('g-a', 7, 9)]);
    expect(await dueOf('g-a', day(9))).toEqual([warn('g-a', 7, 9), expire('g-a', 9)]);
  });

  it('takes the rows of a grant as they are, and gives them again', async () => {
    const grant = active(wishOf({ lifetime: { for: 'P5D' } }), 'g-00000000000000ff');
    const rows = dueRows(grant, settings);
    expect(rows.map((row) => row.due)).toEqual(['warn', 'warn', 'expire']);
    await due.replace(grant.id, rows, 1);
    expect(await dueOf(grant.id, day(30))).toEqual(rows);
  });

  it('is replaced: what is not due any more is void, and may be due again', async () => {
    await due.replace('g-b', [expire('g-b', 9)], 1);
    await due.replace('g-b', [expire('g-b', 12)], 2);
    expect(await dueOf('g-b')).toEqual([expire('g-b', 12)]);
    await due.replace('g-b', [expire('g-b', 9)], 3);
    expect(await dueOf('g-b')).toEqual([expire('g-b', 9)]);
    await due.replace('g-b', [], 4);
    expect(await dueOf('g-b')).toEqual([]);
  });

  it('stays done, though the grant says it again', async () => {
    await due.replace('g-c', [warn('g-c', 7, 9), expire('g-c', 9)], 1);
    await due.done(warn('g-c', 7, 9));
    await due.done(warn('g-c', 7, 9));
    await due.done(expire('g-c', 20));
    await due.replace('g-c', [warn('g-c', 7, 9), expire('g-c', 9)], 2);
    expect(await dueOf('g-c')).toEqual([expire('g-c', 9)]);
    // The warning of another end is another one.
    await due.replace('g-c', [warn('g-c', 7, 10), expire('g-c', 10)], 3);
    expect(await dueOf('g-c')).toEqual([warn('g-c', 7, 10), expire('g-c', 10)]);
  });

  it('is the same instant in any offset', async () => {
    await due.replace('g-d', [{ ...expire('g-d', 9), at: '2026-11-09T14:00:00+02:00' }], 1);
    await due.replace('g-d', [expire('g-d', 9)], 1);
    expect(await dueOf('g-d')).toEqual([expire('g-d', 9)]);
    await due.done({ ...expire('g-d', 9), expireAt: '2026-11-09T12:00:00Z' });
    expect(await dueOf('g-d')).toEqual([]);
  });

  it('is not lost to an older revision that comes late, or while this one is written', async () => {
    await due.replace('g-e', [expire('g-e', 12)], 2);
    await due.replace('g-e', [], 1);
    expect(await dueOf('g-e')).toEqual([expire('g-e', 12)]);
    await due.replace('g-f', [expire('g-f', 9)], 1);
    const slow = await clientThat(dynamo, 'DUE#g-f', () => due.replace('g-f', [expire('g-f', 9)], 3));
    await openStore(slow).due.replace('g-f', [], 2);
    slow.destroy();
    expect(await dueOf('g-f')).toEqual([expire('g-f', 9)]);
  });

  it('is not opened again by who writes it while it is done', async () => {
    await due.replace('g-g', [expire('g-g', 9)], 1);
    const slow = await clientThat(dynamo, 'DUE#g-g', () => due.done(expire('g-g', 9)));
    await openStore(slow).due.replace('g-g', [expire('g-g', 9)], 2);
    slow.destroy();
    expect(await dueOf('g-g')).toEqual([]);
  });

  it('is whole once it is written again after a crash', async () => {
    const rows = [warn('g-h', 7, 9), expire('g-h', 9)];
    const crashing = await clientThatCrashes(dynamo, '"expire#');
    await expect(openStore(crashing).due.replace('g-h', rows, 1)).rejects.toThrow();
    crashing.destroy();
    await due.replace('g-h', rows, 1);
    expect(await dueOf('g-h')).toEqual(rows);
  });

  it('comes in pages, each row once, of however many grants', async () => {
    const ids = Array.from({ length: 60 }, (_, n) => `g-page-${n}`);
    for (const [n, id] of ids.entries()) await due.replace(id, [expire(id, 1 + (n % 5))], 1);
    const found = (await until(day(6), 3)).map(({ grantId }) => grantId);
    expect(found.sort()).toEqual([...ids].sort());
    for (const id of ids) await due.done(expire(id, 1 + (ids.indexOf(id) % 5)));
    expect(await until(day(6), 3)).toEqual([]);
    for (const cursor of ['', 'x', '9.', '0.nonsense']) {
      await expect(due.until(day(6), { cursor })).rejects.toMatchObject({ name: 'InputMalformed' });
    }
  });
});
