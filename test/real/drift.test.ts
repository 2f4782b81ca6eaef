/** docs/drift.md, typed as it stands: an intruder with the real aws CLI, each of whose changes is found by name and undone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compared, printedBy, scriptOf, stepsOf } from './console.ts';
import { readySession, type Session, shell, startSession } from './session.ts';

const GUIDE = path.resolve(import.meta.dirname, '../../docs/drift.md');
const steps = stepsOf(readFileSync(GUIDE, 'utf8'));

describe('the session about drift', () => {
  let session: Session;
  let printed: readonly (string | undefined)[];
  beforeAll(async () => {
    session = startSession();
    await readySession(session);
    const { out } = await shell(session, scriptOf(steps), 700_000);
    printed = printedBy(out, steps);
  }, 900_000);
  afterAll(() => session.discard());

  test('it has steps', () => expect(steps.length).toBeGreaterThan(40));

  test.each(steps.map((step, index) => ({ ...step, index })))('line $line: $command', ({ index, shown }) => {
    const { like, ...texts } = compared(shown, printed[index] ?? 'not reached');
    expect(like ? texts.shown : texts.got).toBe(texts.shown);
  });
});
