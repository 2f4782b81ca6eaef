/** The finding of a breaker that stands tripped: of its cluster, until somebody acknowledges it. Pure. */
import type { DriftFinding, ObjectRef } from './contract.ts';
import { DRIFT_REASONS } from './detect/index.ts';

/** @param tripped When and why, as a sentence */
export const trippedFinding = (ref: ObjectRef, tripped: string | undefined): readonly DriftFinding[] =>
  ref.object !== 'cluster' || tripped === undefined
    ? []
    : [
        {
          reason: 'BreakerTripped',
          severity: DRIFT_REASONS.BreakerTripped.severity,
          ref,
          facet: 'exists',
          subject: 'breaker',
          sentence: tripped,
          remedy: DRIFT_REASONS.BreakerTripped.remedy,
          is: null,
          shouldBe: null,
        },
      ];
