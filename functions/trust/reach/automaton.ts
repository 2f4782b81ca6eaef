/** All globs of a dimension at once: which of them a text matches, and which combinations names of a grammar can match. */

import { ONE, RUN } from '../../policy/pattern.ts';
import type { Grammar } from './grammar.ts';
import { type Glob, ONE_IN_COMPONENT, RUN_IN_COMPONENT } from './pattern.ts';
import { ReachUndecided } from './undecided.ts';

/**
 * The globs side by side in one number: a bit for each place in a pattern that a text can have come to. One step is a
 * few operations on that number, whatever the patterns ("Shift-And", Baeza-Yates and Gonnet 1992).
 */
export type Automaton = {
  readonly start: bigint;
  /** The bits of those who have come to their end: which globs match, as a number. */
  readonly accept: bigint;
  /** For each glob, in the order given. */
  readonly accepts: readonly bigint[];
  /** The characters that the globs tell from others. */
  readonly special: ReadonlySet<string>;
  readonly step: (state: bigint, char: string) => bigint;
  /** What a step costs: 1, and more for very many or very long patterns. */
  readonly cost: number;
};

/** How many steps of the product with the grammar are taken before it is given up: about a tenth of a second. */
const MAX_STEPS = 100_000;

/** From each node of the tree of texts to avoid: a step for each character of a name. */
const STEPS_OF_A_NODE = 128;

/** So many bits more make a step cost as much again. */
const BITS_OF_A_STEP = 2048;

export const automatonOf = (globs: readonly Glob[]): Automaton => {
  const consuming = new Map<string, bigint>();
  let [one, oneInComponent, run, runInComponent, start, accept, place] = [0n, 0n, 0n, 0n, 0n, 0n, 1n];
  const accepts: bigint[] = [];
  const expect = (char: string): void => void consuming.set(char, (consuming.get(char) ?? 0n) | place);
  const bits = globs.reduce((sum, { symbols }) => sum + symbols.length + 1, 0);
  for (const { symbols, folded } of globs) {
    start |= place;
    for (const symbol of symbols) {
      if (symbol === RUN) run |= place;
      else if (symbol === RUN_IN_COMPONENT) runInComponent |= place;
      else {
        if (symbol === ONE) one |= place;
        else if (symbol === ONE_IN_COMPONENT) oneInComponent |= place;
        else {
          const char = String.fromCharCode(symbol);
          expect(char);
          if (folded && /[a-z]/.test(char)) expect(char.toUpperCase());
        }
        place <<= 1n;
      }
    }
    accept |= place;
    accepts.push(place);
    place <<= 1n;
  }
  const anyOne = one | oneInComponent;
  const anyRun = run | runInComponent;
  const step = (state: bigint, char: string): bigint => {
    if (state === 0n) return 0n;
    const colon = char === ':';
    const steps = (consuming.get(char) ?? 0n) | (colon ? one : anyOne);
    return ((state & steps) << 1n) | (state & (colon ? run : anyRun));
  };
  const cost = 1 + Math.floor(bits / BITS_OF_A_STEP);
  return { start, accept, accepts, special: new Set(consuming.keys()), step, cost };
};

/** Which globs the text matches, in bits of `accept`. */
export const matchedBy = (automaton: Automaton, text: string): bigint => {
  let state = automaton.start;
  for (let at = 0; at < text.length; at += 1) state = automaton.step(state, text.charAt(at));
  return state & automaton.accept;
};

/** Whether one glob matches the text. Linear in both: what `admits` and the tests ask. */
export const globMatchesText = (glob: Glob, text: string): boolean => matchedBy(automatonOf([glob]), text) !== 0n;

/** A place in the search: where the grammar and the globs are, and how a text got there. */
type Visit = {
  readonly state: number;
  readonly globs: bigint;
  /** The node in the tree of the texts to avoid, -1 when it has been left. */
  readonly avoided: number;
  /** Characters read of this part of the name. */
  readonly read: number;
  readonly text: string;
};

/**
 * Every combination of globs that some name matches, with a shortest such name; texts to be avoided are no such name.
 * @throws ReachUndecided `TooManyStates`
 */
