/** The fewest characters of statements that admit a set of identities: proven for small sets, good for large ones. */
import type { WorkloadIdentity } from '../../../identity.ts';
import type { Box, Through } from '../statement.ts';
import { disjoint, greedy } from './greedy.ts';
import { gridOf, namesIn } from './grid.ts';
import { improved } from './improve.ts';
import { lengthsOn } from './lengths.ts';
import { type Cover, cheapest, costOf } from './search.ts';

/** Looks at cells: some hundredths of a second each. What was found by then counts. */
const GREEDY_WORK = 1_000_000;
const IMPROVING_WORK = 1_000_000;
const SEARCH_WORK = 1_000_000;

/** From how many cells on a search for the shortest would not end. */
const MOST_CELLS = 150;

/**
 * Boxes that together hold exactly these identities, which are of one account and all different.
 * @returns `minimal` when it is proven that no statements are shorter, and none of this length fewer.
 */
export const coverOf = (
  identities: readonly WorkloadIdentity[],
  through: Through,
  sids: readonly string[],
): { readonly boxes: readonly Box[]; readonly minimal: boolean } => {
  const grid = gridOf(identities);
  const lengths = lengthsOn(grid, through);
  const sidLength = (place: number): number => sids[place]?.length ?? 0;
  const work = { left: GREEDY_WORK };
  const starts = [disjoint(grid, lengths, work), greedy(grid, lengths, work)];
  let best: Cover = { boxes: [], cost: Number.POSITIVE_INFINITY };
  for (const start of starts) {
    const boxes = improved(grid, start, lengths, { left: IMPROVING_WORK });
    const cost = costOf(boxes, lengths, sidLength, work);
    if (cost < best.cost) best = { boxes, cost };
  }
  const small = grid.cells.length <= MOST_CELLS;
  const { boxes, proven } = small
    ? cheapest(grid, best, lengths, sidLength, { left: SEARCH_WORK })
    : { ...best, proven: false };
  return { boxes: boxes.map((box) => namesIn(grid, lengths(box, work).box)), minimal: proven };
};

/** Disjoint boxes that together hold exactly these identities: those of one can be taken away and the others stay exact. */
export const piecesOf = (identities: readonly WorkloadIdentity[], through: Through): readonly Box[] => {
  const grid = gridOf(identities);
  return disjoint(grid, lengthsOn(grid, through), { left: GREEDY_WORK }).map((box) => namesIn(grid, box));
};
