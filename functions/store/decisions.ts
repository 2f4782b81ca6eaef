/** The decisions about objects, each with the text of what it was made from: written once, for replay. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { inBatches } from '../runtime/batches.ts';
import { fitting, instant, readRow } from './row.ts';
import type { Table } from './table.ts';
import { keepText, readText, TextRef } from './texts.ts';

/** What the store has to see of a decision. The whole of it is a floor above: its schema is handed in by who keeps it. */
export type KeptDecision = { readonly id: string; readonly at: string; readonly eventIds: readonly string[] };

const DecisionRow = z.object({ decision: z.string(), snapshot: TextRef, snapshotKey: z.string() });

const DAY = 24 * 3600;
/** As far back as CloudTrail can be asked. */
const KEPT_SECONDS = 90 * DAY;
/** Texts of one such span expire together, so that decisions share them. */
const SHARED_SECONDS = 30 * DAY;
/** A partition of an index takes 1,000 writes a second; a burst over 15,000 objects is spread. */
const SHARDS = 8;
const PAGE = 50;
const AT_ONCE = 10;

const pkOf = (id: string): string => `DECISION#${id}`;
const eventPk = (eventId: string): string => `DECISION#event#${eventId}`;

/** @example const decisions = openStore(client).decisions(Decision); */
export const decisions = <Decision extends KeptDecision>(table: Table, schema: z.ZodType<Decision>) => {
  const decisionIn = (id: string, row: z.infer<typeof DecisionRow>): Decision =>
    fitting(schema, `the decision ${id}`, JSON.parse(row.decision));

  const rowOf = async (id: string) => {
    const stored = await table.get({ pk: pkOf(id), sk: 'DECISION' });
    return stored && readRow(DecisionRow, stored);
  };

  const get = async (id: string): Promise<Decision | undefined> => {
    const row = await rowOf(id);
    return row && decisionIn(id, row);
  };

  return {
    /** Keeps a decision for 90 days; false when one of its id was kept before. The snapshot's text is written once, however many were made from it. */
    keep: async (decision: Decision, snapshot: string): Promise<boolean> => {
      const { id, eventIds } = decision;
      const at = instant(decision.at);
      const expiresAt = Math.floor(Date.parse(at) / 1000) + KEPT_SECONDS;
      const snapshotKey = `SNAPSHOT#${createHash('sha256').update(snapshot).digest('hex')}`;
      // The text first: whoever has the row can read it, also on the row's last day.
      const text = await keepText(table, snapshotKey, snapshot, { expiresAt: sharedEnd(expiresAt) });
      // Then the events: a pointer to nothing is harmless, a decision without one could not be found.
      await inBatches([...new Set(eventIds)], AT_ONCE, (eventId) =>
        table.put({ pk: eventPk(eventId), sk: `${at}#${id}`, id, expiresAt }),
      );
      return table.put(
        {
          pk: pkOf(id),
          sk: 'DECISION',
          decision: JSON.stringify(decision),
          snapshot: text,
          snapshotKey,
          expiresAt,
          gsiTimePk: shardPk(shardOf(id)),
          gsiTimeSk: `${at}#${id}`,
        },
        'absent',
      );
    },

    get,

    /** Those that were made on an event, in the order of time. */
    ofEvent: async (eventId: string): Promise<Decision[]> => {
      const pointers = await table.all({ pk: eventPk(eventId) });
      const found = await inBatches(pointers, AT_ONCE, ({ id }) => get(String(id)));
      return found.flatMap((decision) => decision ?? []);
    },

    /** Those from an instant on, in the order of time, page by page as they are asked for. Read from an index: a second old at times. */
    since: async function* (from: string): AsyncGenerator<Decision, void, undefined> {
      const shards = await Promise.all(
        Array.from({ length: SHARDS }, async (_, shard) => {
          const rows = shardSince(table, shard, instant(from));
          return { rows, head: await rows.next() };
        }),
      );
      for (;;) {
        const [first] = shards
          .flatMap((shard) => (shard.head.done === true ? [] : [{ shard, row: shard.head.value }]))
          .toSorted((a, b) => (a.row.order < b.row.order ? -1 : 1));
        if (first === undefined) return;
        yield decisionIn(first.row.order, readRow(DecisionRow, first.row.stored));
        first.shard.head = await first.shard.rows.next();
      }
    },

    /** What it was made from, as it was handed to `keep`; undefined when there is no such decision. @throws RowMalformed when a piece is missing */
    snapshot: async ({ id }: Pick<KeptDecision, 'id'>): Promise<string | undefined> => {
      const row = await rowOf(id);
      return row && readText(table, row.snapshotKey, row.snapshot);
    },
  };
};

async function* shardSince(table: Table, shard: number, from: string) {
  let cursor: string | undefined;
  do {
    const { items, next } = await table.page({ index: 'byTime', pk: shardPk(shard), from }, PAGE, cursor);
    for (const stored of items) yield { order: String(stored.gsiTimeSk), stored };
    cursor = next;
  } while (cursor !== undefined);
}

const shardPk = (shard: number): string => `DECISION#${shard}`;

const shardOf = (id: string): number => (createHash('sha256').update(id).digest()[0] ?? 0) % SHARDS;

/** The end of the span of 30 days in which an instant lies (epoch seconds). */
const sharedEnd = (expiresAt: number): number => Math.ceil(expiresAt / SHARED_SECONDS) * SHARED_SECONDS;
