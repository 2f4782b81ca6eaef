/** Runs `podid` as a process without any account: a home of its own, and nothing of AWS in the environment. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

const PODID = path.resolve(import.meta.dirname, '../../cli/podid.js');

/** A directory with these files, in which commands run; `end` takes it away. */
export const workplace = (files: Readonly<Record<string, unknown>>) => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'podid-cli-'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return {
    cwd,
    podid: async (
      args: readonly string[],
      input = '',
      env: Readonly<Record<string, string | undefined>> = {},
    ): Promise<Ran> => {
      const child = spawn(process.execPath, [PODID, ...args], {
        cwd,
        env: { PATH: process.env.PATH, HOME: cwd, ...env },
      });
      child.stdin.on('error', () => {}).end(input);
      const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
      const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
      return { code, out, err };
    },
    end: () => rmSync(cwd, { recursive: true }),
  };
};
