/** Sweeps the roles of one account: those that differ from what was last read of them are looked at again. */
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { hint } from './hints.ts';
import { OBJECT_SCHEMAS } from './kept.ts';
import { KeepRolesInput } from './sweep/contract.ts';
import { type SweptRoles, sweepRoles } from './sweep/sweep-roles.ts';

const askSpoke = spokeAsker({ millis: 70_000, attempts: 3 });

export const handler = entry(KeepRolesInput, async ({ sweep, account }, { now, log }): Promise<SweptRoles> => {
  const store = theStore();
  const hub = { config: config(), objects: store.objects(OBJECT_SCHEMAS), now, start: startMachine };
  const swept = await sweepRoles(
    {
      ...hub,
      store,
      hint: (ref, change) => hint(hub, ref, change),
      ask: (called, place, input) =>
        askSpoke({ function: called, account: place.account, region: place.region, input }),
      hasTime: () => true,
    },
    sweep,
    account,
  );
  log.info('roles swept', { account: account.account, ...swept });
  return swept;
});
