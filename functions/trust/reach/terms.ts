/** The atoms of a dimension in words that a policy would use: names, patterns, and patterns with exceptions. */
import type { Atoms } from './atoms.ts';
import { type Glob, type Pattern, showSymbols } from './pattern.ts';

/** Names of one dimension: any, or those that are in one of the terms. */
export type Terms = 'any' | readonly Term[];

/** One name; or all that match each of the first patterns and none of the second. */
export type Term =
  | { readonly is: string }
  /** `like` of nothing is every name. */
  | { readonly like: readonly Glob[]; readonly unlike: readonly Pattern[] };

/** Terms that together are exactly these atoms: patterns before names, in a stable order. */
export const termsOf = (axis: Atoms, wanted: ReadonlySet<number>): Terms => {
  if (wanted.size === axis.atoms.length) return 'any';
  const terms: Term[] = [];
  const open = new Set(wanted);
  const matching = new Map(axis.globs.map((glob) => [glob, new Set(axis.matching(glob))]));
  // Whole patterns first, the widest before the others.
  const whole = [...matching].filter(
    ([, atoms]) => [...atoms].every((atom) => wanted.has(atom)) && [...atoms].some((atom) => isClass(axis, atom)),
  );
  for (const [glob, atoms] of whole.toSorted(([, a], [, b]) => b.size - a.size)) {
    if (![...atoms].some((atom) => open.has(atom))) continue;
    terms.push({ like: [glob], unlike: [] });
    for (const atom of atoms) open.delete(atom);
  }
  for (const atom of [...open].toSorted((a, b) => Number(isClass(axis, b)) - Number(isClass(axis, a)))) {
    if (!open.has(atom)) continue;
    const [term, covered] = isClass(axis, atom) ? classTerm(axis, matching, wanted, atom) : nameTerm(axis, atom);
    terms.push(term);
    for (const each of covered) open.delete(each);
  }
  return terms.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
};

/** A space comes before every other character. */
const keyOf = (term: Term): string =>
  'is' in term ? term.is : ` ${term.like.map(({ symbols }) => showSymbols(symbols)).join(' ')}`;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isClass = (axis: Atoms, atom: number): boolean => axis.atoms[atom]?.single === false;

const nameTerm = (axis: Atoms, atom: number): readonly [Term, Iterable<number>] => [
  { is: axis.atoms[atom]?.member ?? '' },
  [atom],
];

/** A term that holds this class and nothing that isn't wanted: two atoms are always told apart by a pattern. */
const classTerm = (
  axis: Atoms,
  matching: ReadonlyMap<Glob, ReadonlySet<number>>,
  wanted: ReadonlySet<number>,
  atom: number,
): readonly [Term, Iterable<number>] => {
  const [holding, others] = [
    [...matching].filter(([, atoms]) => atoms.has(atom)),
    [...matching].filter(([, atoms]) => !atoms.has(atom)),
  ];
  const [narrowest] = holding.toSorted(([, a], [, b]) => a.size - b.size);
  const like: Glob[] = narrowest === undefined ? [] : [narrowest[0]];
  const unlike: Pattern[] = [];
  let covered: ReadonlySet<number> = narrowest?.[1] ?? new Set(axis.atoms.keys());
  while (true) {
    const stranger = [...covered].find((each) => !wanted.has(each));
    if (stranger === undefined) return [{ like, unlike }, covered];
    const without = others.filter(([, atoms]) => atoms.has(stranger));
    const [cut] = without.toSorted(([, a], [, b]) => both(a, wanted).size - both(b, wanted).size);
    const within = holding.find(([, atoms]) => !atoms.has(stranger));
    if (cut !== undefined) {
      unlike.push(cut[0]);
      covered = minus(covered, cut[1]);
    } else if (isClass(axis, stranger) && within !== undefined) {
      like.push(within[0]);
      covered = both(covered, within[1]);
    } else {
      unlike.push({ is: 'literal', text: axis.atoms[stranger]?.member ?? '' });
      covered = minus(covered, new Set([stranger]));
    }
  }
};

const both = (a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> =>
  new Set([...a].filter((each) => b.has(each)));

const minus = (a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> =>
  new Set([...a].filter((each) => !b.has(each)));
