/** The deletion of an association that nobody was granted: which one it is, why not, and what is left to do once it is gone. Pure. */
import type { Action, Actual, DriftPlan } from '../contract.ts';
import { type DropBounds, refusedDrop } from '../dropping.ts';
import { kindOf, nameOf } from '../facets/index.ts';
import type { DropAssociationInput } from '../spoke-contract.ts';

/** What of the question to the spoke the object itself says. */
export type Dropped = Omit<DropAssociationInput, 'asker' | 'identity'>;

/** The association that is there, or why it is not podid's to delete. What the spoke would refuse isn't asked for: it would be, every few minutes. */
export const dropOf = (
  { facets }: Actual,
  bounds: DropBounds,
): { readonly association: Dropped } | { readonly refused: string } => {
  const { exists: associationId, role: roleArn, target: targetRoleArn, owner: ownerArn } = facets;
  if (associationId === undefined || roleArn === undefined) return { refused: 'nobody could read what it gives' };
  const association = { associationId, roleArn, ...(targetRoleArn !== undefined && { targetRoleArn }) };
  const tags = Object.entries(facets).flatMap(([facet, value]) =>
    kindOf(facet) === 'tag' ? [[nameOf(facet), value] as const] : [],
  );
  const owner = ownerArn === undefined ? {} : { ownerArn };
  const refused = refusedDrop({ ...association, ...owner, tags: Object.fromEntries(tags) }, bounds);
  return refused === undefined ? { association } : { refused };
};

/**
 * What podid has deleted is no finding any more, so that no plan has what may be left: its revocation, where the answer was lost and the event, too.
 * That has brakes of its own.
 * @param isDropped podid has set out to delete the association that was there
 */
export const leftToRevoke = ({ actions }: DriftPlan, actual: Actual, isDropped: boolean): readonly Action[] => {
  const isGone = actual.complete && actual.facets.exists === undefined;
  if (!isDropped || !isGone || actions.some(({ facet }) => facet === 'exists')) return [];
  return [{ do: 'revoke', facet: 'exists', to: null, mends: [] }];
};
