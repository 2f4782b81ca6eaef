/** A policy document as the one text that all its forms have in common: IAM reorders and rewrites what it stores. */
import { DOCUMENT_ELEMENTS } from '../../policy/document.ts';
import { MAX_CHARACTERS, readPolicyJson } from '../../policy/json.ts';
import { STATEMENT_ELEMENTS } from '../../policy/statement.ts';
import { memoized } from './memo.ts';

/**
 * The order of keys, statements and lists, lists of one, doubles, an account in place of its root and a missing version make no difference any
 * more. Names keep their letters' case, and a statement keeps its Sid: ours are told by it. IAM takes the text as it is. A text that is no JSON,
 * or has a key twice, is left as it is: whoever judges it says so.
 */
export const canonicalPolicy: (text: string) => string = memoized((text) => {
  const json = read(text);
  return isObject(json) ? JSON.stringify(documentOf(json)) : text;
});

const read = (text: string): unknown => {
  try {
    return readPolicyJson(text, MAX_CHARACTERS);
  } catch {
    return undefined;
  }
};

/** "If you do not include a Version element, the value defaults to 2008-10-17" (IAM guide, "Version"). */
const OLDEST = '2008-10-17';

type Fields = Readonly<Record<string, unknown>>;

const documentOf = ({ Version = OLDEST, Statement, ...rest }: Fields): Fields => {
  const statements = [Statement ?? []].flat().map((each) => (isObject(each) ? statementOf(each) : each));
  return inOrder({ Version, ...rest, Statement: distinct(statements) }, DOCUMENT_ELEMENTS);
};

const statementOf = (statement: Fields): Fields =>
  inOrder(
    Object.fromEntries(
      Object.entries(statement).map(([key, value]) => {
        if (key === 'Condition') return [key, conditionOf(value)];
        if (key === 'Principal' || key === 'NotPrincipal') return [key, principalOf(value)];
        return [key, listOf(value)];
      }),
    ),
    STATEMENT_ELEMENTS,
  );

/** `"*"` and `{"AWS": "*"}` are the same (IAM guide, "Principal"). */
const principalOf = (value: unknown): unknown => {
  const byKind = value === '*' ? { AWS: '*' } : value;
  if (!isObject(byKind)) return byKind;
  return inOrder(Object.fromEntries(Object.entries(byKind).map(([kind, names]) => [kind, listOf(names, accountOf)])));
};

/** `arn:…:iam::111122223333:root` and `111122223333` are the same account (IAM guide, "AWS account principals"). */
const accountOf = (name: unknown): unknown =>
  typeof name === 'string' ? (/^arn:[^:]+:iam::(\d{12}):root$/.exec(name)?.[1] ?? name) : name;

const conditionOf = (value: unknown): unknown => {
  if (!isObject(value)) return value;
  const operators = Object.entries(value).map(([operator, keys]): [string, unknown] => {
    if (!isObject(keys)) return [operator, keys];
    return [operator, inOrder(Object.fromEntries(Object.entries(keys).map(([key, is]) => [key, listOf(is, textOf)])))];
  });
  return inOrder(Object.fromEntries(operators));
};

/** `true` and `"true"`, `5` and `"5"`. */
const textOf = (value: unknown): unknown =>
  typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;

const listOf = (value: unknown, each: (member: unknown) => unknown = (member) => member): unknown => {
  const members = distinct([value].flat().map(each));
  return members.length === 1 ? members[0] : members;
};

/** Each once, in one order. */
const distinct = (values: readonly unknown[]): readonly unknown[] =>
  [...new Map(values.map((value) => [JSON.stringify(value), value]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value);

/** The named keys first, in their order; then the others in the alphabet's. */
const inOrder = (fields: Fields, first: readonly string[] = []): Fields =>
  Object.fromEntries(
    Object.keys(fields)
      .toSorted((a, b) => placeOf(a, first) - placeOf(b, first) || (a < b ? -1 : 1))
      .map((key) => [key, fields[key]]),
  );

const placeOf = (key: string, first: readonly string[]): number => {
  const place = first.indexOf(key);
  return place === -1 ? first.length : place;
};

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
