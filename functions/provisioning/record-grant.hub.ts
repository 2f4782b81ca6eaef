/** The end of an execution: what came of it, to the grant, the findings and the world. */
import { Grant } from '../grants/index.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { WorkInput } from './planning/contract.ts';
import { type Recorded, recordGrant } from './planning/record-grant.ts';

export const handler = entry(WorkInput, async (input, around): Promise<Recorded> => {
  const store = theStore();
  const outside = { tell: tellWorld(around), start: startMachine, now: around.now };
  return recordGrant({ store, grants: store.grants(Grant), config: config(), ...outside }, input);
});
