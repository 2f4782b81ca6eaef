/** The hub's configuration: `podid.config.json`, which the bundler puts beside the function's code. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config } from '../config.ts';
import { Failure } from './errors.ts';
import { problems } from './problems.ts';

let read: { readonly from: string; readonly config: Config } | undefined;

/**
 * The configuration, read once. Tests name another file in `PODID_CONFIG_FILE`.
 * @throws ConfigMalformed when it is missing or does not fit its schema
 */
export const config = (): Config => {
  const from = process.env.PODID_CONFIG_FILE ?? fileURLToPath(new URL('./podid.config.json', import.meta.url));
  if (read?.from !== from) read = { from, config: parse(from) };
  return read.config;
};

const parse = (from: string): Config => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(from, 'utf8'));
  } catch (cause) {
    throw new Failure('ConfigMalformed', `${from} can't be read as JSON; deploy again, or set PODID_CONFIG_FILE`, {
      cause,
    });
  }
  const result = Config.safeParse(value);
  if (result.success) return result.data;
  throw new Failure('ConfigMalformed', `${from} is no configuration of this version: ${problems(result.error)}`, {
    cause: result.error,
  });
};
