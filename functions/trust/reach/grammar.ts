/** Which texts a name can be: a small deterministic automaton, whose edges take one of several characters or a fixed text. */

export type Edge = { readonly to: number } & ({ readonly chars: string } | { readonly text: string });

export type GrammarState = {
  readonly edges: readonly Edge[];
  /** A text may end here. */
  readonly end?: true;
  /** The part of the text that this state reads, from 0; later states are never in an earlier part. */
  readonly part: number;
};

export type Grammar = {
  /** The first is where a text begins. */
  readonly states: readonly GrammarState[];
  /** The longest that each part may be, in characters; fixed texts are not counted. */
  readonly limits: readonly number[];
};

export const LOWER = 'abcdefghijklmnopqrstuvwxyz';
export const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const DIGITS = '0123456789';

/** Whether the text is a name of this grammar. */
export const isName = (grammar: Grammar, text: string): boolean => {
  let at = 0;
  let read = 0;
  let state = grammar.states[0];
  while (state !== undefined) {
    if (read > (grammar.limits[state.part] ?? Number.POSITIVE_INFINITY)) return false;
    if (at === text.length) return state.end === true;
    const edge: Edge | undefined = state.edges.find((each) => takes(each, text, at));
    if (edge === undefined) return false;
    const next: GrammarState | undefined = grammar.states[edge.to];
    const inSamePart: boolean = next?.part === state.part;
    read = inSamePart ? read + ('chars' in edge ? 1 : 0) : 0;
    at += 'chars' in edge ? 1 : edge.text.length;
    state = next;
  }
  return false;
};

/** A text of any of these characters, also none. */
export const anyText = (chars: string): Grammar => ({
  states: [{ part: 0, end: true, edges: [{ chars, to: 0 }] }],
  limits: [Number.POSITIVE_INFINITY],
});

/** A fixed start, and then between `least` and `most` of these characters. */
export const startingWith = (text: string, chars: string, least: number, most: number): Grammar => ({
  states: [
    { part: 0, edges: [{ text, to: 1 }] },
    ...Array.from({ length: least }, (_, index) => ({ part: 1, edges: [{ chars, to: index + 2 }] })),
    { part: 1, end: true, edges: [{ chars, to: least + 1 }] },
  ],
  limits: [0, most],
});

const takes = (edge: Edge, text: string, at: number): boolean =>
  'chars' in edge ? edge.chars.includes(text.charAt(at)) : text.startsWith(edge.text, at);
