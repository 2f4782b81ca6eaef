/** Exceptions that people record beside those of the configuration: what may differ by somebody's leave, until a day. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { Exception } from '../drift-settings.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

export const ExceptionRow = Exception.extend({
  /** Who recorded it, and when. */
  by: z.string().min(1),
  at: Instant,
  /** Before its day. */
  ended: z.object({ by: z.string().min(1), at: Instant }).optional(),
}).strip();
export type ExceptionRow = z.infer<typeof ExceptionRow>;

const PK = 'EXCEPTION';
/** Who asks why something differed looks it up long after. */
const KEPT_SECONDS = 400 * 24 * 3600;

export const exceptions = (table: Table) => {
  const get = async (id: string): Promise<ExceptionRow | undefined> => {
    const stored = await table.get({ pk: PK, sk: id });
    return stored && readRow(ExceptionRow, stored);
  };
  const write = (row: ExceptionRow, only: Parameters<Table['put']>[1]): Promise<boolean> =>
    table.put({ pk: PK, sk: row.id, ...row, expiresAt: Math.ceil(Date.parse(row.until) / 1000) + KEPT_SECONDS }, only);

  return {
    /** Records one; false when there is one of this id. */
    put: (row: Omit<ExceptionRow, 'ended'>): Promise<boolean> =>
      write({ ...row, at: instant(row.at), until: instant(row.until) }, 'absent'),

    /** The exception, ended or not; undefined when nobody recorded one of this id. */
    get,

    /** Ends it before its day; false when there is none, or it had an end already. */
    end: async (id: string, by: string, at: string): Promise<boolean> => {
      const row = await get(id);
      if (row === undefined || row.ended !== undefined) return false;
      // Nothing else of it ever changes: who ends it at the same time ends it, too.
      return write({ ...row, ended: { by, at: instant(at) } }, { field: 'at', equals: row.at });
    },

    /** All that were recorded, by id. */
    list: async (): Promise<ExceptionRow[]> => {
      const stored = await table.all({ pk: PK });
      return stored.map((one) => readRow(ExceptionRow, one));
    },

    /** Those under which things may differ at an instant, by id. */
    inForce: async (now: string): Promise<Exception[]> => {
      const stored = await table.all({ pk: PK });
      const rows = stored.map((one) => readRow(ExceptionRow, one));
      return rows
        .filter(({ until, ended }) => ended === undefined && Date.parse(now) < Date.parse(until))
        .map(({ by: _by, at: _at, ended: _ended, ...exception }) => exception);
    },
  };
};
