/** The findings: one row for each problem of an object, opened, seen again, and resolved by the judgements of that object. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { inBatches } from '../runtime/batches.ts';
import { Failure } from '../runtime/errors.ts';
import {
  type Acknowledged,
  Cause,
  FindingRow,
  type Found,
  findingId,
  type Judgement,
  remarkedRow,
  resolvedRow,
  seenRow,
} from './finding-row.ts';
import { instant, readRow } from './row.ts';
import type { Item, Table } from './table.ts';

/** The last judgement of an object, and what it left open. It lets an older judgement see that it is older, though it leaves no row of its own. */
const Judged = z.object({ at: Instant, cause: Cause, open: z.array(z.string()) });
type Judged = z.infer<typeof Judged>;

export type Kept = {
  readonly opened: readonly FindingRow[];
  readonly still: readonly FindingRow[];
  readonly resolved: readonly FindingRow[];
  /** A newer judgement of this object was kept before: nothing of this one was. */
  readonly superseded: boolean;
};

export type FindingsPage = { readonly findings: readonly FindingRow[]; readonly next?: string };

const ATTEMPTS = 5;
const AT_ONCE = 10;
/** Each judge has a last judgement of its own. */
const judgedSk = (judge: string | undefined): string => (judge === undefined ? 'JUDGED' : `JUDGED#${judge}`);
const pk = (object: string): string => `FINDING#${object}`;
const pointerKey = (id: string) => ({ pk: pk(id), sk: 'POINTER' });

export const findings = (table: Table) => {
  const read = async (object: string, judge?: string): Promise<{ rows: FindingRow[]; judged: Judged | undefined }> => {
    const stored = await table.all({ pk: pk(object) });
    const judged = stored.find(({ sk }) => sk === judgedSk(judge));
    const rows = stored.filter(({ sk }) => String(sk).startsWith('OF#'));
    return { rows: rows.map((one) => readRow(FindingRow, one)), judged: judged && readRow(Judged, judged) };
  };

  /** False when somebody else has written one of them in between. */
  const write = async (changed: readonly FindingRow[]): Promise<boolean> => {
    const written = await inBatches(changed, AT_ONCE, async (row) => {
      const isNew = row.version === 1;
      // The pointer first: one that points to nothing is harmless, a finding without one could not be asked for.
      if (isNew) await table.put({ ...pointerKey(row.id), object: row.object });
      return table.put(item(row), isNew ? 'absent' : { field: 'version', equals: row.version - 1 });
    });
    return written.every(Boolean);
  };

  /** A judgement that was being written while a newer one was kept may have left open what the newer one had found mended. */
  const yieldToNewer = async (object: string, { at, judge }: Judgement): Promise<boolean> => {
    const { rows, judged } = await read(object, judge);
    if (judged === undefined || judged.at <= at) return false;
    const leftOpen = judgedBy(rows, judge).filter(
      ({ id, state, seenAt }) => isOpen(state) && seenAt < judged.at && !judged.open.includes(id),
    );
    // Whoever else writes them writes the same.
    await write(leftOpen.map((row) => resolvedRow(row, judged)));
    return true;
  };

  const rowOf = async (object: string, id: string): Promise<FindingRow | undefined> => {
    const stored = await table.get({ pk: pk(object), sk: `OF#${id}` });
    return stored && readRow(FindingRow, stored);
  };

  /** A person's word about a finding that is open; undefined when there is none. */
  const remark = async (id: string, said: Parameters<typeof remarkedRow>[1]): Promise<FindingRow | undefined> => {
    const pointer = await table.get(pointerKey(id));
    if (pointer === undefined) return undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const row = await rowOf(String(pointer.object), id);
      if (row === undefined || !isOpen(row.state)) return undefined;
      const remarked = remarkedRow(row, said);
      if (await write([remarked])) return remarked;
    }
    throw new Failure('Conflict', `the finding ${id} was written by others ${ATTEMPTS} times in a row; try again`);
  };

  return {
    /**
     * Keeps what a judgement of an object has found: opens what is new, resolves what isn't there any more. The same judgement again gives
     * the same answer and changes nothing; one that is older than the last that was kept changes nothing either.
     * @throws Conflict
     */
    keep: async (object: string, found: readonly Found[], judgement: Judgement): Promise<Kept> => {
      const judged = { ...judgement, at: instant(judgement.at) };
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { rows } = await read(object, judged.judge);
        if (await yieldToNewer(object, judged)) return { ...NOTHING, superseded: true };
        const changed = changedBy(object, rows, found, judged);
        const open = openAfter(rows, changed);
        const last = { pk: pk(object), sk: judgedSk(judged.judge), at: judged.at, cause: judged.cause, open };
        if (!(await table.put(last, { field: 'at', notAfter: judged.at }))) continue;
        if (!(await write(changed))) continue;
        await yieldToNewer(object, judged);
        return keptOf(changed, judgedBy(rows, judged.judge), judged.at);
      }
      throw new Failure(
        'Conflict',
        `the findings of ${object} were written by others ${ATTEMPTS} times in a row; try again`,
      );
    },

    /** All findings of an object, resolved ones too, by id. */
    of: async (object: string): Promise<FindingRow[]> => (await read(object)).rows,

    /** The finding with this id, or undefined when there never was one. */
    get: async (id: string): Promise<FindingRow | undefined> => {
      const pointer = await table.get(pointerKey(id));
      return pointer && rowOf(String(pointer.object), id);
    },

    /**
     * Somebody has seen it and takes care of it, until it is resolved. Answers the finding; undefined when none of this id is open.
     * @throws Conflict
     */
    acknowledge: (id: string, { at, ...said }: Acknowledged): Promise<FindingRow | undefined> =>
      remark(id, { acknowledged: { ...said, at: instant(at) } }),

    /** An exception allows it until an instant. Answers the finding; undefined when none of this id is open. @throws Conflict */
    suppress: (id: string, until: string): Promise<FindingRow | undefined> =>
      remark(id, { suppressedUntil: instant(until) }),

    /** A page of the open ones, those opened last first. Read from an index: a second old at times. */
    listOpen: async (options: { limit?: number; cursor?: string } = {}): Promise<FindingsPage> => {
      const range = { index: 'byTime', pk: 'FINDING#open', newestFirst: true } as const;
      const { items, next } = await table.page(range, options.limit ?? 50, options.cursor);
      return { findings: items.map((one) => readRow(FindingRow, one)), ...(next === undefined ? {} : { next }) };
    },

    /** Those that were resolved at this instant or later, the last first. Read from an index: a second old at times. */
    resolvedSince: async (since: string): Promise<FindingRow[]> => {
      const range = { index: 'byTime', pk: 'FINDING#resolved', newestFirst: true } as const;
      const recent: FindingRow[] = [];
      let cursor: string | undefined;
      do {
        const { items, next } = await table.page(range, 50, cursor);
        const rows = items.map((one) => readRow(FindingRow, one));
        const late = rows.filter(({ resolvedAt = '' }) => resolvedAt >= instant(since));
        recent.push(...late);
        cursor = late.length < rows.length ? undefined : next;
      } while (cursor !== undefined);
      return recent;
    },
  };
};

