/** Ends a sweep, once all its executions have looked at their places: what is due for other reasons is hinted, revocations that nobody is at any more are started or told, what became of it is kept, and how well each account's events come through is judged. */
import { inBatches } from '../runtime/batches.ts';
import { config } from '../runtime/config.ts';
import { entry, type Surroundings } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { hasEnded, startMachine } from '../runtime/machines.ts';
import { type Store, theStore } from '../store/index.ts';
import type { SweepSummary } from '../store/sweeps.ts';
import { OBJECT_SCHEMAS } from './kept.ts';
import { announce } from './looking/announce.ts';
import { rulesOf } from './remedy/index.ts';
import { ConcludeSweepInput } from './sweep/contract.ts';
import { type Judged, judgedDelivery } from './sweep/delivery.ts';
import { hintDue } from './sweep/hint-due.ts';
import { endSweep } from './sweep/one-at-a-time.ts';
import { judgedRevocations } from './sweep/stuck-revocations.ts';
import { type ConcludeSweepOutput, summaryOf } from './sweep/summary.ts';

const AT_ONCE = 10;

export const handler = entry(ConcludeSweepInput, async (input, surroundings): Promise<ConcludeSweepOutput> => {
  const store = theStore();
  const at = surroundings.now().toISOString();
  if (input.isSlice) return await concludeSlice(store, input, at);
  const underWay = await atItStill(input.slices);
  if (underWay.length > 0) {
    surroundings.log.info('slices of the sweep are under way', { underWay });
    return { underWay };
  }
  const { now } = surroundings;
  const hub = { store, config: config(), objects: store.objects(OBJECT_SCHEMAS), now, start: startMachine };
  const due = await hintDue(hub, at);
  const summary = summaryOf(input, await store.sweeps.parts(input.sweep.id), due, at);
  const stuck = await judgedRevocations({ ...hub, ...surroundings, hasEnded }, at);
  await keepFound(store, surroundings, [...judgedDelivery(summary.delivery, input, at), stuck]);
  // Nothing more is asked of any account; and whoever sees the summary can begin the next one.
  await endSweep(store.leases, input.execution);
  await store.sweeps.keepSummary(summary);
  surroundings.log.info('sweep concluded', { ...summary });
  return concluded(summary);
});

/** What it could not look at, kept for the execution that has started it, and concludes. */
const concludeSlice = async (store: Store, input: ConcludeSweepInput, at: string): Promise<ConcludeSweepOutput> => {
  const summary = summaryOf(input, [], 0, at);
  const { execution, sweep } = input;
  await store.sweeps.keepPart(sweep.id, { part: 'slice', execution, failed: summary.failed, at });
  return concluded(summary);
};

const concluded = ({ id, complete, failed, due }: SweepSummary): ConcludeSweepOutput => ({ id, complete, failed, due });

const atItStill = async (slices: readonly string[]): Promise<string[]> => {
  const ended = await inBatches(slices, AT_ONCE, async (name) => ({ name, over: await hasEnded('sweep', name) }));
  return ended.flatMap(({ name, over }) => (over ? [] : [name]));
};

const keepFound = async (
  store: Store,
  { log, count }: Pick<Surroundings, 'log' | 'count'>,
  judged: readonly Judged[],
): Promise<void> => {
  const tell = tellWorld({ log, count });
  const { modeOf } = rulesOf(config());
  for (const { object, found, judgement } of judged) {
    const kept = await store.findings.keep(object, found, judgement);
    // Of an account's events, or of executions: they are in no cluster.
    await announce({ count, tell }, kept, (reason) => modeOf([], reason));
  }
};
