/** The `podid` command as a person runs it: a process of its own, with the environment of `.podid/env`. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Local } from '../../../local/start.ts';

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

const PODID = path.resolve(import.meta.dirname, '../../../cli/podid.js');

/** Runs `podid …args`; `changes` to the environment, where undefined takes a variable away. */
export const podid = (
  local: Pick<Local, 'env'>,
  args: readonly string[],
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<Ran> => {
  const env: Record<string, string | undefined> = { PATH: process.env.PATH, ...exportsOf(local.env), ...changes };
  return new Promise((resolve) => {
    execFile(process.execPath, [PODID, ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, out, err });
    });
  });
};

/** As a shell reads the file. */
export const exportsOf = (file: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [, name = '', value = ''] = /^export (\w+)='?([^']*)'?$/.exec(line) ?? [];
        return [name, value];
      }),
  );
