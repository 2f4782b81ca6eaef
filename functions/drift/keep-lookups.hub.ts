/** Sweeps the trail of one account: changes that no event told are told now, with their author, and counted. */
import { Grant } from '../grants/index.ts';
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { gather, isLookedAfter } from './gathering/index.ts';
import { sweepingOver } from './sweep/asking.ts';
import { KeepLookupsInput } from './sweep/contract.ts';
import { type SweptLookups, sweepLookups } from './sweep/sweep-lookups.ts';

const ask = spokeAsker({ millis: 70_000, attempts: 3 });

export const handler = entry(
  KeepLookupsInput,
  async ({ sweep, account }, { now, log, count }): Promise<SweptLookups> => {
    const store = theStore();
    const around = sweepingOver({ store, config: config(), now, start: startMachine, ask });
    const drift = { ...around, store, grants: store.grants(Grant) };
    const swept = await sweepLookups(
      {
        ...around,
        looksAfter: async (ref) => isLookedAfter(await gather(drift, ref)),
        poisoned: (record, error) => {
          // One record that can't be read must not keep the others from being heard.
          log.error("a record of CloudTrail's history can't be read", {
            record: record.slice(0, 2_000),
            error: String(error),
          });
          count('EventMalformed');
        },
      },
      sweep,
      account,
    );
    log.info('history looked up', { account: account.account, ...swept });
    return swept;
  },
);
