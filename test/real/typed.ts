/** A guide in docs/, typed as it stands: every command with the real programs, and every output that it shows. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compared, printedBy, scriptOf, stepsOf } from './console.ts';
import { readySession, type Session, shell, startSession } from './session.ts';

/** `least`: so many of its steps show something. `quiet`: a step that shows nothing prints nothing, as `compared` doesn't ask. */
export const typed = (
  guide: string,
  { least, millis, quiet = false }: { readonly least: number; readonly millis: number; readonly quiet?: boolean },
): void => {
  const file = path.resolve(import.meta.dirname, '../../docs', guide);
  const steps = stepsOf(readFileSync(file, 'utf8'));
  let session: Session | undefined;
  let printed: readonly (string | undefined)[];
  beforeAll(async () => {
    session = startSession();
    await readySession(session);
    const { out } = await shell(session, scriptOf(steps), millis);
    printed = printedBy(out, steps);
  }, millis + 80_000);
  afterAll(() => session?.discard());

  test('it has steps, and most of them show something', () => {
    expect(steps.filter(({ shown }) => shown.length > 0).length).toBeGreaterThan(least);
  });

  test.each(steps.map((step, index) => ({ ...step, index })))('line $line: $command', ({ index, shown }) => {
    const { like, ...texts } = compared(shown, printed[index] ?? 'not reached');
    expect(like ? texts.shown : texts.got).toBe(texts.shown);
  });

  if (!quiet) return;
  test('no step complains that is not meant to', () => {
    const complaints = steps.flatMap(({ line, command, shown }, index) =>
      // The session's shell has the variables already; the file is in its own directory.
      command !== 'source .podid/env' && shown.length === 0 && (printed[index] ?? '').trim() !== ''
        ? [{ line, printed: printed[index] }]
        : [],
    );
    expect(complaints).toEqual([]);
  });
};