export const combinations = (
  grammar: Grammar,
  automaton: Automaton,
  avoid: readonly string[] = [],
): ReadonlyMap<bigint, string> => {
  const found = new Map<bigint, string>();
  const tree = avoid.length === 0 ? undefined : treeOf(avoid);
  const special = tree === undefined ? automaton.special : new Set([...automaton.special, ...tree.chars]);
  // The tree of texts to avoid is walked once at most: that is no fault of the patterns.
  const mostSteps = MAX_STEPS + (tree === undefined ? 0 : tree.size * STEPS_OF_A_NODE * automaton.cost);
  const seen = grammar.states.map(() => new Set<bigint>());
  // A part of a name after the other: within one, the first to come to a place has read the least of it.
  const queues: Visit[][] = grammar.limits.map(() => []);
  const letters: Array<readonly Letter[] | undefined> = [];
  let steps = 0;
  const visit = (next: Visit): void => {
    const key = tree === undefined ? next.globs : (next.globs << 24n) | BigInt(next.avoided + 1);
    const known = seen[next.state];
    const part = grammar.states[next.state]?.part ?? 0;
    if (known === undefined || known.has(key) || next.read > (grammar.limits[part] ?? 0)) return;
    known.add(key);
    queues[part]?.push(next);
  };
  visit({ state: 0, globs: automaton.start, avoided: tree === undefined ? -1 : 0, read: 0, text: '' });
  for (const queue of queues) {
    for (const place of queue) {
      const state = grammar.states[place.state];
      if (state === undefined) continue;
      if (state.end === true && tree?.ends.has(place.avoided) !== true) {
        const matched = place.globs & automaton.accept;
        if (!found.has(matched)) found.set(matched, place.text);
      }
      letters[place.state] ??= lettersOf(state, special);
      for (const { text, to } of letters[place.state] ?? []) {
        steps += text.length * automaton.cost;
        if (steps > mostSteps) throw tooManyStates(automaton);
        let [globs, avoided] = [place.globs, place.avoided];
        for (let at = 0; at < text.length; at += 1) {
          const char = text.charAt(at);
          globs = automaton.step(globs, char);
          if (tree !== undefined && avoided >= 0) avoided = tree.next(avoided, char);
        }
        const read = grammar.states[to]?.part === state.part ? place.read + 1 : 0;
        visit({ state: to, globs, avoided, read, text: place.text + text });
      }
    }
  }
  return found;
};

const tooManyStates = ({ accepts }: Automaton): ReachUndecided =>
  new ReachUndecided('TooManyStates', `The ${accepts.length} patterns with wildcards tell too many names apart.`);

type Letter = { readonly text: string; readonly to: number };

/** What can be read next: characters that somebody tells apart one by one, and one for all the others of an edge. */
const lettersOf = (state: Grammar['states'][number], special: ReadonlySet<string>): readonly Letter[] =>
  state.edges.flatMap((edge) => {
    if ('text' in edge) return [edge];
    const letters: Letter[] = [];
    let others = false;
    for (let at = 0; at < edge.chars.length; at += 1) {
      const text = edge.chars.charAt(at);
      if (others && !special.has(text)) continue;
      others ||= !special.has(text);
      letters.push({ text, to: edge.to });
    }
    return letters;
  });

type Tree = {
  readonly size: number;
  readonly chars: ReadonlySet<string>;
  readonly ends: ReadonlySet<number>;
  readonly next: (node: number, char: string) => number;
};

const treeOf = (texts: readonly string[]): Tree => {
  const nodes: Array<Map<string, number>> = [new Map()];
  const ends = new Set<number>();
  for (const text of texts) {
    let node = 0;
    for (const char of text.split('')) {
      const known = nodes[node]?.get(char);
      if (known === undefined) {
        nodes[node]?.set(char, nodes.length);
        node = nodes.length;
        nodes.push(new Map());
      } else node = known;
    }
    ends.add(node);
  }
  return {
    size: nodes.length,
    chars: new Set(texts.flatMap((text) => text.split(''))),
    ends,
    next: (node, char) => nodes[node]?.get(char) ?? -1,
  };
};
