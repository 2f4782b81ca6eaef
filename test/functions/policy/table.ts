/** Reads the JSON tables beside the tests: a reader can check them without reading code. */
import { readFileSync } from 'node:fs';
import { contextOf } from '../../../functions/policy/index.ts';

/** The rows of a table; each has a `why`, which names the test. */
export const table = <Row extends { readonly why: string }>(name: string): readonly Row[] =>
  JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'));

/** Condition keys as a table writes them: a value, several, or null for a key that nobody gave. */
export type WrittenContext = Readonly<Record<string, string | readonly string[] | null>>;

export const contextFrom = (written: WrittenContext = {}): ReadonlyMap<string, readonly string[] | 'unknown'> => {
  const given = Object.entries(written).map(([key, value]) => [key, value ?? undefined] as const);
  const context = new Map<string, readonly string[] | 'unknown'>(contextOf(Object.fromEntries(given)));
  for (const [key, value] of Object.entries(written)) if (value === null) context.set(key.toLowerCase(), 'unknown');
  return context;
};
