/** The sweep of an account's trail: what CloudTrail's history shows and no event told is told now, with its author, and counted. */
import { EventMalformed, eventNamesFrom } from '../../changes/index.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { ObjectRef } from '../contract.ts';
import { seenIn } from '../known-of-change.ts';
import { objectKey } from '../object.ts';
import { asked, HINTS_AT_ONCE, type Sweeping, settingsOf } from './asking.ts';
import { type AccountToSweep, type Look, LookupEventsOutput, type SweepRef } from './contract.ts';
import { changeOfRecord, spanOf } from './looks.ts';
import { laterOnes } from './spread.ts';
import { wake } from './wake.ts';

export type SweepingLookups = Sweeping & {
  /** Whether podid has to do with an object: events of others are nobody's. */
  readonly looksAfter: (ref: ObjectRef) => Promise<boolean>;
  /** Told of a record that can't be read, and why. */
  readonly poisoned: (record: string, error: unknown) => void;
};

export type SweptLookups = { readonly told: number; readonly missed: number; readonly poison: number };

/** One history after the other. Safe to repeat: how far one was looked at is kept when all of it was. */
export const sweepLookups = async (
  around: SweepingLookups,
  sweep: SweepRef,
  { account, looks }: AccountToSweep,
): Promise<SweptLookups> => {
  const memory = new Map<string, Promise<boolean>>();
  const remembering = { ...around, looksAfter: remembered(around.looksAfter, memory) };
  let so = { told: 0, missed: 0, poison: 0 };
  for (const look of looks) {
    const { told, missed, poison } = await lookUp(remembering, sweep, account, look);
    so = { told: so.told + told, missed: so.missed + missed, poison: so.poison + poison };
  }
  return so;
};

const lookUp = async (
  around: SweepingLookups,
  sweep: SweepRef,
  account: string,
  { service, region, via }: Look,
): Promise<SweptLookups> => {
  const { store, now } = around;
  const looking = { account, region, service };
  const to = now();
  const last = await store.sweeps.lookedTo(looking);
  const { from, counted } = spanOf(last, to);
  const { lookupsPerSecond: perSecond } = settingsOf(around.config);
  const span = { account, region, eventNames: eventNamesFrom(service), from, to: to.toISOString(), perSecond };
  const later = laterOnes(to.toISOString());
  const so = { told: 0, missed: 0, poison: 0 };
  let cursor: LookupEventsOutput['cursor'];
  do {
    const input = { ...span, ...(cursor !== undefined && { cursor }) };
    const page = await asked(around, LookupEventsOutput, 'lookup-events', { account, region: via }, input);
    const became = await inBatches(page.records, HINTS_AT_ONCE, (record) =>
      hear(around, { account, service, last, later }, record),
    );
    for (const one of became) if (one !== undefined) so[one] += 1;
    cursor = page.cursor;
  } while (cursor !== undefined);
  const missed = counted ? so.missed : 0;
  await store.sweeps.keepPart(sweep.id, { part: 'look', ...looking, ...so, missed, counted, from, to: span.to });
  await store.sweeps.keepLookedTo(looking, span.to);
  return { ...so, missed };
};

type Hearing = {
  readonly account: string;
  readonly service: Look['service'];
  /** Up to when it was looked at before. */
  readonly last: string | undefined;
  readonly later: () => string | undefined;
};

/** What a record is: told by an event before, told by nobody, or unreadable. Undefined: of nothing that counts. */
const hear = async (
  around: SweepingLookups,
  { account, service, last, later }: Hearing,
  record: string,
): Promise<keyof SweptLookups | undefined> => {
  try {
    const change = changeOfRecord(record, service, account);
    if (change.kind === 'NoChange') return undefined;
    const hub = { store: around.store, objects: around.objects, config: around.config };
    const refs = await seenIn(hub, change, 'lookup');
    const heard = await inBatches(refs, HINTS_AT_ONCE, async ({ ref, change: seen }) => {
      if (!(await around.looksAfter(ref))) return undefined;
      const { changes } = await around.objects.read(objectKey(ref));
      const before = changes.find(({ eventId }) => eventId === seen.eventId);
      // The last look has counted it, or was too early for it; one that was interrupted has told it alone.
      const wasCounted = last !== undefined && Date.parse(seen.at) <= Date.parse(last);
      if (before?.via === 'event') return wasCounted ? undefined : ('told' as const);
      const { isNew } = await wake(around, ref, later, seen);
      if (before?.via === 'lookup') return wasCounted ? undefined : ('missed' as const);
      return isNew ? ('missed' as const) : ('told' as const);
    });
    return heard.find((one) => one === 'told') ?? heard.find((one) => one !== undefined);
  } catch (error) {
    if (!(error instanceof EventMalformed) && !(error instanceof SyntaxError)) throw error;
    around.poisoned(record, error);
    return 'poison';
  }
};

const remembered =
  (looksAfter: SweepingLookups['looksAfter'], memory: Map<string, Promise<boolean>>): SweepingLookups['looksAfter'] =>
  (ref) => {
    const key = objectKey(ref);
    const answer = memory.get(key) ?? looksAfter(ref);
    memory.set(key, answer);
    return answer;
  };
