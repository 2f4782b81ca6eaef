/** After each write: what came of it on record, the lease on the role given back; or the item tries again. */
import { Grant } from '../grants/index.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { theStore } from '../store/index.ts';
import { KeepOutcomeInput, type OutcomeKept } from './planning/contract.ts';
import { keepOutcome } from './planning/keep-outcome.ts';

export const handler = entry(KeepOutcomeInput, async (input, { now }): Promise<OutcomeKept> => {
  const store = theStore();
  return keepOutcome({ store, grants: store.grants(Grant), config: config(), now }, input);
});
