/** `npm start` as a process of its own, and a shell that has sourced its env file: what a user in two terminals has. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What `npm start` runs: node, with these arguments. */
const START = (): string[] => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  return scripts.start.split(' ').slice(1);
};

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export type Session = {
  /** Where its env file is. */
  readonly dir: string;
  readonly pid: number;
  /** What it has printed so far. */
  readonly printed: () => { out: string; err: string };
  /** Ctrl-C: SIGINT to it and its children, as a terminal sends it. Gives its exit code, and how long it took. */
  readonly interrupt: () => Promise<{ code: number | null; millis: number }>;
  /** Ends it the hard way if it is still there, and forgets its files. */
  readonly discard: () => Promise<void>;
};

/** Starts what `npm start` does, in a process group of its own. */
export const startSession = (args: readonly string[] = ['--port', '0']): Session => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-session-'));
  const child = spawn(process.execPath, [...START(), '--dir', dir, ...args], {
    cwd: ROOT,
    env: clean(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (printed.out += chunk));
  child.stderr.on('data', (chunk) => (printed.err += chunk));
  const pid = child.pid ?? 0;
  return {
    dir,
    pid,
    printed: () => printed,
    interrupt: async () => {
      const began = performance.now();
      const code = ended(child);
      process.kill(-pid, 'SIGINT');
      return { code: await code, millis: performance.now() - began };
    },
    discard: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = ended(child);
        process.kill(-pid, 'SIGKILL');
        await gone;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

const ended = async (child: ChildProcess): Promise<number | null> =>
  child.exitCode ?? ((await once(child, 'close'))[0] as number | null);

/** Until its env file is there. @throws Error with what it printed, when it isn't in time */
export const readySession = async ({ dir, printed }: Session): Promise<void> => {
  for (let tries = 0; !existsSync(path.join(dir, 'env')); tries += 1) {
    if (tries > 1_800) throw new Error(`not ready after three minutes:\n${printed().out}\n${printed().err}`);
    await delay(100);
  }
};

/** Runs a script in bash, in the project's folder, after `source …/env`. */
export const shell = ({ dir }: Session, script: string, timeout = 60_000): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      'bash',
      ['-c', `set -eu -o pipefail\nsource ${path.join(dir, 'env')}\n${script}`],
      { cwd: ROOT, env: clean(), timeout, maxBuffer: 16_000_000 },
      (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    );
  });

/** The living processes of a process group; those that only wait to be reaped don't count. */
export const livingOf = (group: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    execFile('ps', ['-eo', 'pgid=,stat=,pid=,args='], (error, out) => {
      if (error !== null) return reject(error);
      const lines = out.split('\n').map((line) => line.trim());
      resolve(lines.filter((line) => Number(line.split(/\s+/)[0]) === group && !/^\d+\s+Z/.test(line)));
    });
  });

/** This environment, without what somebody else's session has set. */
const clean = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|PODID_|KUBECONFIG$|NODE_OPTIONS$)/.test(name)),
  ),
  // Version 2 of the CLI would open a pager.
  AWS_PAGER: '',
});
