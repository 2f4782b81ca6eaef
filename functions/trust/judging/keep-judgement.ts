/** Findings, journal, metrics and events of one judgement. */
import type { LifecycleEvent } from '../../lifecycle.ts';
import { findingEvents } from '../../store/finding-events.ts';
import type { Cause } from '../../store/finding-row.ts';
import type { Kept } from '../../store/findings.ts';
import type { Store } from '../../store/index.ts';
import type { RoleToJudge } from '../contract.ts';
import type { Look } from './contract.ts';
import type { Judged } from './judge.ts';
import { TIGHTENED } from './may-tighten.ts';
import { findingNotes } from './notes.ts';
import { isOurs } from './past.ts';

export type Keeping = {
  readonly store: Pick<Store, 'findings' | 'journal'>;
  /** Counts in the metric of this name. */
  readonly count: (metric: string) => void;
  /** Tells the world. */
  readonly tell: (events: readonly LifecycleEvent[]) => Promise<void>;
  /** When the role was read. */
  readonly at: string;
  readonly cause: Cause;
};

/** Keeps what was found; a metric bears the reason of each finding that was opened. Safe to repeat. */
export const keepJudgement = async (
  { store, count, tell, at, cause }: Keeping,
  roleArn: string,
  { found, complete }: Judged,
): Promise<Kept> => {
  const kept = await store.findings.keep(roleArn, found, { at, cause, complete });
  await store.journal.append(findingNotes(roleArn, kept, at));
  for (const { reason } of kept.opened) count(reason);
  await tell(findingEvents(kept));
  return kept;
};

/** What is resolved or opened now was so by this: our own tightening, whether we come from it or its event has come to us, or the change that was told. */
export const causeOf = ({ cause }: RoleToJudge, { tightened }: Look): Cause => {
  if (tightened) return { kind: TIGHTENED };
  const { kind, actor } = cause;
  return { kind: kind === 'RoleTrustChanged' && isOurs(actor) ? TIGHTENED : kind, ...(actor && { actor }) };
};
