import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WorkloadIdentity } from '../../../../../functions/identity.ts';
import { boxOf } from '../../../../../functions/trust/author/cover/boxes.ts';
import { gridOf } from '../../../../../functions/trust/author/cover/grid.ts';
import { type Lengths, lengthsOn } from '../../../../../functions/trust/author/cover/lengths.ts';
import { CHARACTER, cheapest, costOf } from '../../../../../functions/trust/author/cover/search.ts';
import { freeSids } from '../../../../../functions/trust/author/statement.ts';
import { ACCOUNT, tinyWishes } from '../random.ts';
import { shortestOf } from '../shortest.ts';

const DOCUMENT = '{"Version":"2012-10-17","Statement":[]}'.length;

/** The search alone: it begins with a box for each cell, as bad as can be. */
const search = (identities: readonly WorkloadIdentity[], work: number, lengthsOf = lengthsOn) => {
  const grid = gridOf(identities);
  const lengths = lengthsOf(grid, {});
  const sids = freeSids(identities.length);
  const sidLength = (place: number): number => sids[place]?.length ?? 0;
  const boxes = grid.cells.map(boxOf);
  const known = { boxes, cost: costOf(boxes, lengths, sidLength, { left: 1000 }) };
  const found = cheapest(grid, known, lengths, sidLength, { left: work });
  return { ...found, known };
};

describe('the search', () => {
  it('finds the shortest from the worst start', () => {
    fc.assert(fc.property(tinyWishes, expectShortest), { numRuns: 300 });
  });

  it('proves nothing when its work is used up, and keeps what it was given', () => {
    const { boxes, cost, known, proven } = search(corner, 5);
    expect({ boxes, cost, proven }).toEqual({ ...known, proven: false });
  });

  it('takes fewer statements of the same length', () => {
    // Both cells of a box of two cost as much as two boxes of one.
    const even = (): Lengths => (box) => ({ length: 1000 * box[0].length * box[1].length * box[2].length - 6, box });
    const sidless = search(corner, 10_000, even);
    expect(sidless.proven).toBe(true);
    expect(sidless.boxes.length).toBe(2);
  });
});

const expectShortest = (identities: readonly WorkloadIdentity[]): void => {
  const { boxes, cost, proven } = search(identities, 1_000_000);
  const { characters, statements } = shortestOf(identities);
  expect(proven).toBe(true);
  expect(boxes.length).toBe(statements);
  // The first statement has no comma before it.
  expect(Math.floor(cost / CHARACTER) - 1 + DOCUMENT).toBe(characters);
};

const identity = (cluster: string, namespace: string): WorkloadIdentity => ({
  account: ACCOUNT,
  region: 'eu-west-1',
  cluster,
  namespace,
  serviceAccount: 's',
});

/** Three, of which two stand in one box. */
const corner = [identity('a', 'x'), identity('a', 'y'), identity('b', 'x')];
