/** Every few minutes: objects that are due to be looked at though nothing happened, and whose execution has ended. */
import * as z from 'zod';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { OBJECT_SCHEMAS } from './kept.ts';
import { type Woken, wakeDue } from './looking/wake-due.ts';

/** What a few hints may take at most; what is left comes with the next call. */
const SOME_MILLIS = 15_000;

export const handler = entry(z.unknown(), async (_scheduled, around): Promise<Woken> => {
  const { now, log, count, remainingMillis } = around;
  const objects = theStore().objects(OBJECT_SCHEMAS);
  const hasTime = (): boolean => remainingMillis() > SOME_MILLIS;
  const woken = await wakeDue({ objects, config: config(), now, start: startMachine, hasTime });
  if (woken.failed.length > 0) {
    log.error('not everything that was due could be woken', { failed: woken.failed });
    count('DueFailed');
  }
  return woken;
});
