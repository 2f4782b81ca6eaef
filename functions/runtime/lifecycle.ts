/** Telling the world: our own events kept in the hub's table, and put on the bus `podid-events`. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { LIFECYCLE_SOURCE, type LifecycleEvent } from '../lifecycle.ts';
import { LIFECYCLE_BUS } from '../names.ts';
import { type Store, theStore } from '../store/index.ts';
import { failureOf } from './aws-failures.ts';
import { inBatches } from './batches.ts';
import type { Surroundings } from './entry.ts';

let client: EventBridgeClient | undefined;

/** "Entries: maximum number of 10 items" (EventBridge API, PutEvents). */
const MOST_ENTRIES = 10;

/**
 * Tells the events, at least once each: those who ask later read them in the table (`GET /events`), since the bus keeps
 * nothing. They are told after what they tell of is on record: one that can't be told is logged and counted, and undoes
 * nothing.
 */
export const tellWorld =
  (
    { log, count }: Pick<Surroundings, 'count'> & { readonly log: Pick<Surroundings['log'], 'error'> },
    told: () => Pick<Store['told'], 'keep'> = () => theStore().told,
  ) =>
  async (events: readonly LifecycleEvent[]): Promise<void> => {
    if (events.length === 0) return;
    try {
      await told().keep(events);
    } catch (error) {
      lost('LifecycleEventNotKept', events.length, error);
    }
    client ??= new EventBridgeClient({ maxAttempts: 4 });
    const bus = client;
    const lots = Array.from({ length: Math.ceil(events.length / MOST_ENTRIES) }, (_, lot) =>
      events.slice(lot * MOST_ENTRIES, (lot + 1) * MOST_ENTRIES),
    );
    await inBatches(lots, 1, async (lot) => {
      const entries = lot.map(({ kind, detail }) => ({
        EventBusName: LIFECYCLE_BUS,
        Source: LIFECYCLE_SOURCE,
        DetailType: kind,
        Detail: JSON.stringify(detail),
        Time: new Date(detail.at),
      }));
      try {
        const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: entries }));
        if (FailedEntryCount > 0) lost('LifecycleEventLost', FailedEntryCount);
      } catch (error) {
        lost('LifecycleEventLost', lot.length, failureOf(`telling ${LIFECYCLE_BUS}`, error));
      }
    });

    function lost(metric: 'LifecycleEventLost' | 'LifecycleEventNotKept', events: number, error?: unknown): void {
      const why = error === undefined ? undefined : error instanceof Error ? error : String(error);
      log.error('lifecycle events could not be told', { metric, events, ...(why !== undefined && { error: why }) });
      count(metric);
    }
  };
