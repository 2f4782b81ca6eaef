/** Every few minutes: what has come due of grants, and work that nobody does any more. */
import * as z from 'zod';
import { DriftSettings } from '../drift-settings.ts';
import { Grant } from '../grants/index.ts';
import { stopped } from '../kill-switch.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { type ComeDue, comeDue } from './planning/come-due.ts';

/** What a page and its transitions may take at most; what is left comes with the next call. */
const PAGE_MILLIS = 15_000;

export const handler = entry(z.unknown(), async (_scheduled, around): Promise<ComeDue> => {
  const store = theStore();
  const { now, remainingMillis } = around;
  const { grants: settings, drift = DriftSettings.parse({}) } = config();
  const outside = { tell: tellWorld(around), start: startMachine, settings };
  const endsHeld = stopped((await store.brakes.killSwitch())?.on === true, 'expiry', drift);
  const hasTime = (): boolean => remainingMillis() > PAGE_MILLIS;
  const came = await comeDue({ store, grants: store.grants(Grant), now, hasTime, endsHeld, ...outside });
  if (came.failed.length > 0) {
    around.log.error('not everything that was due could be done', { failed: came.failed });
    around.count('DueFailed');
  }
  return came;
});
