import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTable, type Table } from '../../../functions/store/table.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';

describe('the table on DynamoDB', () => {
  let dynamo: Dynamo;
  let table: Table;
  beforeAll(async () => {
    dynamo = await startDynamo();
    table = openTable(dynamo.client, 'podid');
  });
  afterAll(() => dynamo.close());

  it('gives back what was put, without what was undefined', async () => {
    await table.put({ pk: 'A', sk: '1', text: 'x', nested: { on: true, none: undefined }, list: [1, 'two'] });
    expect(await table.get({ pk: 'A', sk: '1' })).toEqual({
      pk: 'A',
      sk: '1',
      text: 'x',
      nested: { on: true },
      list: [1, 'two'],
    });
    expect(await table.get({ pk: 'A', sk: '2' })).toBeUndefined();
  });

  it.each([
    ['absent, and it is', 'absent', undefined, true],
    ['absent, and it is there', 'absent', { n: 'a' }, false],
    ['a field as it was', { field: 'n', equals: 'a' }, { n: 'a' }, true],
    ['a field that changed', { field: 'n', equals: 'a' }, { n: 'b' }, false],
    ['a field as it was, of a row that is gone', { field: 'n', equals: 'a' }, undefined, false],
    ['not after, and there is none', { field: 'n', notAfter: 'b' }, undefined, true],
    ['not after, and it is before', { field: 'n', notAfter: 'b' }, { n: 'a' }, true],
    ['not after, and it is the same', { field: 'n', notAfter: 'b' }, { n: 'b' }, true],
    ['not after, and it is later', { field: 'n', notAfter: 'b' }, { n: 'c' }, false],
  ] as const)('puts only when: %s', async (title, only, before, done) => {
    const key = { pk: 'COND', sk: title };
    if (before !== undefined) await table.put({ ...key, ...before });
    expect(await table.put({ ...key, n: 'new' }, only)).toBe(done);
    expect((await table.get(key))?.n).toBe(done ? 'new' : before?.n);
  });

  it('pages through a range in order, in both directions, and gathers all of it', async () => {
    for (const sk of ['k3', 'k1', 'k2', 'other']) await table.put({ pk: 'P', sk });
    const range = { pk: 'P', prefix: 'k' };
    const first = await table.page(range, 2);
    expect(first.items.map(({ sk }) => sk)).toEqual(['k1', 'k2']);
    const second = await table.page(range, 2, first.next);
    expect(second.items.map(({ sk }) => sk)).toEqual(['k3']);
    expect((await table.page({ ...range, newestFirst: true }, 1)).items.map(({ sk }) => sk)).toEqual(['k3']);
    expect((await table.page({ pk: 'P', upTo: 'k2' })).items.map(({ sk }) => sk)).toEqual(['k1', 'k2']);
    expect(await table.all(range)).toHaveLength(3);
  });

  it('gathers and counts beyond one megabyte, where DynamoDB cuts its pages', async () => {
    const text = 'x'.repeat(300_000);
    for (let sk = 0; sk < 5; sk += 1)
      await table.put({ pk: 'BIG', sk: `${sk}`, text, ...(sk < 2 ? { gone: `2026-0${sk + 1}` } : {}) });
    expect(await table.all({ pk: 'BIG' })).toHaveLength(5);
    expect(await table.countUnset({ pk: 'BIG' }, 'gone', '2026-01')).toBe(4);
    expect(await table.countUnset({ pk: 'BIG' }, 'gone', '2026-02')).toBe(3);
  });

  it('adds to a set once', async () => {
    const key = { pk: 'SET', sk: 'S' };
    await table.addToSet(key, 'a', 100);
    await table.addToSet(key, 'b', 200);
    expect(await table.addToSet(key, 'a', 300)).toEqual(new Set(['a', 'b']));
    expect(await table.get(key)).toMatchObject({ members: new Set(['a', 'b']), expiresAt: 300 });
  });

  it.each(['', 'not base64 json', Buffer.from('[1]').toString('base64url')])(
    'refuses the cursor %j',
    async (cursor) => {
      await expect(table.page({ pk: 'P' }, 1, cursor)).rejects.toMatchObject({ name: 'InputMalformed' });
    },
  );
});
