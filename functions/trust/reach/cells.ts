/** A formula on the finite grid of its atoms: is anything in it, what for example, and which boxes is it made of? */
import { type Atom, type Atoms, atomsOf, type Dimension } from './atoms.ts';
import { and, type Expression, forEachEnd, type Leaf, not, type Or, or } from './expression.ts';
import type { Pattern } from './pattern.ts';
import { ReachUndecided } from './undecided.ts';

/** The grid that a formula needs: each dimension cut by the patterns that the formula holds against it. */
export type Grid = {
  readonly axes: readonly Atoms[];
  /** The atoms in which a leaf is true. */
  readonly trueIn: (leaf: Leaf) => ReadonlySet<number>;
  /** The parts of an `or` that can be true in an atom of a dimension. */
  readonly relevant: (or: Or, dimension: number, atom: number) => readonly Expression[];
};

/** Its parts that need a certain name, by the atoms that have it, and the parts that need none. */
type Relevant = { readonly byAtom: ReadonlyMap<number, readonly Expression[]>; readonly always: readonly Expression[] };

/** Atoms of each dimension, every combination of which is in the set. */
export type Box = ReadonlyArray<readonly number[]>;

/** How many parts of formulas are looked at before it is given up: about a fifth of a second. */
const MAX_WORK = 5_000_000;

/** @throws ReachUndecided `TooManyStates` */
export const gridOf = (dimensions: readonly Dimension[], expression: Expression): Grid => {
  const patterns: Pattern[][] = dimensions.map(() => []);
  forEachEnd(expression, (end) => {
    if (end.is === 'leaf') patterns[end.dimension]?.push(...end.patterns);
  });
  const axes = dimensions.map((dimension, index) => atomsOf(dimension, patterns[index] ?? []));
  const known = new Map<Leaf, ReadonlySet<number>>();
  const trueIn = (leaf: Leaf): ReadonlySet<number> => {
    const before = known.get(leaf);
    if (before !== undefined) return before;
    const axis = axes[leaf.dimension];
    const now = new Set(leaf.patterns.flatMap((pattern) => axis?.matching(pattern) ?? []));
    known.set(leaf, now);
    return now;
  };
  const indexes = axes.map(() => new Map<Or, Relevant>());
  const relevant = (or: Or, dimension: number, atom: number): readonly Expression[] => {
    const before = indexes[dimension]?.get(or);
    const index = before ?? indexOf(or, dimension, trueIn);
    if (before === undefined) indexes[dimension]?.set(or, index);
    return [...index.always, ...(index.byAtom.get(atom) ?? [])];
  };
  return { axes, trueIn, relevant };
};

/**
 * A point in which the formula is true: an atom of each dimension. Undefined is a proof that there is none.
 * @throws ReachUndecided `TooManyCells`
 */
export const pointIn = (grid: Grid, expression: Expression): readonly Atom[] | undefined => {
  const work = budget();
  const search = (rest: Expression, dimension: number): readonly Atom[] | undefined => {
    if (rest === false) return undefined;
    const axis = grid.axes[dimension];
    if (axis === undefined) return rest === true ? [] : undefined;
    for (const [first = 0] of pieces(grid, rest, dimension, work)) {
      const atom = axis.atoms[first];
      if (atom === undefined) continue;
      const further = search(within(grid, rest, dimension, first, work), dimension + 1);
      if (further !== undefined) return [atom, ...further];
    }
    return undefined;
  };
  return search(expression, 0);
};

/**
 * Disjoint boxes that make up the formula's set, few where dimensions repeat themselves.
 * @throws ReachUndecided `TooManyCells`
 */
