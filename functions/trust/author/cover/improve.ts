/** Makes a cover shorter step by step: boxes lose what others hold too, and give up what others can take over. */
import { cellsOf, contains, hullOf, joined, type Work } from './boxes.ts';
import type { Cell, Grid, GridBox } from './grid.ts';
import type { Lengths } from './lengths.ts';

type Measured = { readonly box: GridBox; readonly length: number };

/** A cover of the same cells that is no longer. Stops when nothing gets better, or the work is used up. */
export const improved = (grid: Grid, cover: readonly GridBox[], lengths: Lengths, work: Work): readonly GridBox[] => {
  let boxes = shrunk(grid, cover);
  while (work.left > 0) {
    const fewer = dissolved(grid, boxes, lengths, work);
    if (fewer.length === boxes.length) break;
    boxes = shrunk(grid, fewer);
  }
  return boxes;
};

/** Each box in turn keeps only what no other holds; what holds nothing of its own goes. */
const shrunk = ({ cells }: Grid, cover: readonly GridBox[]): readonly GridBox[] => {
  const held = cover.map((box) => ({ box, cells: cells.filter((cell) => contains(box, cell)) }));
  const holders = new Map<Cell, number>();
  for (const cell of held.flatMap((each) => each.cells)) holders.set(cell, (holders.get(cell) ?? 0) + 1);
  return held.flatMap(({ cells: those }) => {
    const own = hullOf(those.filter((cell) => holders.get(cell) === 1));
    for (const cell of those) {
      if (own === undefined || !contains(own, cell)) holders.set(cell, (holders.get(cell) ?? 0) - 1);
    }
    return own === undefined ? [] : [own];
  });
};

/** The cover without the boxes whose cells others take over for less. */
const dissolved = (grid: Grid, cover: readonly GridBox[], lengths: Lengths, work: Work): readonly GridBox[] => {
  let all: readonly Measured[] = cover
    .map((box) => ({ box, length: lengths(box, work).length }))
    .toSorted((a, b) => b.length - a.length);
  // Backwards: the shortest first, and so that a box that goes doesn't move those that are still to be tried.
  for (let index = all.length - 1; index >= 0 && work.left > 0; index -= 1) {
    const candidate = all[index];
    if (candidate !== undefined) {
      all = takenOver(grid, all.toSpliced(index, 1), candidate, lengths, work) ?? all;
    }
  }
  return all.map(({ box }) => box);
};

/** The others, grown to hold the box's cells too, for fewer characters than it has; undefined when they can't. */
const takenOver = (
  grid: Grid,
  others: readonly Measured[],
  { box: going, length: limit }: Measured,
  lengths: Lengths,
  work: Work,
): readonly Measured[] | undefined => {
  const all = [...others];
  let left = limit;
  for (const cell of cellsOf(going)) {
    work.left -= all.length;
    if (all.some(({ box }) => contains(box, cell))) continue;
    let best: (Measured & { readonly index: number; readonly adds: number }) | undefined;
    for (const [index, { box, length: before }] of all.entries()) {
      const larger = joined(grid, box, cell, work);
      if (larger === undefined) continue;
      const { length } = lengths(larger, work);
      if (best === undefined || length - before < best.adds)
        best = { box: larger, length, index, adds: length - before };
    }
    if (best === undefined || best.adds >= left) return undefined;
    left -= best.adds;
    all[best.index] = best;
  }
  return all;
};
