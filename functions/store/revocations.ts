/** One row a revocation: who may run it is decided by who could write it first. */
import { identityKey, type WorkloadIdentity } from '../identity.ts';
import type { Outcome, Revocation } from '../revocation.ts';
import { Failure } from '../runtime/errors.ts';
import { RevocationRow } from './revocation-row.ts';
import { instant, readRow } from './row.ts';
import type { Item, Table } from './table.ts';

const key = (id: string) => ({ pk: `REVOCATION#${id}`, sk: 'STATE' });

export type Listing = { readonly revocations: readonly RevocationRow[]; readonly next?: string };

export const revocations = (table: Table) => {
  const get = async (id: string): Promise<RevocationRow | undefined> => {
    const stored = await table.get(key(id));
    return stored && readRow(RevocationRow, stored);
  };

  return {
    /** True for the one caller who may start it; false when the row is there already. */
    elect: async (revocation: Revocation, at: string): Promise<boolean> => {
      // The pointer first: one that points to nothing is skipped, a running revocation without one would not be found.
      await table.put({ ...pointer(revocation), id: revocation.id });
      return table.put(item({ revocation, status: 'running', startedAt: instant(at) }), 'absent');
    },

    get,

    /** A page of them by the time of their cause, newest first unless told otherwise. Read from an index: a second old at times. */
    list: async (options: { limit?: number; cursor?: string; oldestFirst?: boolean } = {}): Promise<Listing> => {
      const range = { index: 'byTime', pk: 'REVOCATION', newestFirst: options.oldestFirst !== true } as const;
      const { items, next } = await table.page(range, options.limit ?? 50, options.cursor);
      return {
        revocations: items.map((one) => readRow(RevocationRow, one)),
        ...(next === undefined ? {} : { next }),
      };
    },

    /** Writes how it ended, keeping what was there; false when it had ended before: the first word stands. @throws NotFound */
    finish: async (id: string, end: { endedAt: string; outcome: Outcome; story: unknown }): Promise<boolean> => {
      const row = await get(id);
      if (row === undefined) throw new Failure('NotFound', `there is no revocation ${id} to finish`);
      const ended = { ...row, ...end, endedAt: instant(end.endedAt), status: 'ended' } as const;
      return table.put(item(ended), { field: 'status', equals: 'running' });
    },

    /** The newest of one identity; undefined when it never lost anything. */
    newestFor: async (identity: WorkloadIdentity): Promise<RevocationRow | undefined> => {
      const { items } = await table.page({ pk: pointersPk(identity), newestFirst: true }, 1);
      return items[0] && get(String(items[0].id));
    },

    /** Those of one identity that have not ended, newest first. */
    runningFor: async (identity: WorkloadIdentity): Promise<RevocationRow[]> => {
      const pointers = await table.page({ pk: pointersPk(identity), newestFirst: true }, RECENT);
      const rows = await Promise.all(pointers.items.map((one) => get(String(one.id))));
      return rows.filter((row) => row !== undefined).filter((row) => row.status === 'running');
    },
  };
};

// A revocation ends within hours; nobody loses an association so often in that time.
const RECENT = 25;

const pointersPk = (identity: WorkloadIdentity): string => `REVOCATION#of#${identityKey(identity)}`;

const pointer = ({ identity, since, id }: Revocation) => ({
  pk: pointersPk(identity),
  sk: `${instant(since)}#${id}`,
});

const item = (row: RevocationRow): Item => ({
  ...key(row.revocation.id),
  ...row,
  gsiTimePk: 'REVOCATION',
  gsiTimeSk: `${instant(row.revocation.since)}#${row.revocation.id}`,
});
