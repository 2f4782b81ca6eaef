/** Reads `podid.config.yaml` (JSON is YAML, too) and says what is wrong with it, where, and what mends it. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { Config } from '../functions/config.ts';

/** The configuration file can't be read, is no YAML, or doesn't fit the schema; the message names each place. */
export class ConfigInvalid extends Error {
  override readonly name = 'ConfigInvalid';
}

/**
 * The configuration with its defaults filled in.
 * @throws ConfigInvalid naming file, place and remedy.
 */
export const readConfig = (file: string): Config => parseConfig(textOf(file), file);

/** As `readConfig`, for text; `name` stands in the error. */
export const parseConfig = (text: string, name = 'podid.config.yaml'): Config => {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new ConfigInvalid(`${name} is no valid YAML: ${error.message}`, { cause: error });
  const result = Config.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  throw new ConfigInvalid(`${name} does not fit; see the example podid.config.yaml:\n${z.prettifyError(result.error)}`);
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigInvalid(`${file} can't be read: ${why}. Name another with --config FILE.`, { cause: error });
  }
};
