/** Putting our own events on the bus `podid-events`. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { LIFECYCLE_SOURCE, type LifecycleEvent } from '../lifecycle.ts';
import { LIFECYCLE_BUS } from '../names.ts';
import { failureOf } from './aws-failures.ts';
import { inBatches } from './batches.ts';
import type { Surroundings } from './entry.ts';

let client: EventBridgeClient | undefined;

/** "Entries: maximum number of 10 items" (EventBridge API, PutEvents). */
const MOST_ENTRIES = 10;

/**
 * Tells the events, at least once each. They are told after what they tell of is on record: one that the bus doesn't take
 * is logged and counted, and undoes nothing.
 */
export const tellWorld =
  ({ log, count }: Pick<Surroundings, 'log' | 'count'>) =>
  async (events: readonly LifecycleEvent[]): Promise<void> => {
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
        if (FailedEntryCount > 0) lost(FailedEntryCount);
      } catch (error) {
        lost(lot.length, failureOf(`telling ${LIFECYCLE_BUS}`, error));
      }
    });

    function lost(events: number, error?: Error): void {
      log.error('lifecycle events were not taken by the bus', { events, ...(error && { error }) });
      count('LifecycleEventLost');
    }
  };
