/** Sweeps one cluster: what its associations give now is what an update or a deletion will have taken away. */
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { sweepingOver } from './sweep/asking.ts';
import { KeepAssociationsInput, type KeepAssociationsOutput } from './sweep/contract.ts';
import { sweepCluster } from './sweep/sweep-cluster.ts';

/** A spoke that does not answer takes 70 s, and three may be asked before the time is looked at again. */
const QUESTION_MILLIS = 220_000;
/** Reads alone: safe to ask again. */
const ask = spokeAsker({ millis: 70_000, attempts: 3 });

export const handler = entry(
  KeepAssociationsInput,
  async (input, { now, log, remainingMillis }): Promise<KeepAssociationsOutput> => {
    const hasTime = (): boolean => remainingMillis() > QUESTION_MILLIS;
    const around = { store: theStore(), config: config(), now, start: startMachine, ask, hasTime };
    const swept = await sweepCluster(sweepingOver(around), input);
    log.info('cluster swept', { cluster: input.cluster, ...swept });
    return swept;
  },
);
