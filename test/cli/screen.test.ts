/** Lines that stay and lines that change, as a terminal and a pipe get them. */
import { PassThrough } from 'node:stream';
import { expect, it } from '@jest/globals';
import { openScreen, type Terminal } from '../../cli/screen.ts';
import { underWay } from '../../cli/watch-lines.ts';
import type { ProgressStep } from '../../functions/provisioning/api/schemas.ts';
import { allowed, grantAfter, viewOf } from './grant-fixtures.ts';

const terminal = (isTTY: boolean) => {
  const stream = new PassThrough();
  const out: Terminal = Object.assign(stream, { isTTY, columns: 10 });
  return { out, text: (): string => String(stream.read() ?? '') };
};

it('draws again on a terminal what changes, below what stays, and never a line that wraps', () => {
  const { out, text } = terminal(true);
  const screen = openScreen(out);
  screen.draw(['one'], ['a very long line', 'b']);
  expect(text()).toBe('one\na very lo\nb\n');
  screen.draw(['two'], []);
  expect(text()).toBe('\u001b[2A\u001b[0Jtwo\n');
  screen.draw(['three'], []);
  screen.clear();
  expect(text()).toBe('three\n');
});

it('appends to a pipe, and nothing that changes', () => {
  const { out, text } = terminal(false);
  const screen = openScreen(out);
  screen.draw(['one'], ['a']);
  screen.draw(['two'], ['b']);
  screen.clear();
  expect(text()).toBe('one\ntwo\n');
});

it('says what is being done, how long, and how much is to come, on a few lines', () => {
  const step = (number: number, state: ProgressStep['state']): ProgressStep => ({
    step: 'targets',
    what: `create role podid/${number}`,
    about: String(number),
    account: '333333333333',
    region: 'eu-west-1',
    state,
    ...(state !== 'waiting' && { startedAt: '2026-11-21T12:00:00.000Z', since: '2026-11-21T12:00:00.000Z' }),
  });
  const now = new Date('2026-11-21T12:00:02.500Z');
  const lines = (...progress: readonly ProgressStep[]) => underWay(viewOf(grantAfter(allowed), { progress }), now);
  expect(lines(step(1, 'done'), step(2, 'running'), step(3, 'waiting'))).toEqual([
    '  … create role podid/2 in 333333333333 … 2.5 s',
    '  … 1 still to come',
  ]);
  const many = lines(...Array.from({ length: 20 }, (_, number) => step(number, 'running')));
  expect(many).toHaveLength(9);
  expect(many.at(-1)).toBe('  … 12 more under way');
  expect(lines(step(1, 'done'))).toEqual([]);
});
