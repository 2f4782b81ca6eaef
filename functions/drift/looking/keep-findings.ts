/** Findings, journal, metrics and events of one look. */
import type { DriftMode } from '../../drift-settings.ts';
import type { Cause, Found } from '../../store/finding-row.ts';
import type { Kept } from '../../store/findings.ts';
import type { NewEntry } from '../../store/journal.ts';
import { announce } from './announce.ts';
import { BY, type LookHub } from './hub.ts';

export type Looked = {
  /** When the object was read. */
  readonly at: string;
  readonly cause: Cause;
  /** False: something could not be read, so that nothing is taken for mended. */
  readonly complete: boolean;
  /** Facets that could not be read though the rest counts: what was found of them stays open. */
  readonly unread?: readonly string[];
  /** The mode of those concerned for a reason: the least intrusive of theirs. */
  readonly modeOf: (reason: string) => DriftMode;
  /** Who judges; `drift` when absent. */
  readonly judge?: string;
};

/** Keeps what was found, counts it and tells it. Safe to repeat. */
export const keepFindings = async (
  { store, count, tell }: Pick<LookHub, 'store' | 'count' | 'tell'>,
  key: string,
  found: readonly Found[],
  { at, cause, complete, unread = [], modeOf, judge = 'drift' }: Looked,
): Promise<Kept> => {
  const kept = await store.findings.keep(key, found, { at, cause, complete, unread, judge });
  await store.journal.append(notesOf(key, kept, at));
  await announce({ count, tell }, kept, modeOf);
  return kept;
};

const notesOf = (key: string, { opened, resolved }: Kept, at: string): NewEntry[] => [
  ...opened.map((row) => noteOf(key, row.id, at, `Found: ${row.sentence}`, `opened ${row.openedAt}`)),
  ...resolved.map((row) => noteOf(key, row.id, at, `Resolved: ${row.reason}.`, `resolved ${row.resolvedAt}`)),
];

const noteOf = (key: string, id: string, at: string, text: string, round: string): NewEntry => ({
  ...{ subject: key, at, kind: 'note', step: BY, object: id, by: BY, text, round },
});