export const boxesOf = (grid: Grid, expression: Expression): readonly Box[] => {
  const work = budget();
  const cut = (rest: Expression, dimension: number): readonly Box[] => {
    if (rest === false) return [];
    if (dimension === grid.axes.length) return rest === true ? [[]] : [];
    // Pieces with the same rest are one.
    const same = new Map<string, { atoms: number[]; boxes: readonly Box[] }>();
    for (const piece of pieces(grid, rest, dimension, work)) {
      const boxes = cut(within(grid, rest, dimension, piece[0] ?? 0, work), dimension + 1);
      const key = JSON.stringify(boxes);
      const known = same.get(key);
      if (known === undefined) same.set(key, { atoms: [...piece], boxes });
      else known.atoms.push(...piece);
    }
    return [...same.values()].flatMap(({ atoms, boxes }) => {
      const sorted = atoms.toSorted((a, b) => a - b);
      return boxes.map((box) => [sorted, ...box]);
    });
  };
  return cut(expression, 0);
};

/** From how many parts on an index pays. */
const LONG = 8;

const indexOf = (or: Or, dimension: number, trueIn: Grid['trueIn']): Relevant => {
  const byAtom = new Map<number, Expression[]>();
  const always: Expression[] = [];
  for (const part of or.of) {
    const ends = typeof part === 'boolean' || part.is !== 'and' ? [part] : part.of;
    const needed = ends.find((end) => typeof end !== 'boolean' && end.is === 'leaf' && end.dimension === dimension);
    if (needed === undefined || typeof needed === 'boolean' || needed.is !== 'leaf') {
      always.push(part);
      continue;
    }
    for (const atom of trueIn(needed)) {
      const known = byAtom.get(atom);
      if (known === undefined) byAtom.set(atom, [part]);
      else known.push(part);
    }
  }
  return { byAtom, always };
};

type Work = (amount: number) => void;

const budget = (): Work => {
  let left = MAX_WORK;
  return (amount) => {
    left -= amount;
    if (left < 0) {
      throw new ReachUndecided('TooManyCells', 'The statements cut the service accounts into too many pieces.');
    }
  };
};

/** The atoms of a dimension, parted by what the formula still asks of it: no leaf tells those of one piece apart. */
const pieces = (
  grid: Grid,
  expression: Expression,
  dimension: number,
  work: Work,
): ReadonlyArray<readonly number[]> => {
  const count = grid.axes[dimension]?.atoms.length ?? 0;
  const pieceOf = new Uint32Array(count);
  const sizes = [count];
  const seen = new Set<Leaf>();
  forEachEnd(expression, (end) => {
    work(1);
    if (end.is !== 'leaf' || end.dimension !== dimension || seen.has(end)) return;
    seen.add(end);
    const inside = Map.groupBy(grid.trueIn(end), (atom) => pieceOf[atom] ?? 0);
    for (const [piece, atoms] of inside) {
      if (atoms.length === sizes[piece]) continue;
      sizes[piece] = (sizes[piece] ?? 0) - atoms.length;
      for (const atom of atoms) pieceOf[atom] = sizes.length;
      sizes.push(atoms.length);
    }
  });
  const parts: number[][] = sizes.map(() => []);
  for (let atom = 0; atom < count; atom += 1) parts[pieceOf[atom] ?? 0]?.push(atom);
  return parts.filter((part) => part.length > 0);
};

/** What is left to ask, once it is known that the name in a dimension is in this atom. */
const within = (grid: Grid, expression: Expression, dimension: number, atom: number, work: Work): Expression => {
  work(1);
  if (typeof expression === 'boolean') return expression;
  switch (expression.is) {
    case 'open':
      return expression;
    case 'leaf':
      return expression.dimension === dimension ? grid.trueIn(expression).has(atom) : expression;
    case 'not':
      return not(within(grid, expression.of, dimension, atom, work));
    case 'and': {
      const rest: Expression[] = [];
      for (const each of expression.of) {
        const now = within(grid, each, dimension, atom, work);
        if (now === false) return false;
        rest.push(now);
      }
      return and(...rest);
    }
    case 'or': {
      const parts = expression.of.length < LONG ? expression.of : grid.relevant(expression, dimension, atom);
      return or(...parts.map((each) => within(grid, each, dimension, atom, work)));
    }
  }
};
