/** Findings as metrics: what was opened and resolved, by reason, and by the mode under which the object stands. */
import type { DriftMode } from '../../drift-settings.ts';
import type { Count } from '../../runtime/entry.ts';
import type { Kept } from '../../store/findings.ts';

/**
 * A metric bears the reason of each finding that was opened; `FindingOpened` and `FindingResolved` are there by mode, and by reason and mode. CloudWatch adds
 * up no dimensions by itself, so that each way to look at them is a set of its own: some forty reasons and four modes are what there can be of them.
 */
export const countFindings = (
  count: Count,
  { opened, resolved }: Pick<Kept, 'opened' | 'resolved'>,
  modeOf: (reason: string) => DriftMode,
): void => {
  for (const { reason } of opened) count(reason);
  for (const [metric, rows] of [
    ['FindingOpened', opened],
    ['FindingResolved', resolved],
  ] as const) {
    for (const { reason } of rows) {
      const mode = modeOf(reason);
      count(metric, { mode });
      count(metric, { reason, mode });
    }
  }
};
