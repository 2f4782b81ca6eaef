/** The comparison operators of event patterns: each makes a test of one leaf value. */
import { BlockList, isIP } from 'node:net';
import { InvalidEventPattern } from './pattern-error.ts';

/** Tests one leaf: a string, number, boolean or null. */
export type Matcher = (value: unknown) => boolean;

/** EventBridge compares numbers from -5e9 to 5e9. */
const LARGEST = 5e9;

/**
 * Compiles the array of a field: one match suffices. `absent` is set by `{"exists": false}`.
 * @throws InvalidEventPattern
 */
export const compileMatchers = (values: readonly unknown[], at: string): { any: Matcher[]; absent: boolean } => {
  if (values.length === 0) throw new InvalidEventPattern(at, 'empty arrays are not allowed');
  const any: Matcher[] = [];
  let absent = false;
  for (const [index, value] of values.entries()) {
    const matcher = compileValue(value, `${at}[${index}]`);
    if (matcher === 'absent') absent = true;
    else any.push(matcher);
  }
  return { any, absent };
};

const compileValue = (value: unknown, at: string): Matcher | 'absent' => {
  if (typeof value === 'number') return equalsNumber(value, at);
  if (typeof value === 'string') return equalsText(value, at);
  if (value === null || typeof value === 'boolean') return (leaf) => leaf === value;
  const [operator, operand] = onlyEntry(value, at);
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw new InvalidEventPattern(at, 'exists takes true or false');
    return operand ? () => true : 'absent';
  }
  const compile = OPERATORS.get(operator);
  if (compile === undefined) throw new InvalidEventPattern(at, `unrecognized match type ${operator}`);
  return compile(operand, `${at}.${operator}`);
};

const onlyEntry = (value: unknown, at: string): readonly [string, unknown] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidEventPattern(at, 'a string, number, boolean, null or match expression was expected');
  }
  const entries = Object.entries(value);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) {
    throw new InvalidEventPattern(at, 'a match expression has exactly one key');
  }
  return entry;
};

type Compile = (operand: unknown, at: string) => Matcher;

const text = (operand: unknown, at: string): string => {
  if (typeof operand !== 'string') throw new InvalidEventPattern(at, 'a string was expected');
  return operand;
};

const number = (operand: unknown, at: string): number => {
  if (typeof operand !== 'number') throw new InvalidEventPattern(at, 'a number was expected');
  if (Math.abs(operand) > LARGEST) throw new InvalidEventPattern(at, 'numbers go from -5e9 to 5e9');
  return operand;
};

const onText =
  (test: (leaf: string) => boolean): Matcher =>
  (leaf) =>
    typeof leaf === 'string' && test(leaf);

const equalsNumber = (operand: number, at: string): Matcher => {
  const wanted = number(operand, at);
  return (leaf) => leaf === wanted;
};

/** An IP address equals its other spellings too: `2001:DB8::1`. */
const equalsText = (wanted: string, at: string): Matcher => {
  if (isIP(wanted) === 0) return (leaf) => leaf === wanted;
  const sameAddress = cidr(wanted, at);
  return (leaf) => leaf === wanted || sameAddress(leaf);
};

const ignoreCase: Compile = (operand, at) => {
  const wanted = text(operand, at).toLowerCase();
  return onText((leaf) => leaf.toLowerCase() === wanted);
};

/** `{"prefix": "x"}` or `{"prefix": {"equals-ignore-case": "x"}}`, and the same for suffix. */
const end =
  (test: (leaf: string, wanted: string) => boolean): Compile =>
  (operand, at) => {
    if (typeof operand === 'string') return onText((leaf) => test(leaf, operand));
    const [operator, inner] = onlyEntry(operand, at);
    if (operator !== 'equals-ignore-case') throw new InvalidEventPattern(at, `unrecognized match type ${operator}`);
    const wanted = text(inner, at).toLowerCase();
    return onText((leaf) => test(leaf.toLowerCase(), wanted));
  };

const wildcard: Compile = (operand, at) => {
  const pieces = splitWildcard(text(operand, at), at);
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return (leaf) => leaf === first;
  return onText((leaf) => {
    if (!leaf.startsWith(first) || leaf.length < first.length + last.length || !leaf.endsWith(last)) return false;
    const limit = leaf.length - last.length;
    let from = first.length;
    // The leftmost place for each piece is the best one: linear, whatever the number of stars.
    for (const piece of rest) {
      const found = leaf.indexOf(piece, from);
      if (found < 0 || found + piece.length > limit) return false;
      from = found + piece.length;
    }
    return true;
  });
};

