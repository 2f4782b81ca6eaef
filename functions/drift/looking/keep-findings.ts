/** Findings, journal, metrics and events of one look. */
import { findingEvents } from '../../store/finding-events.ts';
import type { Cause, Found } from '../../store/finding-row.ts';
import type { Kept } from '../../store/findings.ts';
import type { NewEntry } from '../../store/journal.ts';
import { BY, type LookHub } from './hub.ts';

export type Looked = {
  /** When the object was read. */
  readonly at: string;
  readonly cause: Cause;
  /** False: something could not be read, so that nothing is taken for mended. */
  readonly complete: boolean;
};

/** Keeps what was found; a metric bears the reason of each finding that was opened. Safe to repeat. */
export const keepFindings = async (
  { store, count, tell }: Pick<LookHub, 'store' | 'count' | 'tell'>,
  key: string,
  found: readonly Found[],
  { at, cause, complete }: Looked,
): Promise<Kept> => {
  const kept = await store.findings.keep(key, found, { at, cause, complete, judge: 'drift' });
  await store.journal.append(notesOf(key, kept, at));
  for (const { reason } of kept.opened) count(reason);
  await tell(findingEvents(kept));
  return kept;
};

const notesOf = (key: string, { opened, resolved }: Kept, at: string): NewEntry[] => [
  ...opened.map((row) => noteOf(key, row.id, at, `Found: ${row.sentence}`, `opened ${row.openedAt}`)),
  ...resolved.map((row) => noteOf(key, row.id, at, `Resolved: ${row.reason}.`, `resolved ${row.resolvedAt}`)),
];

const noteOf = (key: string, id: string, at: string, text: string, round: string): NewEntry => ({
  ...{ subject: key, at, kind: 'note', step: BY, object: id, by: BY, text, round },
});
