import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TABLE } from '../../../functions/names.ts';
import { openTable, type Table } from '../../../functions/store/table.ts';
import { keepText, readText } from '../../../functions/store/texts.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';

describe('texts in pieces', () => {
  let dynamo: Dynamo;
  let table: Table;
  beforeAll(async () => {
    dynamo = await startDynamo();
    table = openTable(dynamo.client, TABLE);
  });
  afterAll(() => dynamo.close());

  it.each([
    ['nothing', '', 1],
    ['exactly one row', 'a'.repeat(90_000), 1],
    ['one unit more', 'a'.repeat(90_001), 2],
    ['three bytes a character, 600 kB', '€'.repeat(200_000), 3],
    ['a character of two units where a piece would end', `${'a'.repeat(89_999)}🔑${'b'.repeat(10)}`, 2],
    ['nothing but characters of two units', `a${'🔑'.repeat(90_000)}`, 3],
  ])('read back as they were: %s', async (name, text, pieces) => {
    const ref = await keepText(table, `X#${name}`, text);
    expect(ref.pieces).toBe(pieces);
    expect((await readText(table, `X#${name}`, ref)) === text).toBe(true);
    // Half a character is no UTF-8; dynalite would take it.
    const rows = await table.all({ pk: `X#${name}` });
    expect(rows.filter(({ piece }) => !String(piece).isWellFormed())).toEqual([]);
  });

  it('of any kind share a partition, each found by its own reference', async () => {
    const kept = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const ref = await keepText(table, 'X#any', text);
        kept.set(ref.digest, text);
        expect(await readText(table, 'X#any', ref)).toBe(text);
      }),
      { numRuns: 30 },
    );
    for (const [digest, text] of kept) expect(await readText(table, 'X#any', { digest, pieces: 1 })).toBe(text);
  });

  it('kept twice are the same rows', async () => {
    const text = 'b'.repeat(200_000);
    expect(await keepText(table, 'X#twice', text)).toEqual(await keepText(table, 'X#twice', text));
    expect(await table.all({ pk: 'X#twice' })).toHaveLength(3);
  });

  it('of which a piece is missing are an error, not a shorter text', async () => {
    const ref = await keepText(table, 'X#short', 'c');
    await expect(readText(table, 'X#short', { ...ref, pieces: 2 })).rejects.toMatchObject({ name: 'RowMalformed' });
  });
});