/** The literal pieces between the stars; `\*` and `\\` are a star and a backslash. */
const splitWildcard = (pattern: string, at: string): string[] => {
  const pieces = [''];
  for (let index = 0; index < pattern.length; index++) {
    let char = pattern.charAt(index);
    if (char === '*') {
      if (pattern.charAt(index + 1) === '*') throw new InvalidEventPattern(at, 'consecutive wildcards are not allowed');
      pieces.push('');
      continue;
    }
    if (char === '\\') {
      char = pattern.charAt(++index);
      if (char !== '*' && char !== '\\') throw new InvalidEventPattern(at, 'a backslash escapes * or \\ only');
    }
    pieces.push(`${pieces.pop() ?? ''}${char}`);
  }
  return pieces;
};

const cidr: Compile = (operand, at) => {
  const [address = '', bits, ...more] = text(operand, at).split('/');
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const block = new BlockList();
  try {
    if (bits === undefined) block.addAddress(address, family);
    else if (more.length > 0 || !/^\d{1,3}$/.test(bits)) throw new RangeError(`/${bits}`);
    else block.addSubnet(address, Number(bits), family);
  } catch (error) {
    throw new InvalidEventPattern(at, `malformed CIDR ${String(operand)} (${String(error)})`);
  }
  return onText((leaf) => {
    const kind = leaf.includes(':') ? 'ipv6' : 'ipv4';
    return kind === family && block.check(leaf, kind);
  });
};

const COMPARE: ReadonlyMap<unknown, (leaf: number, bound: number) => boolean> = new Map([
  ['=', (leaf: number, bound: number) => leaf === bound],
  ['<', (leaf: number, bound: number) => leaf < bound],
  ['<=', (leaf: number, bound: number) => leaf <= bound],
  ['>', (leaf: number, bound: number) => leaf > bound],
  ['>=', (leaf: number, bound: number) => leaf >= bound],
]);

/** `["=", 5]`, `["<", 5]`, or a lower bound and an upper one: `[">", 0, "<=", 5]`. */
const numeric: Compile = (operand, at) => {
  if (!Array.isArray(operand)) throw new InvalidEventPattern(at, 'numeric takes an array');
  const [operator, bound, upper, top, ...more]: unknown[] = operand;
  const compare = COMPARE.get(operator);
  if (compare === undefined) throw new InvalidEventPattern(at, `unrecognized numeric operator ${String(operator)}`);
  const low = number(bound, at);
  if (operand.length === 2) return (leaf) => typeof leaf === 'number' && compare(leaf, low);
  const below = COMPARE.get(upper);
  const range = (operator === '>' || operator === '>=') && (upper === '<' || upper === '<=');
  if (more.length > 0 || !range || below === undefined) {
    throw new InvalidEventPattern(at, 'a numeric range is a lower bound and an upper one');
  }
  const high = number(top, at);
  if (low >= high) throw new InvalidEventPattern(at, 'the bottom must be less than the top');
  return (leaf) => typeof leaf === 'number' && compare(leaf, low) && below(leaf, high);
};

/** The leaf must be there (null is) and be none of these. Values of another type differ. */
const anythingBut: Compile = (operand, at) => {
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const [operator, inner] = onlyEntry(operand, at);
    const compile = NEGATABLE.get(operator);
    if (compile === undefined) throw new InvalidEventPattern(at, `unsupported anything-but pattern ${operator}`);
    const excluded = list(inner, at).map((value) => {
      if (text(value, at) === '') throw new InvalidEventPattern(at, `an empty ${operator} is not allowed`);
      return compile(value, at);
    });
    return (leaf) => !excluded.some((matches) => matches(leaf));
  }
  const values = list(operand, at);
  const [first] = values;
  if (!values.every((value) => typeof value === typeof first)) {
    throw new InvalidEventPattern(at, 'anything-but takes strings or numbers, not both');
  }
  const excluded = new Set(values.map((value) => (typeof value === 'number' ? number(value, at) : text(value, at))));
  return (leaf) => !(typeof leaf === 'string' || typeof leaf === 'number') || !excluded.has(leaf);
};

const list = (operand: unknown, at: string): readonly unknown[] => {
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw new InvalidEventPattern(at, 'empty arrays are not allowed');
  return values;
};

const prefix = end((leaf, wanted) => leaf.startsWith(wanted));
const suffix = end((leaf, wanted) => leaf.endsWith(wanted));

const NEGATABLE: ReadonlyMap<string, Compile> = new Map([
  ['prefix', prefix],
  ['suffix', suffix],
  ['equals-ignore-case', ignoreCase],
  ['wildcard', wildcard],
]);

const OPERATORS: ReadonlyMap<string, Compile> = new Map([
  ...NEGATABLE,
  ['cidr', cidr],
  ['numeric', numeric],
  ['anything-but', anythingBut],
]);
