/** Begins a sweep, unless another one is under way: every account and cluster that the configuration names, and the clusters that bear the tag. */
import type { ClusterRef } from '../identity.ts';
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { hasEnded, startMachine } from '../runtime/machines.ts';
import type { Kept } from '../store/findings.ts';
import { theStore } from '../store/index.ts';
import { announce } from './looking/announce.ts';
import { rulesOf } from './remedy/index.ts';
import { sweepingOver } from './sweep/asking.ts';
import { ListClustersInput, type ListClustersOutput } from './sweep/contract.ts';
import { discover } from './sweep/discover.ts';
import { sweptByOther } from './sweep/one-at-a-time.ts';
import { sweepAt, toSweep } from './sweep/to-sweep.ts';

/** A name has 80 characters (API reference, StartExecution). */
const sliceName = (execution: string, index: number): string => `${execution.slice(0, 75)}-${index + 2}`;

/** A spoke that does not answer takes 70 s, and three tries may be begun before the time is looked at again. */
const QUESTION_MILLIS = 220_000;
/** Reads alone: safe to ask again. */
const ask = spokeAsker({ millis: 70_000, attempts: 3 });

export const handler = entry(
  ListClustersInput,
  async ({ execution, startedAt }, { now, log, count, remainingMillis }): Promise<ListClustersOutput> => {
    const store = theStore();
    const underWay = await sweptByOther(store.leases, execution, now, (name) => hasEnded('sweep', name));
    if (underWay !== undefined) {
      log.info('another sweep is under way', { underWay });
      return { underWay };
    }
    const hasTime = (): boolean => remainingMillis() > QUESTION_MILLIS;
    const hub = { store, config: config(), now, start: startMachine, ask, hasTime };
    const sweep = sweepAt(hub.config, new Date(startedAt));
    const { modeOf } = rulesOf(hub.config);
    const tell = tellWorld({ log, count });
    const told = (cluster: ClusterRef, kept: Kept): Promise<void> =>
      announce({ count, tell }, kept, (reason) => modeOf([cluster], reason));
    const discovered = await discover({ ...sweepingOver(hub), store, told }, sweep.id);
    const { own, slices } = toSweep(hub.config, sweep, discovered);
    const executions = slices.map((slice, index) => ({ name: sliceName(execution, index), slice }));
    // Under names that a second try finds taken.
    for (const { name, slice } of executions) await startMachine('sweep', name, { slice });
    return { ...own, slices: executions.map(({ name }) => name) };
  },
);
