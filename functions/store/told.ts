/** What was told to the world, kept for those who come later: an event bus can't be read back. In the order of time. */
import * as z from 'zod';
import { FindingDetail, GrantDetail, type LifecycleEvent, LifecycleKind } from '../lifecycle.ts';
import { inBatches } from '../runtime/batches.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

/** One partition, so that they are read in their order: it takes 1,000 rows a second, and IAM's rates allow a tenth of that many grants. */
const PK = 'TOLD#ALL';
const KEPT_SECONDS = 90 * 24 * 3600;
const AT_ONCE = 10;

const ToldRow = z.object({ kind: LifecycleKind, detail: z.union([GrantDetail, FindingDetail]) });

export type ToldPage = { readonly events: readonly LifecycleEvent[]; readonly next?: string };

export const told = (table: Table) => ({
  /** Keeps events for 90 days. The same event again changes nothing. */
  keep: async (events: readonly LifecycleEvent[]): Promise<void> => {
    await inBatches(events, AT_ONCE, ({ kind, detail }) =>
      table.put(
        {
          pk: PK,
          sk: `${instant(detail.at)}#${detail.id}`,
          kind,
          detail,
          expiresAt: Math.floor(Date.parse(detail.at) / 1000) + KEPT_SECONDS,
        },
        'absent',
      ),
    );
  },

  /**
   * A page of those that happened at an instant or after it, the oldest first. What happened earlier may be kept later than
   * something that happened after it: who follows reads a little again.
   */
  since: async (at: string, options: { limit?: number; cursor?: string } = {}): Promise<ToldPage> => {
    const { items, next } = await table.page({ pk: PK, from: instant(at) }, options.limit ?? 50, options.cursor);
    return { events: items.map((one) => readRow(ToldRow, one)), ...(next === undefined ? {} : { next }) };
  },
});
