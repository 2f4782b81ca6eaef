/**
 * docs/exercise-irsa-to-pod-identity.md, typed as it stands: every command with the real aws, kubectl, curl and jq, and every output that it shows.
 * Needs `aws` (1.32 or newer) and `kubectl` (1.32 or newer) on the PATH.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compared, printedBy, scriptOf, stepsOf } from './console.ts';
import { readySession, type Session, shell, startSession } from './session.ts';

const GUIDE = path.resolve(import.meta.dirname, '../../docs/exercise-irsa-to-pod-identity.md');
const steps = stepsOf(readFileSync(GUIDE, 'utf8'));
const installed = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const suite = installed('aws', '--version') && installed('kubectl', 'version', '--client') ? describe : describe.skip;

suite('the exercise: a DynamoDB app, from IRSA to Pod Identity', () => {
  let session: Session;
  let printed: readonly (string | undefined)[];
  beforeAll(async () => {
    session = startSession();
    await readySession(session);
    const { out } = await shell(session, scriptOf(steps), 400_000);
    printed = printedBy(out, steps);
  }, 480_000);
  afterAll(() => session?.discard());

  test('it has steps, and most of them show something', () => {
    expect(steps.filter(({ shown }) => shown.length > 0).length).toBeGreaterThan(30);
  });

  test.each(steps.map((step, index) => ({ ...step, index })))('line $line: $command', ({ index, shown }) => {
    const { like, ...texts } = compared(shown, printed[index] ?? 'not reached');
    expect({ ...texts, like }).toMatchObject({ like: true });
  });

  // What a step without output says is an error that `compared` would let pass.
  test('no step complains that is not meant to', () => {
    const complaints = steps.flatMap(({ line, shown }, index) =>
      shown.length === 0 && (printed[index] ?? '').trim() !== '' ? [{ line, printed: printed[index] }] : [],
    );
    expect(complaints).toEqual([]);
  });
});
