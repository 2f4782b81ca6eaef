/**
 * EventBridge event patterns, compiled once and matched many times. The language is the one of EventBridge's user guide ("Event patterns", "Comparison
 * operators"); where the guide is silent, AWS's own matcher library (event-ruler) decides: `shared/vectors/event-patterns.jsonl`.
 */
import { compileMatchers, type Matcher } from './matchers.ts';
import { InvalidEventPattern } from './pattern-error.ts';

export { InvalidEventPattern } from './pattern-error.ts';

/** Whether an event matches. */
export type EventPattern = (event: unknown) => boolean;

/**
 * Compiles a pattern from its JSON text or from the object.
 * @throws InvalidEventPattern when EventBridge would refuse it.
 */
export const compilePattern = (source: unknown): EventPattern => {
  const alternatives = alternativesOf(typeof source === 'string' ? parse(source) : source, [], '$').map(merge);
  return (event) => alternatives.some((fields) => satisfiable(fields, event, undefined));
};

/** One of the leaves at `path` must satisfy one of the matchers; or, if so asked, there must be no leaf. */
type Field = { readonly path: readonly string[]; readonly any: readonly Matcher[]; readonly absent: boolean };

/** EventBridge's own bound for what the branches of `$or` may multiply to. */
const MOST_ALTERNATIVES = 1000;

/** Which element of which array a leaf comes from: two constraints must not be met by different elements of one array. */
type Membership =
  | { readonly array: readonly unknown[]; readonly index: number; readonly outer: Membership }
  | undefined;

type Leaf = { readonly value: unknown; readonly membership: Membership };

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidEventPattern('$', `it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A pattern without `$or` is one list of fields; each `$or` multiplies the lists by its branches. */
const alternativesOf = (pattern: unknown, path: readonly string[], at: string): Field[][] => {
  if (!isObject(pattern)) throw new InvalidEventPattern(at, 'an object or an array was expected');
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new InvalidEventPattern(at, 'empty objects are not allowed');
  let alternatives: Field[][] = [[]];
  for (const [key, value] of entries) {
    const here = `${at}.${key}`;
    const choices =
      key === '$or' && Array.isArray(value)
        ? branchesOf(value, path, here)
        : Array.isArray(value)
          ? [[{ path: [...path, key], ...compileMatchers(value, here) }]]
          : alternativesOf(value, [...path, key], here);
    if (alternatives.length * choices.length > MOST_ALTERNATIVES) {
      throw new InvalidEventPattern(here, `$or multiplies to more than ${MOST_ALTERNATIVES} patterns`);
    }
    alternatives = alternatives.flatMap((fields) => choices.map((choice) => [...fields, ...choice]));
  }
  return alternatives;
};

const branchesOf = (branches: readonly unknown[], path: readonly string[], at: string): Field[][] => {
  if (branches.length < 2) throw new InvalidEventPattern(at, '$or needs at least two branches');
  return branches.flatMap((branch, index) => alternativesOf(branch, path, `${at}[${index}]`));
};

/** A field that stands both outside of `$or` and in a branch: the later one counts (as in event-ruler). */
const merge = (fields: readonly Field[]): Field[] => [
  ...new Map(fields.map((field) => [JSON.stringify(field.path), field])).values(),
];

/** Looks for leaves that satisfy all fields together. Leaves outside of arrays never conflict, so the search only branches over array elements. */
const satisfiable = (fields: readonly Field[], event: unknown, chosen: Membership): boolean => {
  const [first, ...rest] = fields;
  if (first === undefined) return true;
  const leaves = leavesAt(event, first.path, 0, undefined);
  if (first.absent && leaves.length === 0) return satisfiable(rest, event, chosen);
  for (const { value, membership } of leaves) {
    if (!first.any.some((matches) => matches(value)) || !consistent(membership, chosen)) continue;
    if (satisfiable(rest, event, join(membership, chosen))) return true;
    // Outside of arrays one choice is as good as another.
    if (membership === undefined) return false;
  }
  return false;
};

const leavesAt = (value: unknown, path: readonly string[], depth: number, membership: Membership): Leaf[] => {
  if (Array.isArray(value)) {
    return value.flatMap((element, index) =>
      leavesAt(element, path, depth, { array: value, index, outer: membership }),
    );
  }
  const key = path[depth];
  if (key === undefined) return isObject(value) ? [] : [{ value, membership }];
  return isObject(value) && Object.hasOwn(value, key) ? leavesAt(value[key], path, depth + 1, membership) : [];
};

const consistent = (membership: Membership, chosen: Membership): boolean => {
  for (let mine = membership; mine !== undefined; mine = mine.outer) {
    for (let theirs = chosen; theirs !== undefined; theirs = theirs.outer) {
      if (mine.array === theirs.array && mine.index !== theirs.index) return false;
    }
  }
  return true;
};

const join = (membership: Membership, chosen: Membership): Membership => {
  let joined = chosen;
  for (let mine = membership; mine !== undefined; mine = mine.outer) {
    joined = { array: mine.array, index: mine.index, outer: joined };
  }
  return joined;
};
