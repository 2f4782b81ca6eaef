/** Answers the end of an execution of `provision` that has no result: aborted, out of time, failed. What it has half made goes again. */
import { Grant } from '../grants/index.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { WorkStopped, workStopped } from './planning/work-stopped.ts';

export const handler = entry(WorkStopped, async (stopped, around) => {
  const store = theStore();
  const outside = { tell: tellWorld(around), start: startMachine, now: around.now, settings: config().grants };
  const answer = await workStopped({ store, grants: store.grants(Grant), ...outside }, stopped);
  around.log.warn('an execution ended without a result', { name: stopped.detail.name, ...answer });
  return answer;
});
