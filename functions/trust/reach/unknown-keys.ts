/** Keys that nobody gave: the classes of their values, and what a formula says for all of them and for some. */
import type { Condition } from '../../policy/condition.ts';
import type { ContextValue } from '../../policy/index.ts';
import { isUnknown } from '../../policy/truth.ts';
import { parseDate, parseNumber } from '../../policy/values.ts';
import { atomsOf } from './atoms.ts';
import type { Asking } from './condition.ts';
import { type AsksForKey, and, decided, type Expression, forEachEnd, type Open, or } from './expression.ts';
import type { Grammar } from './grammar.ts';
import { type Pattern, patternOf } from './pattern.ts';
import type { UnknownValue } from './request.ts';
import { textTest } from './text-test.ts';
import { ReachUndecided } from './undecided.ts';
import { textsWith } from './valid-names.ts';

/** How many combinations of the classes of all keys are gone through. */
const MAX_COMBINATIONS = 1024;

export type Quantified = {
  /** Whatever the keys hold. */
  readonly must: Expression;
  /** For some of what they can hold. */
  readonly may: Expression;
  /** The keys in question. */
  readonly keys: readonly string[];
};

/**
 * Takes the open ends out of a formula.
 * @throws ReachUndecided `TooManyValueClasses`
 */
export const quantified = (formula: Expression, asking: Asking): Quantified => {
  const open = new Map<string, Open>();
  forEachEnd(formula, (end) => void (end.is === 'open' && open.set(end.id, end)));
  if (open.size === 0) return { must: formula, may: formula, keys: [] };
  let cases: Array<ReadonlyMap<string, boolean>> = [new Map()];
  for (const group of groupsOf([...open.values()], asking)) {
    if (cases.length * group.length > MAX_COMBINATIONS) throw tooMany(open.size);
    cases = cases.flatMap((before) => group.map((now) => new Map([...before, ...now])));
  }
  const formulas = cases.map((truths) =>
    decided(formula, (end) => (end.is === 'open' ? truths.get(end.id) : undefined)),
  );
  return {
    must: and(...formulas),
    may: or(...formulas),
    keys: [...new Set([...open.values()].flatMap(({ keys }) => keys))].toSorted(),
  };
};

/**
 * Values of a key, one of each class that these conditions tell apart; undefined is its absence. No list when the
 * conditions ask in ways that have no common classes.
 * @throws ReachUndecided `TooManyStates`
 */
export const valueClasses = (
  { grammar, mayBeAbsent }: UnknownValue,
  asked: readonly AsksForKey[],
  variables: boolean,
): ReadonlyArray<ContextValue> | undefined => {
  const comparing = asked.filter(({ condition }) => condition.base !== 'Null');
  const conditions = comparing.map(({ condition }) => condition);
  const values = conditions.every(({ base }) => textTest(base) !== undefined)
    ? textClasses(grammar, comparing, variables)
    : conditions.every(({ base }) => base.startsWith('Numeric'))
      ? orderedClasses(conditions, parseNumber, String)
      : conditions.every(({ base }) => base.startsWith('Date'))
        ? orderedClasses(conditions, parseDate, writeTime)
        : undefined;
  return values && [...(mayBeAbsent ? [undefined] : []), ...values.map((value) => [value])];
};

const tooMany = (count: number): ReachUndecided =>
  new ReachUndecided('TooManyValueClasses', `The policy asks in ${count} ways for keys that nobody gave.`);

/** For each key the truths that its conditions can have together; an end without a condition can be true or false. */
const groupsOf = (
  ends: readonly Open[],
  asking: Asking,
): ReadonlyArray<ReadonlyArray<ReadonlyMap<string, boolean>>> => {
  const byKey = Map.groupBy(ends, ({ id, keys, asks }) => (asks === undefined ? id : (keys[0] ?? id)));
  return [...byKey].flatMap(([key, group]) => {
    const source = asking.sourceOf(key);
    const asked = group.flatMap(({ id, asks }) => (asks === undefined ? [] : [{ id, ...asks }]));
    const classes =
      source.is === 'unknown' && asked.length > 0 ? valueClasses(source, asked, asking.variables) : undefined;
    if (classes === undefined) return group.map(({ id }) => [new Map([[id, true]]), new Map([[id, false]])]);
    const lines = new Map<string, ReadonlyMap<string, boolean>>();
    for (const value of classes) {
      const truths = asked.map(({ id, ...asks }) => [id, holds(asks, key, value)] as const);
      lines.set(truths.map(([, truth]) => Number(truth)).join(''), new Map(truths));
    }
    return [[...lines.values()]];
  });
};

/** Whether the condition holds where the key has this value. */
const holds = ({ condition, lookup }: AsksForKey, key: string, value: ContextValue): boolean => {
  const truth = condition.holds((asked) => (asked === key ? value : lookup(asked)));
  return !isUnknown(truth) && truth;
};

const textClasses = (
  grammar: Grammar | undefined,
  asked: readonly AsksForKey[],
  variables: boolean,
): readonly string[] => {
  const patterns: Pattern[] = [];
  const chars = new Set<string>();
  for (const { condition, lookup } of asked) {
    const test = textTest(condition.base);
    for (const value of condition.values) {
      const symbols = test?.symbolsOf(value, variables, lookup) ?? [];
      patterns.push(patternOf(symbols, test?.folded));
      for (const symbol of symbols) if (symbol >= 0) chars.add(String.fromCharCode(symbol));
    }
  }
  // A readable example where any text will do; what a grammar allows, only its own members can stand for.
  const dimension = {
    name: 'value',
    grammar: grammar ?? textsWith(chars),
    examples: grammar === undefined ? ['other'] : [],
  };
  return atomsOf(dimension, patterns).atoms.map(({ member }) => member);
};

/** The bounds themselves, something between each two, and something beyond. */
const orderedClasses = (
  conditions: readonly Condition[],
  parse: (text: string) => number | undefined,
  write: (value: number) => string,
): readonly string[] => {
  const given = conditions.flatMap(({ values }) => values.map(parse)).filter((bound) => bound !== undefined);
  const bounds = [...new Set(given)].filter(Number.isFinite).toSorted((a, b) => a - b);
  const first = bounds[0] ?? 0;
  const last = bounds.at(-1) ?? 0;
  const between = bounds.flatMap((bound, index) => [bound, (bound + (bounds[index + 1] ?? bound)) / 2]);
  return [first - 1, ...between, last + 1].map(write);
};

/** As `parseDate` reads it back exactly: ISO 8601, or epoch seconds where that has no year of four digits. */
const writeTime = (time: number): string =>
  time >= 0 && time < 253_402_300_800_000 ? new Date(time).toISOString() : String(time / 1000);
