/** Exceptions: what may differ by somebody's leave, until a day. Pure. */
import type { Exception } from '../../drift-settings.ts';
import type { DriftFinding } from '../contract.ts';
import { objectKey } from '../object.ts';
import { matcher } from './globs.ts';

/** The exception under which a finding stands at an instant (epoch milliseconds), the one that lasts longest; undefined when there is none. */
export type ExceptionFor = (finding: DriftFinding, now: number) => Exception | undefined;

export const exceptionsOf = (exceptions: readonly Exception[]): ExceptionFor => {
  const compiled = exceptions
    .map((exception) => ({
      exception,
      until: Date.parse(exception.until),
      object: matcher(exception.object),
      reason: matcher(exception.reason),
      facet: matcher(exception.facet),
    }))
    .toSorted((a, b) => b.until - a.until);
  return (finding, now) => {
    if (compiled.length === 0) return undefined;
    const key = objectKey(finding.ref);
    return compiled.find(
      ({ until, object, reason, facet }) =>
        now < until && object(key) && reason(finding.reason) && facet(finding.facet),
    )?.exception;
  };
};
