/** A set of service accounts as sentences for people and as JSON for programs: both exact, box by box. */
import type { Dimension } from './atoms.ts';
import { boxesOf, gridOf } from './cells.ts';
import { type Glob, type Pattern, showSymbols } from './pattern.ts';
import type { MemberSet } from './set.ts';
import { type Term, type Terms, termsOf } from './terms.ts';

/** Names of one dimension: any of them, or those that are in one of the terms. */
export type ShownNames = 'any' | readonly ShownTerm[];

/** One name; or all that match each of the first patterns (none: all) and none of the second. */
export type ShownTerm =
  | { readonly is: string }
  | { readonly like: readonly ShownPattern[]; readonly unlike: readonly ShownPattern[] };

/** Over the whole name: a cluster's is its ARN. */
export type ShownPattern = { readonly pattern: string; readonly ignoreCase?: true };

/** For each dimension, by its name: which names. Every combination of them is in the set. */
export type ShownBox = Readonly<Record<string, ShownNames>>;

/** Disjoint boxes that make up the set, in a stable order; none when it is empty. @throws ReachUndecided */
export const toJson = <Member>(set: MemberSet<Member>): readonly ShownBox[] =>
  termBoxes(set)
    .map(({ dimensions, terms }) =>
      Object.fromEntries(dimensions.map(({ name }, index) => [name, jsonNames(terms[index] ?? 'any')])),
    )
    .toSorted(byJson);

/**
 * A sentence for each box, such as "any service account in namespaces `pay-*` of cluster `payments` (eu-west-1)".
 * @throws ReachUndecided
 */
export const toSentences = <Member>(set: MemberSet<Member>): readonly string[] =>
  termBoxes(set)
    .map(({ dimensions, terms }) =>
      set.universe.phrase(dimensions.map((dimension, index) => namesPhrase(dimension, terms[index] ?? 'any'))),
    )
    .toSorted();

/** How many names of a list are shown to a person. */
const SHOWN = 5;

const termBoxes = <Member>({
  universe: { dimensions },
  formula,
}: MemberSet<Member>): ReadonlyArray<{
  readonly dimensions: readonly Dimension[];
  readonly terms: readonly Terms[];
}> => {
  const grid = gridOf(dimensions, formula);
  return boxesOf(grid, formula).map((box) => ({
    dimensions,
    terms: grid.axes.map((axis, index) => termsOf(axis, new Set(box[index]))),
  }));
};

const jsonNames = (terms: Terms): ShownNames =>
  terms === 'any'
    ? 'any'
    : terms.map((term) =>
        'is' in term ? term : { like: term.like.map(jsonPattern), unlike: term.unlike.map(jsonPattern) },
      );

const jsonPattern = (pattern: Pattern): ShownPattern =>
  pattern.is === 'literal'
    ? { pattern: pattern.text }
    : { pattern: showSymbols(pattern.symbols), ...(pattern.folded && { ignoreCase: true }) };

const namesPhrase = (dimension: Dimension, terms: Terms): string => {
  const { name } = dimension;
  if (terms === 'any') return `any ${name}`;
  const texts = terms.map((term) => termPhrase(dimension, term));
  const [only] = terms;
  if (only !== undefined && !('is' in only) && only.like.length === 0) return `any ${name} ${texts.join(' or ')}`;
  const shown = texts.length > SHOWN + 1 ? [...texts.slice(0, SHOWN), `${texts.length - SHOWN} more`] : texts;
  const list = shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : (shown[0] ?? '');
  return `${terms.length === 1 && only !== undefined && 'is' in only ? name : `${name}s`} ${list}`;
};

const termPhrase = ({ show = quoted }: Dimension, term: Term): string => {
  if ('is' in term) return show(term.is);
  const like = likePhrase(term.like);
  const unlike = term.unlike.map((pattern) => (pattern.is === 'literal' ? show(pattern.text) : patternPhrase(pattern)));
  return [like, ...(unlike.length > 0 ? [`but not ${unlike.join(' or ')}`] : [])]
    .filter((text) => text !== '')
    .join(' ');
};

/** `named `payments` in region `eu-west-1``; patterns over the same part are told one after the other. */
const likePhrase = (globs: readonly Glob[]): string => {
  const byPart = [...Map.groupBy(globs, ({ about }) => about?.words ?? '')];
  const parts = byPart.toSorted(([a], [b]) => PARTS.indexOf(a) - PARTS.indexOf(b));
  return parts.map(([, those]) => those.map(patternPhrase).toSorted().join(' that are also ')).join(' ');
};

/** In the order of a sentence. */
const PARTS: readonly string[] = ['', 'named', 'in region'];

const patternPhrase = (pattern: Pattern): string => {
  if (pattern.is === 'literal') return quoted(pattern.text);
  const { about, symbols, folded } = pattern;
  const text = `${quoted(about?.text ?? showSymbols(symbols))}${folded ? ' in upper or lower case' : ''}`;
  return about === undefined ? text : `${about.words} ${text}`;
};

const quoted = (text: string): string => `\`${text}\``;

const byJson = (a: unknown, b: unknown): number => compare(JSON.stringify(a), JSON.stringify(b));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
