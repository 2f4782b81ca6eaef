/** A short cover, quickly: large boxes grown from every cell, and of these always the one that is cheapest for what it adds. */
import { AXES, type Axis, boxOf, cellsOf, grown, type Work } from './boxes.ts';
import type { Cell, Grid, GridBox } from './grid.ts';
import type { Lengths } from './lengths.ts';

/** In which order the axes of a box are grown: each leads to other largest boxes. */
const ORDERS: ReadonlyArray<readonly [Axis, Axis, Axis]> = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/**
 * Disjoint boxes that hold every cell: the names of one axis each for themselves, and of what belongs to each, names with
 * equal rows together. Of all orders of the axes, the shortest.
 */
export const disjoint = (grid: Grid, lengths: Lengths, work: Work): readonly GridBox[] => {
  const all = ORDERS.map((order) => {
    const boxes = nested(grid.cells, order);
    return { boxes, length: boxes.reduce((sum, box) => sum + lengths(box, work).length, 0) };
  });
  return all.reduce((best, each) => (each.length < best.length ? each : best)).boxes;
};

/** Boxes that hold every cell and may overlap. When the work is used up, what is left is covered by the disjoint ones. */
export const greedy = (grid: Grid, lengths: Lengths, work: Work): readonly GridBox[] => {
  const candidates = [...candidatesOf(grid, work), ...disjoint(grid, lengths, work)].map((box) => ({
    box,
    length: lengths(box, work).length,
    cells: cellsOf(box).flatMap((cell) => grid.numberOf(cell) ?? []),
  }));
  const uncovered = new Set(grid.cells.keys());
  const chosen: GridBox[] = [];
  // What a box adds only gets less: one that is still the best after it was counted anew is the best of all.
  let queue = candidates
    .map((candidate) => ({ ...candidate, price: candidate.length / candidate.cells.length }))
    .toSorted((a, b) => b.price - a.price);
  while (uncovered.size > 0) {
    const best = queue.pop();
    if (best === undefined) break;
    const adds = best.cells.filter((cell) => uncovered.has(cell)).length;
    if (adds === 0) continue;
    const price = best.length / adds;
    if (price > best.price) {
      queue = inserted(queue, { ...best, price });
      continue;
    }
    chosen.push(best.box);
    for (const cell of best.cells) uncovered.delete(cell);
  }
  return chosen;
};

/** Boxes that can't be grown any more, of every cell by every order, as far as the work goes. */
const candidatesOf = (grid: Grid, work: Work): readonly GridBox[] => {
  const lines = linesOf(grid);
  const found = new Map<string, GridBox>();
  for (const order of ORDERS) {
    for (const cell of grid.cells) {
      if (work.left < 0) return [...found.values()];
      let box = boxOf(cell);
      for (const axis of order) {
        for (const place of lines[axis].get(lineKey(grid, cell, axis)) ?? []) {
          box = grown(grid, box, axis, place, work) ?? box;
        }
      }
      found.set(JSON.stringify(box.map((places) => places.toSorted((a, b) => a - b))), box);
    }
  }
  return [...found.values()];
};

const nested = (cells: readonly Cell[], [first, second, third]: readonly [Axis, Axis, Axis]): readonly GridBox[] => {
  const boxes: GridBox[] = [];
  const slices = [...Map.groupBy(cells, (cell) => cell[first])].map(([place, slice]) => {
    const rows = [...Map.groupBy(slice, (cell) => cell[second])].map(
      ([row, those]) => [row, those.map((cell) => cell[third]).toSorted((a, b) => a - b)] as const,
    );
    return { place, groups: Map.groupBy(rows, ([, thirds]) => thirds.join()) };
  });
  for (const { place, groups } of slices) {
    for (const group of groups.values()) {
      const places: [readonly number[], readonly number[], readonly number[]] = [[], [], []];
      places[first] = [place];
      places[second] = group.map(([row]) => row);
      places[third] = group[0]?.[1] ?? [];
      boxes.push(places);
    }
  }
  return boxes;
};

type Lines = ReadonlyMap<number, readonly number[]>;

/** For each axis: the places that are asked for on a line along it. */
const linesOf = (grid: Grid): readonly [Lines, Lines, Lines] => {
  const lines = AXES.map((axis) => {
    const byLine = Map.groupBy(grid.cells, (cell) => lineKey(grid, cell, axis));
    return new Map([...byLine].map(([key, cells]) => [key, cells.map((cell) => cell[axis])]));
  });
  const none: Lines = new Map();
  return [lines[0] ?? none, lines[1] ?? none, lines[2] ?? none];
};

const lineKey = (grid: Grid, cell: Cell, axis: Axis): number =>
  grid.keyOf([axis === 0 ? 0 : cell[0], axis === 1 ? 0 : cell[1], axis === 2 ? 0 : cell[2]]);

/** Into a list that falls by price, by halving. */
const inserted = <T extends { readonly price: number }>(queue: T[], item: T): T[] => {
  let [low, high] = [0, queue.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((queue[middle]?.price ?? 0) > item.price) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, item);
  return queue;
};
