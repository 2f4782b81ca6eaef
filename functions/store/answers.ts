/** What callers were answered under an Idempotency-Key: the same request again gets the same answer, and does nothing again. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Instant } from '../association.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';
import { keepText, readText, TextRef } from './texts.ts';

/** `body` as it was sent; `headers` are those that belong to it, such as ETag and Location. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A request, by whose it is, the key that they gave it, and a hash of everything in it that matters. */
export type KeyedRequest = { readonly caller: string; readonly key: string; readonly requestHash: string };

/**
 * - `begin`: nobody has done it: do it, and `finish`. `token` says that it is this run's.
 * - `in-progress`: somebody is at it: ask again later.
 * - `answered`: the answer of then.
 * - `conflict`: the key was used for another request.
 */
export type Asked =
  | { readonly outcome: 'begin'; readonly token: number }
  | { readonly outcome: 'in-progress' | 'conflict' }
  | { readonly outcome: 'answered'; readonly answer: Answer };

const AnswerRow = z.object({
  requestHash: z.string(),
  begunAt: Instant,
  /** The run came to nothing, and the request may be done again at once. */
  givenBack: z.literal(true).optional(),
  answer: z.object({ status: z.int(), headers: z.record(z.string(), z.string()), body: TextRef }).optional(),
  /** Raised with each write; guards read-modify-write. */
  version: z.int(),
});
type AnswerRow = z.infer<typeof AnswerRow>;

/** A row is void after this, whether or not DynamoDB has come round to removing it: "typically within a few days" (its guide, TTL). */
const KEPT_SECONDS = 24 * 3600;
/** API Gateway gives up after 30 s: a run that has not finished in a minute has crashed, and the request may be done again. */
const AT_MOST_SECONDS = 60;

const pkOf = ({ caller, key }: KeyedRequest): string =>
  `ANSWER#${createHash('sha256')
    .update(JSON.stringify([caller, key]))
    .digest('hex')}`;

export const answers = (table: Table) => {
  const read = async (pk: string): Promise<AnswerRow | undefined> => {
    const stored = await table.get({ pk, sk: 'STATE' });
    return stored && readRow(AnswerRow, stored);
  };
  const write = (pk: string, row: AnswerRow): Promise<boolean> =>
    table.put(
      { pk, sk: 'STATE', ...row, expiresAt: expiryOf(row.begunAt) },
      row.version === 1 ? 'absent' : { field: 'version', equals: row.version - 1 },
    );

  return {
    /** What to do with a request. Of several that come at once, one begins. */
    ask: async (request: KeyedRequest, now: Date): Promise<Asked> => {
      const pk = pkOf(request);
      const row = await read(pk);
      const age = row === undefined ? Number.POSITIVE_INFINITY : (now.getTime() - Date.parse(row.begunAt)) / 1000;
      if (row !== undefined && age < KEPT_SECONDS) {
        if (row.requestHash !== request.requestHash) return { outcome: 'conflict' };
        if (row.answer !== undefined) {
          const body = await readText(table, pk, row.answer.body);
          return { outcome: 'answered', answer: { ...row.answer, body } };
        }
        if (age < AT_MOST_SECONDS && row.givenBack === undefined) return { outcome: 'in-progress' };
      }
      const token = (row?.version ?? 0) + 1;
      const begun = { requestHash: request.requestHash, begunAt: instant(now), version: token };
      return (await write(pk, begun)) ? { outcome: 'begin', token } : { outcome: 'in-progress' };
    },

    /**
     * Gives the key back after a run that has failed on our side; false when another run has taken its place. It stays that of this
     * request, since part of it may be done: with another body it is refused as before.
     */
    giveBack: async (request: KeyedRequest, token: number): Promise<boolean> => {
      const pk = pkOf(request);
      const row = await read(pk);
      if (row === undefined || row.version !== token) return false;
      return write(pk, { ...row, givenBack: true, version: token + 1 });
    },

    /** Keeps the answer of the run that has begun with this token; false when another run has taken its place. */
    finish: async (request: KeyedRequest, token: number, answer: Answer): Promise<boolean> => {
      const pk = pkOf(request);
      const row = await read(pk);
      if (row === undefined || row.version !== token) return false;
      const body = await keepText(table, pk, answer.body, { expiresAt: expiryOf(row.begunAt) });
      return write(pk, { ...row, answer: { ...answer, body }, version: token + 1 });
    },
  };
};

/** In epoch seconds, as DynamoDB wants it. */
const expiryOf = (begunAt: string): number => Math.floor(Date.parse(begunAt) / 1000) + KEPT_SECONDS;
