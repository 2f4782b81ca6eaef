/** The shortest cover of all, by branch and bound, as far as the work goes. */
import { AXES, boxOf, contains, joined, type Work } from './boxes.ts';
import { type Cell, type Grid, type GridBox, namesAt } from './grid.ts';
import { type Lengths, lengthAdded } from './lengths.ts';
import type { Names } from './names.ts';

/** A cover, and what it costs. */
export type Cover = { readonly boxes: readonly GridBox[]; readonly cost: number };

/** A character more is worse than any number of statements more. */
export const CHARACTER = 4096;

/** What a cover costs: characters first, then statements. `sidLength` is the length of the Sid at a place. */
export const costOf = (
  boxes: readonly GridBox[],
  lengths: Lengths,
  sidLength: (place: number) => number,
  work: Work,
): number => boxes.reduce((sum, box, place) => sum + statementCost(lengths(box, work).length + sidLength(place)), 0);

const statementCost = (characters: number): number => characters * CHARACTER + 1;

/**
 * A cover cheaper than the given one, or that one, with whether it is proven that there is none cheaper.
 *
 * A cover gives each cell to one of its boxes, and each box is then no larger than the cells need that were given to it.
 * So the cells are given to boxes one after the other, first those that have the fewest choices: boxes only grow, and
 * what they cost does too. A way is left when what it costs at the least is no less than the best cover so far.
 */
export const cheapest = (
  grid: Grid,
  known: Cover,
  lengths: Lengths,
  sidLength: (place: number) => number,
  work: Work,
): Cover & { readonly proven: boolean } => {
  let best = known;

  const visit = (begun: Begun, before: readonly Cell[]): void => {
    work.left -= before.length * begun.boxes.length;
    if (work.left < 0) return;
    const open = before.filter((cell) => !begun.boxes.some(({ box }) => contains(box, cell)));
    if (open.length === 0) {
      if (begun.cost < best.cost) best = { boxes: begun.boxes.map(({ box }) => box), cost: begun.cost };
      return;
    }
    const missing = missingIn(grid, begun, open);
    let narrowest: readonly Choice[] | undefined;
    for (const cell of open) {
      if (work.left < 0) return;
      const choices = choicesFor(cell, begun).filter(
        ({ adds }) => begun.cost + adds + missing.without(cell) < best.cost,
      );
      if (choices.length === 0) return;
      if (narrowest === undefined || choices.length < narrowest.length) narrowest = choices;
      if (choices.length === 1) break;
    }
    for (const { index, box, cost, adds } of (narrowest ?? []).toSorted((a, b) => a.adds - b.adds)) {
      if (begun.cost + adds >= best.cost) continue;
      visit({ boxes: begun.boxes.toSpliced(index, 1, { box, cost }), cost: begun.cost + adds }, open);
    }
  };

  /** The boxes that can take the cell, and a box of its own. */
  const choicesFor = (cell: Cell, { boxes }: Begun): readonly Choice[] => {
    const choices: Choice[] = [];
    for (const [index, { box, cost }] of boxes.entries()) {
      const larger = joined(grid, box, cell, work);
      if (larger === undefined) continue;
      const now = statementCost(lengths(larger, work).length + sidLength(index));
      choices.push({ index, box: larger, cost: now, adds: now - cost });
    }
    const alone = boxOf(cell);
    const cost = statementCost(lengths(alone, work).length + sidLength(boxes.length));
    return [...choices, { index: boxes.length, box: alone, cost, adds: cost }];
  };

  visit({ boxes: [], cost: 0 }, hardestFirst(grid, work));
  return { ...best, proven: work.left >= 0 };
};

type Begun = {
  readonly boxes: ReadonlyArray<{ readonly box: GridBox; readonly cost: number }>;
  readonly cost: number;
};

type Choice = { readonly index: number; readonly box: GridBox; readonly cost: number; readonly adds: number };

/** Cells that share a box with few others come first: they need boxes of their own, which bounds the rest. */
const hardestFirst = (grid: Grid, work: Work): readonly Cell[] =>
  grid.cells
    .map((cell) => {
      const box = boxOf(cell);
      return { cell, company: grid.cells.filter((other) => joined(grid, box, other, work) !== undefined).length };
    })
    .toSorted((a, b) => a.company - b.company)
    .map(({ cell }) => cell);

/** What the names that no box has yet add at the least, whichever boxes they will be in; without those of one cell. */
const missingIn = (
  grid: Grid,
  { boxes }: Begun,
  open: readonly Cell[],
): { readonly without: (cell: Cell) => number } => {
  const missing = new Set<Names | undefined>();
  for (const axis of AXES) {
    for (const cell of open) missing.add(namesAt(grid, axis, cell[axis]));
    for (const { box } of boxes) for (const place of box[axis]) missing.delete(namesAt(grid, axis, place));
  }
  const added = (names: Names | undefined): number =>
    names === undefined || !missing.has(names) ? 0 : lengthAdded(names) * CHARACTER;
  const all = [...missing].reduce((sum, names) => sum + added(names), 0);
  return {
    without: (cell) => all - AXES.reduce<number>((sum, axis) => sum + added(namesAt(grid, axis, cell[axis])), 0),
  };
};
