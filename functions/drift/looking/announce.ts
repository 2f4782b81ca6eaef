/** What is new about findings, for the metrics and for the bus. */
import type { DriftMode } from '../../drift-settings.ts';
import { findingEvents } from '../../store/finding-events.ts';
import type { Kept } from '../../store/findings.ts';
import { countFindings } from './count-findings.ts';
import type { LookHub } from './hub.ts';

/** Counts what was opened and resolved, and tells the world of it. */
export const announce = async (
  { count, tell }: Pick<LookHub, 'count' | 'tell'>,
  kept: Kept,
  modeOf: (reason: string) => DriftMode,
): Promise<void> => {
  countFindings(count, kept, modeOf);
  await tell(findingEvents(kept));
};
