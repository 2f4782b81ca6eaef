/** docs/grants.md, typed as it stands: every command with the real aws, kubectl, curl and podid, and every output that it shows. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compared, printedBy, scriptOf, stepsOf } from './console.ts';
import { readySession, type Session, shell, startSession } from './session.ts';

const GUIDE = path.resolve(import.meta.dirname, '../../docs/grants.md');
const steps = stepsOf(readFileSync(GUIDE, 'utf8'));

describe('the tutorial of grants', () => {
  let session: Session;
  let printed: readonly (string | undefined)[];
  beforeAll(async () => {
    session = startSession();
    await readySession(session);
    const { out } = await shell(session, scriptOf(steps), 400_000);
    printed = printedBy(out, steps);
  }, 480_000);
  afterAll(() => session.discard());

  test('it has steps', () => expect(steps.length).toBeGreaterThan(20));

  test.each(steps.map((step, index) => ({ ...step, index })))('line $line: $command', ({ index, shown }) => {
    const { like, ...texts } = compared(shown, printed[index] ?? 'not reached');
    expect(like ? texts.shown : texts.got).toBe(texts.shown);
  });
});
