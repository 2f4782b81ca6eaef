/** Texts that may be too long for a row (400 kB): kept in pieces under the hash of what they say, so that they are written once and never change. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { inBatches } from '../runtime/batches.ts';
import { Failure } from '../runtime/errors.ts';
import type { Stored, Table } from './table.ts';

/** Where a text is, within its partition. Whoever has one can read the text: the pieces are written before it is handed out. */
export const TextRef = z.object({ digest: z.string(), pieces: z.int().min(1) });
export type TextRef = z.infer<typeof TextRef>;

/** In UTF-16 units, of which each is at most 3 bytes of UTF-8: a row stays below 300 kB. */
const PIECE = 90_000;
const AT_ONCE = 10;

/** The sort keys of all pieces of all texts begin with this. */
export const TEXTS = 'TEXT#';
const sk = (digest: string, index: number): string => `${TEXTS}${digest}#${index}`;

/** Writes a text's pieces, unless they are there. `more`: what else the rows bear, such as `expiresAt`. */
export const keepText = async (
  table: Table,
  pk: string,
  text: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<TextRef> => {
  const pieces = piecesOf(text);
  // With what else the rows bear: a text that is to expire is not the same row as one that stays.
  const hash = createHash('sha256').update(text).update(JSON.stringify(more));
  const digest = hash.digest('hex').slice(0, 32);
  await inBatches([...pieces.entries()], AT_ONCE, ([index, piece]) =>
    table.put({ pk, sk: sk(digest, index), piece, ...more }, 'absent'),
  );
  return { digest, pieces: pieces.length };
};

/** The texts among rows of one partition. @returns undefined for a text of which a piece is missing */
export const textsIn = (rows: readonly Stored[]) => {
  const byKey = new Map(rows.map((row) => [String(row.sk), row.piece]));
  return ({ digest, pieces }: TextRef): string | undefined => {
    const found = Array.from({ length: pieces }, (_, index) => byKey.get(sk(digest, index)));
    return found.every((piece) => typeof piece === 'string') ? found.join('') : undefined;
  };
};

/** One text. @throws RowMalformed when a piece of it is missing */
export const readText = async (table: Table, pk: string, ref: TextRef): Promise<string> => {
  const rows = await table.all({ pk, prefix: `${TEXTS}${ref.digest}#` });
  const text = textsIn(rows)(ref);
  if (text === undefined) throw new Failure('RowMalformed', `a piece of the text ${ref.digest} of ${pk} is missing`);
  return text;
};

/** At least one piece; a character of two units is never cut in two, since each half would be lost in UTF-8. */
const piecesOf = (text: string): string[] => {
  const pieces: string[] = [];
  let from = 0;
  do {
    const end = Math.min(from + PIECE, text.length);
    const to = end < text.length && isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
    pieces.push(text.slice(from, to));
    from = to;
  } while (from < text.length);
  return pieces;
};

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
