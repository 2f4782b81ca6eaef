/** Where logins are kept: `~/.config/podid/logins.json`, for its owner alone, one for each API. */

import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { jsonOf } from '../functions/json.ts';
import { Told } from './told.ts';

const Kept = z.object({
  issuer: z.string(),
  clientId: z.string(),
  audience: z.string().optional(),
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  /** When the access token ends: ISO 8601. */
  endsAt: z.string(),
});
export type Kept = z.infer<typeof Kept>;

/** By the API's address: a token is never sent to another. */
const Logins = z.record(z.string(), Kept);
type Logins = z.infer<typeof Logins>;

export type Cache = {
  readonly file: string;
  /** @throws Told when others can read the file, or it is no file of logins */
  readonly of: (api: string) => Kept | undefined;
  /** Keeps what `next` gives, and forgets the login when that is undefined. One process at a time. */
  readonly change: (
    api: string,
    next: (present: Kept | undefined) => Promise<Kept | undefined>,
  ) => Promise<Kept | undefined>;
};

/** In XDG_CONFIG_HOME, else in `.config` of the home. */
export const openCache = (env: NodeJS.ProcessEnv): Cache => {
  const folder = path.join(env.XDG_CONFIG_HOME || path.join(env.HOME || homedir(), '.config'), 'podid');
  const file = path.join(folder, 'logins.json');
  return {
    file,
    of: (api) => readLogins(file)[api],
    change: async (api, next) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return locked(`${file}.lock`, async () => {
        const { [api]: present, ...others } = readLogins(file);
        const kept = await next(present);
        writeLogins(file, kept === undefined ? others : { ...others, [api]: kept });
        return kept;
      });
    },
  };
};

const readLogins = (file: string): Logins => {
  let text: string;
  try {
    // Whoever can read it is whoever is logged in.
    if ((statSync(file).mode & 0o077) !== 0) throw new Told(`Others can read ${file}. Run: chmod 600 ${file}`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw error;
  }
  const logins = Logins.safeParse(jsonOf(text));
  if (!logins.success) throw new Told(`${file} is no file of logins. Remove it, and run: podid login`);
  return logins.data;
};

const writeLogins = (file: string, logins: Logins): void => {
  // Renamed into place: a reader never sees half of it.
  const next = `${file}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
};

/** Milliseconds after which a lock is of a process that died: renewing is two requests of ten seconds at most. */
const STALE = 30_000;

const locked = async <Result>(lock: string, work: () => Promise<Result>): Promise<Result> => {
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (ageOf(lock) > STALE) rmSync(lock, { force: true });
      else await pause(100);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
};

const ageOf = (file: string): number => {
  const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return since === undefined ? 0 : Date.now() - since;
};

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
