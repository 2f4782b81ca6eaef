/** The journal: what was intended, accepted, presumed effective, and what came of it. Entries are added, never changed. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Instant } from '../association.ts';
import { inBatches } from '../runtime/batches.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

export const JournalKind = z.enum(['intent', 'accepted', 'presumed-effective', 'outcome', 'refused', 'note']);

export const JournalEntry = z.object({
  /** What it is about: a revocation's id, an association's ARN. */
  subject: z.string().min(1),
  at: Instant,
  kind: JournalKind,
  /** The state or function that it belongs to, by its file's name: `cut-sessions`. */
  step: z.string(),
  /** What was acted on: a role ARN, `Deployment/api`. */
  object: z.string(),
  /** The function that wrote it. */
  by: z.string(),
  /** A sentence for a person. */
  text: z.string(),
  details: z.unknown().optional(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

/** What makes an entry that entry. */
export type EntryKey = Pick<NewEntry, 'subject' | 'step' | 'object' | 'kind' | 'round'>;

/** An entry to write; `round` tells apart what happens again on purpose (a second rollout round) from a re-run of the same thing. */
export type NewEntry = JournalEntry & { readonly round?: string | number };

export const journal = (table: Table) => ({
  /**
   * Adds the entries that are not there yet, in their order. An entry is the same when its subject, kind, step, object and round are:
   * a step that runs again after a crash adds nothing and changes nothing.
   */
  append: async (entries: readonly NewEntry[]): Promise<void> => {
    await inBatches(entries, 10, (entry) => table.put(item(entry), 'absent'));
  },

  /** One entry, without reading the others; undefined when it was never added. */
  one: async (key: EntryKey): Promise<JournalEntry | undefined> => {
    const stored = await table.get(keyOf(key));
    return stored && readRow(JournalEntry, stored);
  },

  /** All entries about a subject, in the order of time. */
  of: async (subject: string): Promise<JournalEntry[]> => {
    const stored = await table.all({ pk: `JOURNAL#${subject}`, prefix: 'ENTRY#' });
    return stored.map((one) => readRow(JournalEntry, one)).sort(inOrder);
  },
});

// The time is not part of the key: it differs when a step runs again, and then the entry would stand twice.
const keyOf = ({ subject, step, object, kind, round }: EntryKey) => ({
  pk: `JOURNAL#${subject}`,
  sk: `ENTRY#${hash(JSON.stringify([step, object, kind, String(round ?? '')]))}`,
});

const item = (entry: NewEntry) => {
  const { round: _, ...told } = entry;
  return { ...keyOf(entry), ...told, at: instant(entry.at) };
};

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const inOrder = (a: JournalEntry, b: JournalEntry): number =>
  compare(a.at, b.at) ||
  JournalKind.options.indexOf(a.kind) - JournalKind.options.indexOf(b.kind) ||
  compare(`${a.step} ${a.object}`, `${b.step} ${b.object}`);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
