/** What the session denies on a role come to: which must be there, which may, and whose writes they were. Pure. */
import { renderDeny } from '../../abac/session-deny.ts';
import type { DenyRow } from '../../store/denies.ts';
import type { Desired, OpenIntent } from '../contract.ts';
import type { Wisher } from '../detect/desired/merge.ts';
import { inlineFacet } from '../facets/index.ts';

export const denyWishers = (denies: readonly DenyRow[], now: string): readonly Wisher[] =>
  denies
    .filter((row) => isInForce(row) && !isDue(row, now))
    .map((row) => ({
      by: { kind: 'deny', revocation: row.revocation, ...(row.dueAt !== undefined && { until: row.dueAt }) },
      wants: new Map([[facetOf(row), renderDeny(row)]]),
    }));

/** Past its time a deny may be there until somebody lifts it; a lifted one may be gone. */
export const denyLeeway = (denies: readonly DenyRow[], now: string): NonNullable<Desired['also']> =>
  denies.flatMap((row): NonNullable<Desired['also']> => {
    if (!isInForce(row)) return [{ facet: facetOf(row), value: null }];
    return isDue(row, now) ? [{ facet: facetOf(row), value: renderDeny(row) }] : [];
  });

/** The last write of each: the revocation is named in the calls of its spokes. `since`: ISO 8601. */
export const denyIntents = (denies: readonly DenyRow[], since: string): readonly OpenIntent[] =>
  denies
    .filter(({ at }) => Date.parse(at) >= Date.parse(since))
    .map((row) => ({
      execution: row.revocation,
      facet: facetOf(row),
      value: isInForce(row) ? renderDeny(row) : null,
      at: row.at,
      requestIds: [],
      closedAt: row.at,
    }));

export const isInForce = ({ status }: DenyRow): boolean => status === 'in-force';

export const isDue = ({ dueAt }: DenyRow, now: string): boolean =>
  dueAt !== undefined && Date.parse(dueAt) <= Date.parse(now);

const facetOf = ({ policyName }: DenyRow): string => inlineFacet(policyName);
