/** The token files of a pod are renewed as the kubelet does it, by a clock that stands still until it is moved. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { TokenFile } from '../../cli/pod-environment.ts';
import { type Clock, keepTokens } from '../../cli/pod-tokens.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'podid-tokens-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A clock that runs what is due when it is moved, each thing at its time. */
const stoppedClock = () => {
  let time = Date.parse('2026-11-21T12:00:00Z');
  const due = new Set<{ readonly at: number; readonly run: () => void }>();
  const clock: Clock = {
    now: () => time,
    after: (ms, run) => {
      const one = { at: time + ms, run };
      due.add(one);
      return () => due.delete(one);
    },
  };
  const pass = async (ms: number): Promise<void> => {
    const end = time + ms;
    for (;;) {
      const [next] = [...due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      due.delete(next);
      time = next.at;
      next.run();
      // What it began ends before the time goes on: the answers below come at once.
      await new Promise(setImmediate);
    }
    time = end;
  };
  return { clock, pass, waiting: () => due.size };
};

/** An API server whose tokens are numbered; `lives` are their lives in milliseconds, the last one for all that follow, an error is thrown. */
const apiServer = (clock: Clock, ...lives: ReadonlyArray<number | Error>) => {
  const asked: TokenFile[] = [];
  const request = async (token: TokenFile) => {
    asked.push(token);
    const life = lives[Math.min(asked.length, lives.length) - 1] ?? 0;
    if (life instanceof Error) throw life;
    return { text: `token-${asked.length}`, expires: clock.now() + life };
  };
  return { request, asked };
};

const token = (name: string): TokenFile => ({ path: `/var/run/secrets/${name}/token`, audience: name, seconds: 3_600 });
const content = (file: string | undefined): string => readFileSync(file ?? '', 'utf8');

const keep = async (wanted: readonly TokenFile[], ...lives: ReadonlyArray<number | Error>) => {
  const time = stoppedClock();
  const server = apiServer(time.clock, ...lives);
  const said: string[] = [];
  const tokens = await keepTokens(server.request, wanted, dir, (line) => said.push(line), time.clock);
  const text = (one: TokenFile) => content(tokens.files.get(one.path));
  return { ...time, ...server, said, tokens, text };
};

it('asks for each at once, and tells them apart where their names are the same', async () => {
  const [first, second] = [token('eks'), token('sts')];
  const { asked, text, tokens } = await keep([first, second], HOUR);
  expect(asked).toEqual([first, second]);
  expect([text(first), text(second)]).toEqual(['token-1', 'token-2']);
  expect(new Set(tokens.files.values()).size).toBe(2);
});

it.each([
  ['when a fifth of its life is left', HOUR, 48 * MINUTE],
  ['each day, however long it lives', 72 * HOUR, 24 * HOUR],
  ['not more than once a minute, however short it lives', 30_000, MINUTE],
])('renews a token %s', async (_, life, renewedAfter) => {
  const one = token('eks');
  const { pass, text } = await keep([one], life);
  await pass(renewedAfter - 1);
  expect(text(one)).toBe('token-1');
  await pass(1);
  expect(text(one)).toBe('token-2');
  await pass(renewedAfter);
  expect(text(one)).toBe('token-3');
  expect(readdirSync(dir)).toEqual(['0-token']);
});

it('keeps the old one when there is none, says so, and tries again after a minute', async () => {
  const one = token('eks');
  const { pass, said, text } = await keep([one], HOUR, new Error('pods "a" not found'), HOUR);
  await pass(48 * MINUTE);
  expect(text(one)).toBe('token-1');
  expect(said).toEqual([`the token ${one.path} could not be renewed: pods "a" not found`]);
  await pass(MINUTE);
  expect(text(one)).toBe('token-3');
  expect(said).toHaveLength(1);
});

it('asks no more once it is stopped', async () => {
  const { pass, tokens, asked, waiting } = await keep([token('eks'), token('sts')], HOUR);
  tokens.stop();
  expect(waiting()).toBe(0);
  await pass(24 * HOUR);
  expect(asked).toHaveLength(2);
});

it('fails at the start when there is no token to begin with', async () => {
  await expect(keep([token('eks')], new Error('forbidden'))).rejects.toThrow('forbidden');
});
