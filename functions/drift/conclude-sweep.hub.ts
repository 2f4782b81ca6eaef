/** Ends a sweep, once all its executions have looked at their places: what is due for other reasons is hinted, revocations that nobody is at any more are started or told, what became of it is kept, and how well each account's events come through is judged. */
import { inBatches } from '../runtime/batches.ts';
import { config } from '../runtime/config.ts';
import { entry, type Surroundings } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { hasEnded, startMachine } from '../runtime/machines.ts';
import { findingEvents } from '../store/finding-events.ts';
import { type Store, theStore } from '../store/index.ts';
import type { SweepSummary } from '../store/sweeps.ts';
import { hint } from './hints.ts';
import { OBJECT_SCHEMAS } from './kept.ts';
import { countFindings } from './looking/count-findings.ts';
import { objectKey } from './object.ts';
import { rulesOf } from './remedy/index.ts';
import { ConcludeSweepInput } from './sweep/contract.ts';
import { type Judged, judgedDelivery } from './sweep/delivery.ts';
import { endSweep } from './sweep/one-at-a-time.ts';
import { stuckRevocations } from './sweep/stuck-revocations.ts';
import { type ConcludeSweepOutput, summaryOf } from './sweep/summary.ts';

/** Of each shard; what is overdue past that, `wake-objects` and the next sweep find. */
const MOST_DUE = 50;
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
  const due = await hintDue(store, surroundings, at);
  const summary = summaryOf(input, await store.sweeps.parts(input.sweep.id), due, at);
  const stuck = await stuckExecutions(store, surroundings, at);
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

type Around = Pick<Surroundings, 'now' | 'log' | 'count'>;

/** How many objects are looked at for reasons of their own. */
const hintDue = async (store: Store, { now }: Around, at: string): Promise<number> => {
  const hub = { config: config(), objects: store.objects(OBJECT_SCHEMAS), now, start: startMachine };
  const [denies, objects] = await Promise.all([store.denies.due(at, MOST_DUE), hub.objects.due(at, MOST_DUE)]);
  const refs = [
    ...denies.map(({ roleArn }) => ({ object: 'role' as const, roleArn })),
    ...objects.map(({ ref }) => ref),
  ];
  const due = new Map(refs.map((ref) => [objectKey(ref), ref]));
  await inBatches([...due.values()], AT_ONCE, (ref) => hint(hub, ref));
  return due.size;
};

/** Who is kept from seeing them ends the sweep all the same, and takes nothing for resolved. */
const stuckExecutions = async (store: Store, { now, log, count }: Around, at: string): Promise<Judged> => {
  const { account, region } = config().hub;
  const { found, complete } = await stuckRevocations({ store, start: startMachine, hasEnded, now }).catch(
    (error: unknown) => {
      log.error('revocations could not be looked at', { error });
      count('RevocationsUnread');
      return { found: [], complete: false };
    },
  );
  return {
    object: `${account}/${region}`,
    found,
    judgement: { at, cause: { kind: 'Sweep' }, complete, judge: 'executions' },
  };
};

const keepFound = async (store: Store, { log, count }: Around, judged: readonly Judged[]): Promise<void> => {
  const tell = tellWorld({ log, count });
  const { modeOf } = rulesOf(config());
  for (const { object, found, judgement } of judged) {
    const kept = await store.findings.keep(object, found, judgement);
    // Of an account's events, or of executions: they are in no cluster.
    countFindings(count, kept, (reason) => modeOf([], reason));
    await tell(findingEvents(kept));
  }
};
