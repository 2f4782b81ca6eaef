/** Leases on roles: one execution at a time reads a role, changes it and writes it back, since IAM has no ETag and shows the past for seconds. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

const Written = z.object({ digest: z.string(), at: Instant });
/** A document that we wrote: who reads another one soon after may be reading the past. */
export type Written = z.infer<typeof Written>;

const LeaseRow = z.object({
  /** Who has it, and until when; neither, when it was given back. */
  holder: z.string().optional(),
  until: Instant.optional(),
  lastWritten: Written.optional(),
  version: z.int(),
});
type LeaseRow = z.infer<typeof LeaseRow>;

export type Acquired =
  | { readonly outcome: 'granted'; readonly lastWritten?: Written }
  | { readonly outcome: 'held'; readonly by: string; readonly until: string };

const key = (roleArn: string) => ({ pk: `LEASE#${roleArn}`, sk: 'STATE' });

export const leases = (table: Table) => {
  const read = async (roleArn: string): Promise<LeaseRow | undefined> => {
    const stored = await table.get(key(roleArn));
    return stored && readRow(LeaseRow, stored);
  };
  const write = (roleArn: string, row: Omit<LeaseRow, 'version'>, before: LeaseRow | undefined): Promise<boolean> =>
    table.put(
      { ...key(roleArn), ...row, version: (before?.version ?? 0) + 1 },
      before === undefined ? 'absent' : { field: 'version', equals: before.version },
    );

  return {
    /**
     * Takes the lease on a role for so many seconds, which must outlast the writer's timeout. One that has run out counts as free; who has
     * it already gets it anew. Granted, it says which document was written last.
     */
    acquire: async (roleArn: string, holder: string, now: Date, seconds: number): Promise<Acquired> => {
      const row = await read(roleArn);
      const other = otherHolder(row, holder, now);
      if (other !== undefined) return other;
      const lastWritten = row?.lastWritten === undefined ? {} : { lastWritten: row.lastWritten };
      const until = new Date(now.getTime() + seconds * 1000).toISOString();
      if (await write(roleArn, { holder, until, ...lastWritten }, row)) return { outcome: 'granted', ...lastWritten };
      // Somebody was quicker; with whom it is now, a later try will find out.
      const after = await read(roleArn);
      return otherHolder(after, holder, now) ?? { outcome: 'held', by: 'another execution', until: instant(now) };
    },

    /** Gives it back, with the document that was written under it; false when somebody else has it by now, and then nothing is changed. */
    release: async (roleArn: string, holder: string, written?: Written): Promise<boolean> => {
      const row = await read(roleArn);
      if (row?.holder !== holder) return false;
      const lastWritten = written === undefined ? row.lastWritten : { ...written, at: instant(written.at) };
      return write(roleArn, lastWritten === undefined ? {} : { lastWritten }, row);
    },

    /** Who has the lease at an instant; undefined when it is free. */
    holder: async (roleArn: string, now: Date): Promise<string | undefined> => {
      const row = await read(roleArn);
      return row?.until !== undefined && Date.parse(row.until) > now.getTime() ? row.holder : undefined;
    },

    /** The document that was last written under a lease. */
    lastWritten: async (roleArn: string): Promise<Written | undefined> => (await read(roleArn))?.lastWritten,
  };
};

const otherHolder = (row: LeaseRow | undefined, holder: string, now: Date): Acquired | undefined => {
  if (row?.holder === undefined || row.until === undefined || row.holder === holder) return undefined;
  return Date.parse(row.until) > now.getTime() ? { outcome: 'held', by: row.holder, until: row.until } : undefined;
};
