/** The guardrails' text and the teams' file, as the bundler puts them beside the functions that judge: `guardrails.json`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Failure } from './errors.ts';

/** The name under which they are put beside a bundle. */
export const GUARDRAILS_FILE = 'guardrails.json';

/**
 * Read anew each time: who judges keeps what it makes of it. Tests name another file in `PODID_GUARDRAILS_FILE`. Its
 * shape is for who judges to check.
 * @throws ConfigMalformed when it is missing or no JSON
 */
export const guardrailsBeside = (): unknown => {
  const from = process.env.PODID_GUARDRAILS_FILE ?? fileURLToPath(new URL(`./${GUARDRAILS_FILE}`, import.meta.url));
  try {
    return JSON.parse(readFileSync(from, 'utf8'));
  } catch (cause) {
    throw new Failure('ConfigMalformed', `${from} can't be read as JSON; deploy again, or set PODID_GUARDRAILS_FILE`, {
      cause,
    });
  }
};
