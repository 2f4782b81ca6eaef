/** Ends a sweep: what is due for other reasons is hinted, revocations that nobody is at any more are started or told, what became of it is kept, and how well each account's events come through is judged. */
import { inBatches } from '../runtime/batches.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { hasEnded, startMachine } from '../runtime/machines.ts';
import { findingEvents } from '../store/finding-events.ts';
import { theStore } from '../store/index.ts';
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
import { summaryOf } from './sweep/summary.ts';

/** Of each shard; what is overdue past that, `wake-objects` and the next sweep find. */
const MOST_DUE = 50;
const AT_ONCE = 10;

/** `failed` is what the machine fails with, where it isn't empty. */
export type ConcludedSweep = Pick<SweepSummary, 'id' | 'complete' | 'failed' | 'due'>;

export const handler = entry(ConcludeSweepInput, async (input, { now, log, count }): Promise<ConcludedSweep> => {
  const store = theStore();
  const hub = { config: config(), objects: store.objects(OBJECT_SCHEMAS), now, start: startMachine };
  const tell = tellWorld({ log, count });
  const at = now().toISOString();
  const [denies, objects, parts] = await Promise.all([
    store.denies.due(at, MOST_DUE),
    hub.objects.due(at, MOST_DUE),
    store.sweeps.parts(input.sweep.id),
  ]);
  const refs = [
    ...denies.map(({ roleArn }) => ({ object: 'role' as const, roleArn })),
    ...objects.map(({ ref }) => ref),
  ];
  const due = new Map(refs.map((ref) => [objectKey(ref), ref]));
  await inBatches([...due.values()], AT_ONCE, (ref) => hint(hub, ref));
  const summary = summaryOf(input, parts, due.size, at);
  // Who is kept from seeing that ends the sweep all the same, and takes nothing for resolved.
  const { found: stuck, complete: wasAll } = await stuckRevocations({
    store,
    start: startMachine,
    hasEnded,
    now,
  }).catch((error: unknown) => {
    log.error('revocations could not be looked at', { error });
    count('RevocationsUnread');
    return { found: [], complete: false };
  });
  const executions: Judged = {
    object: `${hub.config.hub.account}/${hub.config.hub.region}`,
    found: stuck,
    judgement: { at, cause: { kind: 'Sweep' }, complete: wasAll, judge: 'executions' },
  };
  for (const { object, found, judgement } of [...judgedDelivery(summary.delivery, input, at), executions]) {
    const kept = await store.findings.keep(object, found, judgement);
    // Of an account's events, or of executions: they are in no cluster.
    countFindings(count, kept, (reason) => rulesOf(hub.config).modeOf([], reason));
    await tell(findingEvents(kept));
  }
  // Nothing more is asked of any account; and whoever sees the summary can begin the next one.
  await endSweep(store.leases, input.execution);
  await store.sweeps.keepSummary(summary);
  const { id, complete, failed } = summary;
  log.info('sweep concluded', { ...summary });
  return { id, complete, failed, due: due.size };
});
