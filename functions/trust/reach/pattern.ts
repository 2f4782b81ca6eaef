/** The patterns that a policy holds against names: exact texts, and globs as lists of symbols. */
import { ONE, RUN, type Symbols } from '../../policy/pattern.ts';

/** `?` and `*` that do not match a colon: wildcards in the first five components of an ARN operator's pattern. */
export const ONE_IN_COMPONENT = -3;
export const RUN_IN_COMPONENT = -4;

const COLON = 58;

export type Pattern = Literal | Glob;

export type Literal = { readonly is: 'literal'; readonly text: string };

export type Glob = {
  readonly is: 'glob';
  readonly symbols: Symbols;
  /** Upper and lower case are the same; the symbols are in lower case. */
  readonly folded: boolean;
  /** For people, where it is about a part of the name: `named`, and the pattern over that part. */
  readonly about?: { readonly words: string; readonly text: string };
};

/** The pattern of these symbols; without wildcards it is an exact text. */
export const patternOf = (symbols: Symbols, folded = false): Pattern =>
  symbols.every((symbol) => symbol >= 0) && !(folded && hasLetters(symbols))
    ? { is: 'literal', text: showSymbols(symbols) }
    : { is: 'glob', symbols, folded };

/** The same for equal patterns, whatever they are about. */
export const patternKey = (pattern: Pattern): string =>
  pattern.is === 'literal' ? `=${pattern.text}` : `${pattern.folded ? 'i' : '~'}${pattern.symbols.join()}`;

/** Matches every text: nothing but `*`. */
export const matchesAll = (pattern: Pattern): boolean =>
  pattern.is === 'glob' && pattern.symbols.length > 0 && pattern.symbols.every((symbol) => symbol === RUN);

/** The symbols of an ARN operator's pattern: wildcards stay in their component. Undefined when it has fewer than six. */
export const arnSymbols = (symbols: Symbols): Symbols | undefined => {
  let colons = 0;
  const kept = symbols.map((symbol) => {
    if (symbol === COLON) colons += 1;
    return colons < 5 ? withinComponent(symbol) : symbol;
  });
  return colons < 5 ? undefined : kept;
};

/** The same symbol, not to match a colon. */
const withinComponent = (symbol: number): number =>
  symbol === ONE ? ONE_IN_COMPONENT : symbol === RUN ? RUN_IN_COMPONENT : symbol;

/** Whether it matches a run of characters. */
export const isRun = (symbol: number | undefined): boolean => symbol === RUN || symbol === RUN_IN_COMPONENT;

/** Whether a symbol that is no run matches the character. */
export const matchesOne = (symbol: number | undefined, code: number, folded: boolean): boolean =>
  symbol === ONE ||
  (symbol === ONE_IN_COMPONENT && code !== COLON) ||
  symbol === code ||
  (folded && symbol === lowerOf(code));

/** Whether a run goes over the character. */
export const runsOver = (symbol: number | undefined, code: number): boolean =>
  symbol === RUN || (symbol === RUN_IN_COMPONENT && code !== COLON);

/** As a policy would write it. */
export const showSymbols = (symbols: Symbols): string =>
  symbols
    .map((symbol) =>
      isRun(symbol) ? '*' : symbol === ONE || symbol === ONE_IN_COMPONENT ? '?' : String.fromCharCode(symbol),
    )
    .join('');

/** A to Z only: names of our universes are ASCII. */
const lowerOf = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code);

const hasLetters = (symbols: Symbols): boolean => symbols.some((symbol) => symbol >= 97 && symbol <= 122);
