/** A dimension cut into atoms: the classes of names that no pattern in question can tell apart, each with a member. */
import { type Automaton, automatonOf, combinations, matchedBy } from './automaton.ts';
import { type Grammar, isName } from './grammar.ts';
import { type Glob, type Pattern, patternKey } from './pattern.ts';

/** One of the things that a point of a universe consists of: clusters, namespaces, service accounts. */
export type Dimension = {
  readonly name: string;
  readonly grammar: Grammar;
  /** Names to show for "any other", most readable first. */
  readonly examples: readonly string[];
  /** A name as a person would write it. */
  readonly show?: (name: string) => string;
};

export type Atom = {
  /** A shortest member, or one of the examples; the only one when the atom is `single`. */
  readonly member: string;
  /** An exact text that some pattern names. */
  readonly single: boolean;
};

/** What is known of a dimension, given the patterns that are held against it. */
export type Atoms = {
  readonly atoms: readonly Atom[];
  readonly globs: readonly Glob[];
  /** The indexes of the atoms that a pattern matches. It must be one of those the dimension was cut by. */
  readonly matching: (pattern: Pattern) => readonly number[];
};

/**
 * Cuts a dimension by patterns. Exact texts are atoms of their own and don't burden the automaton.
 * @throws ReachUndecided `TooManyStates`
 */
export const atomsOf = ({ grammar, examples }: Dimension, patterns: Iterable<Pattern>): Atoms => {
  const [globs, literals] = [new Map<string, Glob>(), new Set<string>()];
  for (const pattern of patterns) {
    if (pattern.is === 'glob') globs.set(patternKey(pattern), pattern);
    else if (isName(grammar, pattern.text)) literals.add(pattern.text);
  }
  const automaton = automatonOf([...globs.values()]);
  const singles = [...literals].map((text) => ({ text, matched: matchedBy(automaton, text) }));
  const classes = classesOf(grammar, automaton, literals, examples);
  const indexOf = new Map(singles.map(({ text }, index) => [text, index]));
  const matches = [...singles.map(({ matched }) => matched), ...classes.keys()];
  const bits = new Map([...globs.keys()].map((key, index) => [key, automaton.accepts[index] ?? 0n]));
  return {
    atoms: [
      ...singles.map(({ text }) => ({ member: text, single: true })),
      ...[...classes.values()].map((member) => ({ member, single: false })),
    ],
    globs: [...globs.values()],
    matching: (pattern) => {
      if (pattern.is === 'literal') {
        const index = indexOf.get(pattern.text);
        return index === undefined ? [] : [index];
      }
      const bit = bits.get(patternKey(pattern)) ?? 0n;
      return matches.flatMap((matched, index) => ((matched & bit) === 0n ? [] : [index]));
    },
  };
};

/** The classes of names besides the exact texts: for each combination of globs, a member. */
const classesOf = (
  grammar: Grammar,
  automaton: Automaton,
  literals: ReadonlySet<string>,
  examples: readonly string[],
): Map<bigint, string> => {
  const example = (matched: bigint): string | undefined =>
    examples.find((text) => !literals.has(text) && matchedBy(automaton, text) === matched);
  if (automaton.accepts.length === 0) {
    const member = example(0n);
    if (member !== undefined) return new Map([[0n, member]]);
  }
  const classes = new Map<bigint, string>();
  const taken: string[] = [];
  const take = (found: ReadonlyMap<bigint, string>): void => {
    for (const [matched, shortest] of found) {
      if (classes.has(matched)) continue;
      const member = example(matched) ?? shortest;
      if (literals.has(member)) taken.push(member);
      else classes.set(matched, member);
    }
  };
  take(combinations(grammar, automaton));
  if (taken.length === 0) return classes;
  // Some class's shortest member is an exact text: the next one seldom is too.
  const first = taken.splice(0);
  take(combinations(grammar, automaton, first));
  // Look for any others, or find that there are none.
  if (taken.length > 0) take(combinations(grammar, automaton, [...literals]));
  return classes;
};
