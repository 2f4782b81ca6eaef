/** The beginning of an execution: is it still wanted, is nobody else at work on the grant, and what is to be read. */
import { Grant } from '../grants/index.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { theStore } from '../store/index.ts';
import { type Next, WorkInput } from './planning/contract.ts';
import { grantOf } from './planning/machine.ts';
import { openWork } from './planning/open-work.ts';

export const handler = entry(WorkInput, async (input, { now }): Promise<Next> => {
  const store = theStore();
  const hub = { store, grants: store.grants(Grant), config: config(), now };
  return openWork(hub, input, await grantOf(hub, input.work));
});
