/** From what a table says to what is sent and expected. */
import { expect } from '@jest/globals';

/** Values by name, for `${name.path.0}`. */
export type Known = Map<string, unknown>;

/** `${x*65}` is a text of 65 x; `{"$repeat": 51, "of": …}` a list of 51, `#` in it the number; `{"$map": 51}` as many keys. */
export const fill = (value: unknown, known: Known): unknown => {
  if (typeof value === 'string') return fillText(value, known);
  if (Array.isArray(value)) return value.map((item) => fill(item, known));
  if (typeof value !== 'object' || value === null) return value;
  if ('$repeat' in value && 'of' in value) {
    const text = JSON.stringify(fill(value.of, known));
    return Array.from({ length: Number(value.$repeat) }, (_, index) => JSON.parse(text.replaceAll('#', `${index}`)));
  }
  if ('$map' in value) {
    return Object.fromEntries(Array.from({ length: Number(value.$map) }, (_, index) => [`k${index}`, 'v']));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [fillText(key, known), fill(item, known)]));
};

/** What an answer must match. */
export const expected = (value: unknown): unknown => {
  if (typeof value === 'string' && value.startsWith('~')) return expect.stringMatching(new RegExp(value.slice(1)));
  if (Array.isArray(value)) return value.map(expected);
  if (typeof value !== 'object' || value === null) return value;
  if ('$contains' in value && Array.isArray(value.$contains)) {
    return expect.arrayContaining(value.$contains.map(expected));
  }
  const members = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expected(item)]));
  return expect.objectContaining(members);
};

const fillText = (text: string, known: Known): string =>
  text.replace(/\$\{(?:(.)\*(\d+)|([\w.-]+))\}/g, (_all, letter, times, name) => {
    if (name === undefined) return letter.repeat(Number(times));
    const found = valueAt(known, name);
    if (typeof found !== 'string') throw new Error(`The table knows no text \${${name}}.`);
    return found;
  });

const valueAt = (known: Known, name: string): unknown => {
  const [first = '', ...steps] = name.split('.');
  return steps.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    known.get(first),
  );
};
