/** Which wave comes next, forward or back, from what the record says of the last one. */
import { Grant } from '../grants/index.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { theStore } from '../store/index.ts';
import { type Next, WorkInput } from './planning/contract.ts';
import { grantOf } from './planning/machine.ts';
import { nextWave } from './planning/next-wave.ts';
import { runningRevocations } from './planning/revocations.ts';

export const handler = entry(WorkInput, async (input, { now }): Promise<Next> => {
  const store = theStore();
  const hub = { store, grants: store.grants(Grant), config: config(), now };
  return nextWave(hub, input, await grantOf(hub, input.work), runningRevocations(store));
});
