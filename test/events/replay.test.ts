/** Every fixture through `podid replay`: a line each, as its manifest says. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workplace } from '../cli/command.ts';
import { fixtures } from './fixtures.ts';

const place = workplace({});
const FOLDER = path.resolve(import.meta.dirname, '../../events');
let lines: readonly Record<string, unknown>[] = [];

beforeAll(async () => {
  const files = fixtures.map(({ file }) => path.join(FOLDER, file));
  const ran = await place.podid(['replay', ...files, '-o', 'json']);
  expect(ran).toMatchObject({ code: 0, err: '' });
  lines = ran.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}, 60_000);
afterAll(() => place.end());

it('gives a line an event', () => {
  expect(lines).toHaveLength(fixtures.length);
});

describe('each line', () => {
  it.each(fixtures.map((fixture, index) => ({ ...fixture, index })))('$file: $why', ({ follows, index }) => {
    const line = lines[index] ?? {};
    if ('malformed' in follows) {
      expect(Object.keys(line)).toEqual(['eventId', 'error']);
      expect(line.error).toContain(follows.malformed);
      return;
    }
    expect(Object.keys(line).sort()).toEqual(['actor', 'because', 'change', 'eventId', 'findings', 'plan']);
    expect(line).toMatchObject({ eventId: expect.any(String), findings: null, plan: null });
    if (follows.kind === 'NoChange') {
      expect(line).toMatchObject({
        change: null,
        actor: null,
        because: expect.stringContaining(String(follows.because)),
      });
    } else {
      const { actor, ...change } = Object(follows);
      expect(line.change).toMatchObject(change);
      expect(line.actor).toMatchObject(actor ?? {});
      expect(line.because).toMatch(/no snapshot/);
    }
  });
});
