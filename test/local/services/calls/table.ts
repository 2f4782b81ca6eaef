/** The tables of calls: what each supported operation is asked here, and what it must answer. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One call. Texts may hold `${name.path}`: what stage.ts offers, and what earlier calls saved. */
export type Call = {
  /** `iam:CreateRole`. */
  readonly call: string;
  readonly input?: object;
  /** The name under which its answer is kept. */
  readonly saves?: string;
  /** Wait until what it set off is done. */
  readonly settles?: true;
};

export type Case = {
  /** Why it is here, in the table's words. */
  readonly case: string;
  readonly input?: object;
  readonly saves?: string;
  /** What the answer must at least have; `~` begins a regular expression, `$contains` a list's part. */
  readonly answers?: unknown;
  /** The error's name for an SDK, and a part of its message. */
  readonly error?: string;
  readonly says?: string;
};

/** A list that comes in pages: read whole, and again one by one. */
export type Pages = {
  readonly input?: object;
  /** The members for the size, the token, the next token, and the items (all lists of them together). */
  readonly size: string;
  readonly token: string;
  readonly next: string;
  readonly items: readonly string[];
  readonly atLeast: number;
  /** What a token of nobody's is answered with; absent where every key is one. */
  readonly badToken?: string;
};

export type Entry = {
  readonly given?: readonly Call[];
  readonly cases: readonly Case[];
  readonly pages?: Pages;
  /** Why it has no pages, though its input has a size for them. */
  readonly unpaged?: string;
  /** Why it needs no permission. */
  readonly everybody?: string;
  /** Why there is no error of its own. */
  readonly harmless?: string;
};

/** By the scope of the service, which is the file's name, and by operation. */
export const TABLES: ReadonlyMap<string, Readonly<Record<string, Entry>>> = new Map(
  readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [
      path.basename(file, '.json'),
      JSON.parse(readFileSync(path.join(import.meta.dirname, file), 'utf8')),
    ]),
);
