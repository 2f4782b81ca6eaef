/** The operators that compare texts, as patterns: StringEquals, StringLike, the ARN operators, Bool, and their negations. */
import type { ContextLookup } from '../../policy/index.ts';
import { type Symbols, symbolsOf } from '../../policy/pattern.ts';
import { isUnknown } from '../../policy/truth.ts';
import { fillTemplate, parseTemplate } from '../../policy/variables.ts';
import { arnSymbols, showSymbols } from './pattern.ts';

export type TextTest = {
  /** Upper and lower case are the same. */
  readonly folded: boolean;
  /** The pattern that a value of the policy stands for; undefined when it matches nothing, or hangs on unknown keys. */
  readonly symbolsOf: (value: string, variables: boolean, lookup: ContextLookup) => Symbols | undefined;
};

/** The test of an operator without its negation; undefined for operators that compare numbers, dates, addresses and bytes. */
export const textTest = (base: string): TextTest | undefined => TESTS.get(base.replace('Not', ''));

/** Whether the operator holds where its comparison fails. */
export const isNegated = (base: string): boolean => base.includes('Not');

const test = (wildcards: boolean, shape: (symbols: Symbols) => Symbols | undefined, folded = false): TextTest => ({
  folded,
  symbolsOf: (value, variables, lookup) => {
    const symbols = fillTemplate(parseTemplate(value, { variables, wildcards }), lookup);
    return symbols === undefined || isUnknown(symbols) ? undefined : shape(symbols);
  },
});

const lowered = (symbols: Symbols): Symbols => symbolsOf(showSymbols(symbols).toLowerCase(), false);

const TESTS: ReadonlyMap<string, TextTest> = new Map([
  ['StringEquals', test(false, (symbols) => symbols)],
  ['StringLike', test(true, (symbols) => symbols)],
  ['StringEqualsIgnoreCase', test(false, lowered, true)],
  ['Bool', test(false, lowered, true)],
  // "ArnEquals and ArnLike behave identically."
  ['ArnEquals', test(true, arnSymbols)],
  ['ArnLike', test(true, arnSymbols)],
]);
