/** What is due later, as rows by their time: no machine waits for it, and a lost timer costs minutes. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Instant } from '../association.ts';
import { inBatches } from '../runtime/batches.ts';
import { Failure } from '../runtime/errors.ts';
import { instant, readRow } from './row.ts';
import type { Item, Table } from './table.ts';

/** Something that is due of a grant. It is a hint: whether it is still so, the grant says. */
export type Due = {
  readonly due: 'lapse' | 'warn' | 'expire';
  readonly at: string;
  readonly grantId: string;
  readonly version: number;
  /** The end that it is for. */
  readonly expireAt?: string;
};

export type DuePage = { readonly rows: readonly Due[]; readonly next?: string };

const DueState = z.object({
  due: z.enum(['lapse', 'warn', 'expire']),
  at: Instant,
  grantId: z.string(),
  version: z.int().min(1),
  expireAt: Instant.optional(),
  /** `done` is for good; `void` is not due any more, and may be again. */
  state: z.enum(['open', 'done', 'void']),
  /** The grant's revision that it is by: an older one doesn't change it. */
  revision: z.int(),
  /** Raised with each write; guards read-modify-write. */
  rowVersion: z.int(),
});
type DueState = z.infer<typeof DueState>;
type DueFields = Pick<DueState, 'due' | 'at' | 'grantId' | 'version' | 'expireAt'>;

/** A partition of an index takes 1,000 writes a second; some hundreds of grants that are asked for at once stay far below, and are read apart. */
const SHARDS = 8;
const ATTEMPTS = 5;
const AT_ONCE = 10;
/** How long it is known that something was done: longer than any of it is tried again. */
const KEPT_SECONDS = 30 * 24 * 3600;

export const due = (table: Table) => {
  const of = async (grantId: string): Promise<DueState[]> => {
    const stored = await table.all({ pk: pkOf(grantId) });
    return stored.map((one) => readRow(DueState, one));
  };
  const write = (row: DueState): Promise<boolean> =>
    table.put(item(row), row.rowVersion === 1 ? 'absent' : { field: 'rowVersion', equals: row.rowVersion - 1 });
  const again = async (grantId: string, once: () => Promise<boolean>): Promise<void> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) if (await once()) return;
    throw new Failure(
      'Conflict',
      `what is due of the grant ${grantId} was written by others ${ATTEMPTS} times in a row; try again`,
    );
  };

  return {
    /**
     * Makes these the rows of a grant, as it is at `revision` (`at`s in any offset): what isn't among them is void. What was done stays
     * done, and what a newer revision has written stays as it is. The same again changes nothing.
     * @throws Conflict
     */
    replace: (grantId: string, rows: readonly Due[], revision: number): Promise<void> =>
      again(grantId, async () => {
        const wanted = new Map(rows.map((row) => normal(row)).map((row) => [skOf(row), row]));
        const known = new Map((await of(grantId)).map((row) => [skOf(row), row]));
        const added = [...wanted].flatMap(([sk, row]) =>
          known.has(sk) ? [] : [{ ...row, state: 'open' as const, revision, rowVersion: 1 }],
        );
        const changed = [...known].flatMap(([sk, row]): DueState[] => {
          if (row.state === 'done' || row.revision > revision) return [];
          const state = wanted.has(sk) ? 'open' : 'void';
          if (row.state === state && row.revision === revision) return [];
          return [{ ...row, state, revision, rowVersion: row.rowVersion + 1 }];
        });
        return (await inBatches([...added, ...changed], AT_ONCE, write)).every(Boolean);
      }),

    /**
     * A page of what has come due by an instant, and isn't done: one part of the table after the other, and in each by time. A page can have
     * no rows and a `next` all the same. Read from an index: a second old at times, so a row that was just done may come again.
     */
    until: async (now: string, options: { limit?: number; cursor?: string } = {}): Promise<DuePage> => {
      const { shard, inner } = readCursor(options.cursor);
      // An upper bound just after the instant: what is due at it is due.
      const range = { index: 'due', pk: shardPk(shard), upTo: `${instant(now)}~` } as const;
      const { items, next } = await table.page(range, options.limit ?? 50, inner);
      const rows = items.map((one) => normal(readRow(DueState, one)));
      if (next !== undefined) return { rows, next: `${shard}.${next}` };
      return { rows, ...(shard + 1 < SHARDS && { next: `${shard + 1}.` }) };
    },

    /** Notes that it was done, for good. @throws Conflict */
    done: (row: Due): Promise<void> =>
      again(row.grantId, async () => {
        const stored = await table.get({ pk: pkOf(row.grantId), sk: skOf(normal(row)) });
        const known = stored && readRow(DueState, stored);
        if (known === undefined || known.state === 'done') return true;
        return write({ ...known, state: 'done', rowVersion: known.rowVersion + 1 });
      }),
  };
};

const pkOf = (grantId: string): string => `DUE#${grantId}`;
const skOf = ({ due: what, at, version, expireAt }: DueFields): string => `${what}#${at}#${version}#${expireAt ?? ''}`;
const shardPk = (shard: number): string => `DUE#shard#${shard}`;
const shardOf = (grantId: string): number => createHash('sha256').update(grantId).digest().readUInt8(0) % SHARDS;

const normal = ({ due: what, at, grantId, version, expireAt }: DueFields): Due => ({
  due: what,
  at: instant(at),
  grantId,
  version,
  ...(expireAt !== undefined && { expireAt: instant(expireAt) }),
});

/** Only what is open is in the index. */
const item = (row: DueState): Item => ({
  pk: pkOf(row.grantId),
  sk: skOf(row),
  ...row,
  ...(row.state === 'open'
    ? { duePk: shardPk(shardOf(row.grantId)), dueSk: `${row.at}#${row.grantId}#${row.due}` }
    : { expiresAt: Math.floor(Date.parse(row.at) / 1000) + KEPT_SECONDS }),
});

const readCursor = (cursor = '0.'): { readonly shard: number; readonly inner?: string } => {
  const [, shard, inner] = /^(\d)\.(.*)$/.exec(cursor) ?? [];
  if (shard === undefined || Number(shard) >= SHARDS) {
    throw new Failure('InputMalformed', 'the cursor is not one that a page before has given; begin without one');
  }
  return { shard: Number(shard), ...(inner !== undefined && inner !== '' && { inner }) };
};
