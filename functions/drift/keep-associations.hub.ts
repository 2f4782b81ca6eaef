/** Sweeps one cluster: what its associations give now is what an update or a deletion will have taken away. */
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { hint } from './hints.ts';
import { OBJECT_SCHEMAS } from './kept.ts';
import { KeepAssociationsInput, type KeepAssociationsOutput } from './sweep/contract.ts';
import { sweepCluster } from './sweep/sweep-cluster.ts';

/** A spoke that does not answer takes 70 s, and three may be asked before the time is looked at again. */
const QUESTION_MILLIS = 220_000;
/** Reads alone: safe to ask again. */
const askSpoke = spokeAsker({ millis: 70_000, attempts: 3 });

export const handler = entry(
  KeepAssociationsInput,
  async (input, { now, log, remainingMillis }): Promise<KeepAssociationsOutput> => {
    const store = theStore();
    const hub = { config: config(), objects: store.objects(OBJECT_SCHEMAS), now, start: startMachine };
    const swept = await sweepCluster(
      {
        ...hub,
        store,
        hint: (ref, change) => hint(hub, ref, change),
        ask: (called, { account, region }, question) =>
          askSpoke({ function: called, account, region, input: question }),
        hasTime: () => remainingMillis() > QUESTION_MILLIS,
      },
      input,
    );
    log.info('cluster swept', { cluster: input.cluster, ...swept });
    return swept;
  },
);
