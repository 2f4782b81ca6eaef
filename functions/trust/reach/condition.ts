/** One condition of a statement as a formula over the names that can make it true. */
import type { Condition } from '../../policy/condition.ts';
import type { ContextLookup } from '../../policy/index.ts';
import { type Symbols, symbolsOf } from '../../policy/pattern.ts';
import { isUnknown } from '../../policy/truth.ts';
import { parseTemplate } from '../../policy/variables.ts';
import { and, type Expression, leaf, not, or } from './expression.ts';
import { type Pattern, patternOf, showSymbols } from './pattern.ts';
import type { Component, Joined, KeySource } from './request.ts';
import { ABSENT } from './request.ts';
import { type Split, splitsOf } from './split.ts';
import { isNegated, textTest } from './text-test.ts';
import { ReachUndecided } from './undecided.ts';

/** What conditions are read against. */
export type Asking = {
  readonly sourceOf: (key: string) => KeySource;
  /** Whether the policy's version knows variables. */
  readonly variables: boolean;
  /** Exact texts that the policy names for a name, or for a part of one: there, variables are decided. */
  readonly literalsOf: (component: Component) => readonly string[];
  /** How many more formulas may be made for values of variables. */
  readonly budget: { left: number };
};

/**
 * Where the condition holds. What hangs on keys that nobody gave, or on variables that tie two unbounded dimensions,
 * is an open end of the formula.
 * @throws ReachUndecided
 */
export const conditionExpression = (condition: Condition, asking: Asking): Expression => {
  const key = condition.key.toLowerCase();
  const tie = variablesOf(condition, asking).find((each) => asking.sourceOf(each).is !== 'known');
  if (tie !== undefined) return tied(condition, tie, asking);
  return holdsFor(condition, asking.sourceOf(key), asking);
};

const holdsFor = (condition: Condition, source: KeySource, asking: Asking): Expression => {
  const key = condition.key.toLowerCase();
  switch (source.is) {
    case 'known':
      return constant(condition, source.values, asking);
    case 'joined':
      return condition.base === 'Null' ? constant(condition, ['there'], asking) : comparison(condition, source, asking);
    case 'where': {
      const there = leaf(source.dimension, [source.matches]);
      const present = and(there, holdsFor(condition, source.source, asking));
      return or(present, and(not(there), holdsFor(condition, ABSENT, asking)));
    }
    case 'unknown':
      return condition.base === 'Null' || isOrdered(condition.base) || textTest(condition.base)
        ? {
            is: 'open',
            id: idOf(condition, condition.operator, asking),
            keys: [key],
            asks: { condition, lookup: knownValues(asking) },
          }
        : open(condition, [key], asking);
  }
};

/** Decided by the policy engine itself, since all that it asks for is known. */
const constant = (condition: Condition, values: readonly string[] | undefined, asking: Asking): Expression => {
  const key = condition.key.toLowerCase();
  const truth = condition.holds((asked) => (asked === key ? values : knownValues(asking)(asked)));
  return isUnknown(truth) ? open(condition, [key, ...truth.unknown], asking) : truth;
};

const comparison = (condition: Condition, source: Joined, asking: Asking): Expression => {
  const test = textTest(condition.base);
  if (test === undefined) {
    const [component] = source.parts;
    const isName = source.parts.length === 1 && typeof component === 'object' && component.textual === true;
    // No ARN, subject or region is a number, a date, an address or base64: a colon is none of them either.
    return isName ? tied(condition, condition.key.toLowerCase(), asking) : constant(condition, [':'], asking);
  }
  const matched = condition.values.map((value) => {
    const symbols = test.symbolsOf(value, asking.variables, knownValues(asking));
    return symbols !== undefined && matches(source, symbols, test.folded);
  });
  const any = or(...merged(matched));
  return isNegated(condition.base) ? not(any) : any;
};

/** Where the joined text matches the pattern. */
export const matches = ({ parts }: Joined, symbols: Symbols, folded: boolean): Expression => {
  const components = parts.filter((part) => typeof part !== 'string');
  const ways = splitsOf(symbols, parts, folded).map((split) =>
    and(...components.map((component, index) => componentMatches(component, split, index, folded))),
  );
  return or(...ways);
};

