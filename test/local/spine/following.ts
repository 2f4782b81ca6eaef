/** `podid` as a process that goes on: what it says line by line, what is typed, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Local } from '../../../local/start.ts';
import { exportsOf } from './command-line.ts';

export type Following = {
  /** The next line. */
  readonly line: () => Promise<string>;
  /** The first line from here on that is looked for. */
  readonly until: (wanted: (line: string) => boolean) => Promise<string>;
  readonly type: (line: string) => void;
  /** Sends a signal to `podid` alone, as `kill` does. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** After it has ended. */
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly err: string;
  }>;
};

const PODID = path.resolve(import.meta.dirname, '../../../cli/podid.js');

export type FollowOptions = {
  /** Changes to the environment, where undefined takes a variable away. */
  readonly changes?: Readonly<Record<string, string | undefined>>;
  /** The Node that runs it, when another than the test's. */
  readonly node?: string;
};

const PATIENCE_MS = 45_000;

const started = new Set<ChildProcess>();

/** Ends what a failed test has left behind: jest waits for it otherwise. */
export const stopFollowing = (): void => {
  for (const child of started) child.kill('SIGTERM');
};

/** Starts `podid …args`. A line that is waited for and never comes fails with all that was said. */
export const follow = (
  local: Pick<Local, 'env'>,
  args: readonly string[],
  { changes = {}, node = process.execPath }: FollowOptions = {},
): Following => {
  const env: Record<string, string | undefined> = { PATH: process.env.PATH, ...exportsOf(local.env), ...changes };
  const child = spawn(node, [PODID, ...args], { env });
  started.add(child);
  child.once('exit', () => started.delete(child));
  const err = text(child.stderr);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const said: string[] = [];
  const line = async (): Promise<string> => {
    // Without a line for so long none will come: what was said till then tells why.
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    const { value, done } = await lines.next();
    clearTimeout(late);
    if (done === true) throw new Error(`podid ${args.join(' ')} has ended:\n${said.join('\n')}\n${await err}`);
    said.push(value);
    return value;
  };
  return {
    line,
    until: async (wanted) => {
      for (;;) {
        const next = await line();
        if (wanted(next)) return next;
      }
    },
    type: (typed) => child.stdin.write(`${typed}\n`),
    signal: (signal) => child.kill(signal),
    ended: new Promise((resolve) => {
      child.once('close', (code, signal) => void err.then((all) => resolve({ code, signal, err: all })));
    }),
  };
};
