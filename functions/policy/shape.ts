/** Takes plain JSON apart: objects, and values that may stand alone or in a list. */
import { memberPath, PolicyMalformed } from './malformed.ts';

/**
 * The members of a JSON object, own keys only, so that `__proto__` is a key like any other.
 * @throws PolicyMalformed when it is none.
 */
export const membersOf = (value: unknown, path: string): ReadonlyArray<[key: string, value: unknown]> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PolicyMalformed(path, `an object belongs here, not ${nameOf(value)}`);
  }
  return Object.entries(value);
};

/** A single value, or each of a list, with its path. */
export const listOf = (value: unknown, path: string): ReadonlyArray<readonly [value: unknown, path: string]> =>
  Array.isArray(value)
    ? value.map((item: unknown, index) => [item, memberPath(path, index)] as const)
    : [[value, path] as const];

/**
 * One string or a list of strings, with their paths.
 * @throws PolicyMalformed when the list is empty or holds anything else.
 */
export const stringsOf = (value: unknown, path: string): ReadonlyArray<readonly [text: string, path: string]> => {
  const list = listOf(value, path);
  if (list.length === 0) throw new PolicyMalformed(path, 'the list must not be empty');
  return list.map(([item, itemPath]) => [stringOf(item, itemPath), itemPath] as const);
};

/** @throws PolicyMalformed when it is no string. */
export const stringOf = (value: unknown, path: string): string => {
  if (typeof value !== 'string') throw new PolicyMalformed(path, `a string belongs here, not ${nameOf(value)}`);
  return value;
};

const nameOf = (value: unknown): string =>
  value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
