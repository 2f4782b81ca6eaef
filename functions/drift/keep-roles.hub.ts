/** Sweeps the roles of one account: those that differ from what was last read of them are looked at again. */
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { sweepingOver } from './sweep/asking.ts';
import { KeepRolesInput } from './sweep/contract.ts';
import { type SweptRoles, sweepRoles } from './sweep/sweep-roles.ts';

const ask = spokeAsker({ millis: 70_000, attempts: 3 });

export const handler = entry(KeepRolesInput, async ({ sweep, account }, { now, log }): Promise<SweptRoles> => {
  const around = sweepingOver({ store: theStore(), config: config(), now, start: startMachine, ask });
  const swept = await sweepRoles(around, sweep, account);
  log.info('roles swept', { account: account.account, ...swept });
  return swept;
});