const NOTHING = { opened: [], still: [], resolved: [], superseded: false };

const isOpen = (state: FindingRow['state']): boolean => state === 'open';

const judgedBy = (rows: readonly FindingRow[], judge: string | undefined): readonly FindingRow[] =>
  rows.filter((row) => row.judge === judge);

/** The rows as they are to be written. */
const changedBy = (
  object: string,
  rows: readonly FindingRow[],
  found: readonly Found[],
  judged: Judgement,
): FindingRow[] => {
  const known = new Map(rows.map((row) => [row.id, row]));
  // Two findings of one reason and subject are one problem; the first, which is the worst, speaks for it.
  const byId = new Map(found.map((one) => [findingId(object, one), one] as const).reverse());
  const seen = [...byId].map(([id, one]) => seenRow(object, one, known.get(id), judged));
  const isUnread = (subject: string | undefined): boolean => judged.unread?.some((each) => each === subject) === true;
  const mended = judged.complete
    ? judgedBy(rows, judged.judge).filter(
        ({ id, state, subject }) => isOpen(state) && !byId.has(id) && !isUnread(subject),
      )
    : [];
  return [...seen, ...mended.map((row) => resolvedRow(row, judged))];
};

const openAfter = (rows: readonly FindingRow[], changed: readonly FindingRow[]): string[] => {
  const after = new Map([...rows, ...changed].map(({ id, state }) => [id, state]));
  return [...after].flatMap(([id, state]) => (isOpen(state) ? [id] : [])).sort();
};

/** By the instants in the rows, not by what this attempt wrote: a run that crashed half-way and runs again says the same. */
const keptOf = (changed: readonly FindingRow[], before: readonly FindingRow[], at: string): Kept => {
  const open = changed.filter(({ state }) => isOpen(state));
  const resolvedBefore = before.filter(({ state, resolvedAt }) => !isOpen(state) && resolvedAt === at);
  const changedIds = new Set(changed.map(({ id }) => id));
  return {
    opened: open.filter(({ openedAt }) => openedAt === at),
    still: open.filter(({ openedAt }) => openedAt !== at),
    resolved: [
      ...changed.filter(({ state }) => !isOpen(state)),
      ...resolvedBefore.filter(({ id }) => !changedIds.has(id)),
    ],
    superseded: false,
  };
};

const item = (row: FindingRow): Item => ({
  pk: pk(row.object),
  sk: `OF#${row.id}`,
  ...row,
  // Sparse by state: what is open is listed apart from what is not.
  gsiTimePk: `FINDING#${row.state}`,
  gsiTimeSk: `${row.state === 'open' ? row.openedAt : (row.resolvedAt ?? row.seenAt)}#${row.id}`,
});
