/** How what the API answers is printed: lines for people, JSON or YAML, times in UTC, for programs. */
import { Option } from 'commander';
import { stringify } from 'yaml';
import { print, printJson } from './output.ts';

export type Format = 'text' | 'json' | 'yaml';

/** `-o text|json|yaml`. */
export const formatOption = (): Option =>
  new Option('-o, --output <format>', 'how to print it').choices(['text', 'json', 'yaml']).default('text');

/** `whole` is what the API answered, with what this podid doesn't know of, too. */
export const show = (format: Format, whole: unknown, text: () => string): void => {
  if (format === 'json') printJson(whole);
  else if (format === 'yaml') print(stringify(whole));
  else print(text());
};
