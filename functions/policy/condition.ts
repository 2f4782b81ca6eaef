/** The Condition element: operators over keys of the request, all of which must hold. */
import { memberPath, PolicyMalformed } from './malformed.ts';
import { type Comparison, operatorNamed } from './operators.ts';
import type { ContextLookup } from './request.ts';
import { listOf, membersOf } from './shape.ts';
import { every, not, some, type Truth, unknownKey } from './truth.ts';

export type SetOperator = 'ForAllValues' | 'ForAnyValue';

/** One operator over one key: a Condition element is a list of these. */
export type Condition = {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** Without set operator and IfExists: `StringLike`. */
  readonly base: string;
  readonly set?: SetOperator;
  readonly ifExists: boolean;
  /** As written; keys do not depend on upper and lower case. */
  readonly key: string;
  readonly values: readonly string[];
  /** Whether it holds for a request with these keys. */
  readonly holds: (lookup: ContextLookup) => Truth;
};

/**
 * Reads a Condition element. `variables` says whether the policy's version knows policy variables.
 * @throws PolicyMalformed for an unknown operator, a key without a vendor, or a value the operator cannot compare.
 */
export const parseConditions = (element: unknown, path: string, variables: boolean): readonly Condition[] =>
  membersOf(element, path).flatMap(([operator, keys]) => {
    const parts = operatorParts(operator, memberPath(path, operator));
    return membersOf(keys, memberPath(path, operator)).map(([key, value]) =>
      condition(operator, parts, key, value, memberPath(memberPath(path, operator), key), variables),
    );
  });

type OperatorParts = Pick<Condition, 'base' | 'set' | 'ifExists'>;

const operatorParts = (operator: string, path: string): OperatorParts => {
  const [, set, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/s.exec(operator) ?? [];
  const known = base === 'Null' ? set === undefined && ifExists === undefined : operatorNamed(base) !== undefined;
  if (!known) throw new PolicyMalformed(path, `Invalid Condition type : ${operator}`);
  return {
    base,
    ...((set === 'ForAllValues' || set === 'ForAnyValue') && { set }),
    ifExists: ifExists !== undefined,
  };
};

const condition = (
  operator: string,
  parts: OperatorParts,
  key: string,
  element: unknown,
  path: string,
  variables: boolean,
): Condition => {
  if (!key.includes(':')) {
    throw new PolicyMalformed(path, 'Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  const values = listOf(element, path).map(([value, valuePath]) => scalar(value, valuePath));
  const texts = values.map(({ text }) => text);
  const known = operatorNamed(parts.base);
  if (known === undefined) {
    return { operator, ...parts, key, values: texts, holds: nullTest(key, values) };
  }
  const comparisons = values.map(({ text, path: valuePath }) => {
    const comparison = known.prepare(text, variables);
    if (comparison === undefined) throw new PolicyMalformed(valuePath, `${parts.base} cannot compare with "${text}"`);
    return comparison;
  });
  return { operator, ...parts, key, values: texts, holds: comparisonTest(key, parts, known.negated, comparisons) };
};

/** A negated operator holds for a key that is not there, and so does any with IfExists. */
const comparisonTest = (
  name: string,
  { set, ifExists }: OperatorParts,
  negated: boolean,
  comparisons: readonly Comparison[],
): Condition['holds'] => {
  const key = name.toLowerCase();
  // "For no matching context key or if the key does not exist, [ForAnyValue] returns false", also with IfExists,
  // which the set operator applies to one value at a time; ForAllValues is true of no values at all.
  const whenAbsent = set === 'ForAnyValue' ? false : set === 'ForAllValues' || ifExists || negated;
  return (lookup) => {
    const given = lookup(key);
    if (given === 'unknown') return unknownKey(key);
    if (given === undefined || given.length === 0) return whenAbsent;
    const passes = (value: string): Truth => some(comparisons, (comparison) => comparison(value, lookup));
    const passesNone = (value: string): Truth => not(passes(value));
    // "…or if the key values resolve to a null data set, such as an empty string" (IAM guide, ForAllValues).
    if (set === 'ForAllValues' && given.every((value) => value === '')) return true;
    // Without a set operator AWS leaves several values undefined: here, none may pass a negated operator.
    if (negated) return set === 'ForAnyValue' ? some(given, passesNone) : every(given, passesNone);
    return set === 'ForAllValues' ? every(given, passes) : some(given, passes);
  };
};

type Scalar = { readonly text: string; readonly path: string };

const nullTest = (name: string, values: readonly Scalar[]): Condition['holds'] => {
  const key = name.toLowerCase();
  const wanted = values.map(({ text, path }) => {
    if (!/^(?:true|false)$/i.test(text)) throw new PolicyMalformed(path, `Null cannot compare with "${text}"`);
    return text.toLowerCase() === 'true';
  });
  return (lookup) => {
    const given = lookup(key);
    if (given === 'unknown') return unknownKey(key);
    return wanted.includes(given === undefined || given.length === 0);
  };
};

/** "Quotation marks are optional for numeric and Boolean values" (IAM guide, policy grammar). */
const scalar = (value: unknown, path: string): Scalar => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { text: String(value), path };
  }
  throw new PolicyMalformed(path, 'a condition value is a string, a number or a boolean');
};