const componentMatches = (component: Component, split: Split, index: number, folded: boolean): Expression => {
  const symbols = split[index] ?? [];
  const all = leaf(component.dimension, [patternOf(symbols, folded)]);
  if (component.widen === undefined || all === true) return all;
  const { about } = component;
  const wide = patternOf(component.widen(symbols), folded);
  if (wide.is === 'literal' || about === undefined) return leaf(component.dimension, [wide]);
  return leaf(component.dimension, [{ ...wide, about: { words: about, text: showSymbols(symbols) } }]);
};

/** The formula in which the key of a variable has each of the texts that the policy names for it, and an open end for all others. */
const tied = (condition: Condition, variable: string, asking: Asking): Expression => {
  const key = condition.key.toLowerCase();
  const source = asking.sourceOf(variable);
  const keys = [...new Set([key, variable])];
  const [component] = source.is === 'joined' ? source.parts : [];
  if (source.is !== 'joined' || source.parts.length !== 1 || typeof component !== 'object')
    return open(condition, keys, asking);
  const named = asking.literalsOf(component).map((text) => {
    asking.budget.left -= 1;
    if (asking.budget.left < 0) {
      throw new ReachUndecided('TooManyCells', `The variable ${variable} can have too many of the policy's values.`);
    }
    const isText = matches(source, symbolsOf(text, false), false);
    const sourceOf = (asked: string): KeySource =>
      asked === variable ? { is: 'known', values: [text] } : asking.sourceOf(asked);
    return { isText, holds: conditionExpression(condition, { ...asking, sourceOf }) };
  });
  return or(
    ...named.map(({ isText, holds }) => and(isText, holds)),
    and(not(or(...named.map(({ isText }) => isText))), open(condition, keys, asking)),
  );
};

/** An open end: neither true nor false can be excluded. */
const open = (condition: Condition, keys: readonly string[], asking: Asking): Expression => {
  // With IfExists, both an operator and its negation hold for a key that isn't there: they are two questions then.
  const opposite = isNegated(condition.base) && !condition.ifExists && condition.set === undefined;
  const operator = opposite ? condition.base.replace('Not', '') : condition.operator;
  const end: Expression = { is: 'open', id: idOf(condition, operator, asking), keys };
  return opposite ? not(end) : end;
};

/** The same condition is another question for each text that a variable in it is known to be. */
const idOf = (condition: Condition, operator: string, asking: Asking): string => {
  const variables = variablesOf(condition, asking).map((key) => knownValues(asking)(key) ?? []);
  return JSON.stringify([condition.key.toLowerCase(), operator, condition.values, variables]);
};

/** The keys of the variables in a condition's values. */
const variablesOf = ({ base, values }: Condition, { variables }: Asking): readonly string[] => {
  if (!variables || textTest(base) === undefined) return [];
  return values
    .filter((value) => value.includes('${'))
    .flatMap((value) => parseTemplate(value, { variables, wildcards: false }))
    .flatMap((part) => ('key' in part ? [part.key] : []));
};

/** The keys whose values are known, for the policy engine. */
export const knownValues =
  (asking: Asking): ContextLookup =>
  (key) => {
    const source = asking.sourceOf(key);
    return source.is === 'known' ? source.values : 'unknown';
  };

const isOrdered = (base: string): boolean => /^(?:Numeric|Date)/.test(base);

/** Leaves of one dimension, said as one: a list of values is one question. */
const merged = (expressions: readonly Expression[]): readonly Expression[] => {
  const patterns = new Map<number, Pattern[]>();
  const others: Expression[] = [];
  for (const each of expressions) {
    if (typeof each === 'boolean' || each.is !== 'leaf') others.push(each);
    else patterns.set(each.dimension, [...(patterns.get(each.dimension) ?? []), ...each.patterns]);
  }
  return [...others, ...[...patterns].map(([dimension, of]) => leaf(dimension, of))];
};
