/** Before each write: is it still wanted, is nobody else at it; its intent on record; and what the spoke is told. */
import { Grant } from '../grants/index.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { theStore } from '../store/index.ts';
import { type Intended, IntendInput } from './planning/contract.ts';
import { intend } from './planning/intend.ts';
import { grantOf } from './planning/machine.ts';

export const handler = entry(IntendInput, async (input, { now }): Promise<Intended> => {
  const store = theStore();
  const hub = { store, grants: store.grants(Grant), config: config(), now };
  return intend(hub, input, await grantOf(hub, input.work));
});
