/** A policy's digest by value: IAM may reorder and reformat what it stores. Pure. */
import { createHash } from 'node:crypto';

/** SHA-256 of the JSON with its keys in order and without white space, in hexadecimal. @throws SyntaxError when it is no JSON */
export const digestOf = (text: string): string =>
  createHash('sha256')
    .update(JSON.stringify(ordered(JSON.parse(text))))
    .digest('hex');

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, ordered(member)]),
  );
};
