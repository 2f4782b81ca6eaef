/** Whether an event has told what a description shows, and whether it shows anything else than before. Pure. */
import type { AssociationState } from '../../association.ts';
import type { AssociationRow } from '../../store/association-row.ts';
import { facetsOfAssociation } from '../facets/index.ts';
import { digestOfFacets } from '../remedy/index.ts';

/** CloudTrail cuts times to seconds, and its clock is not EKS's. */
const SKEW_MILLIS = 5_000;

/** By any event that is not older than the state: what came before can't have told it. */
export const wasTold = (
  { seen }: Pick<AssociationRow, 'seen'>,
  { modifiedAt, createdAt }: AssociationState,
): boolean => {
  const since = Date.parse(modifiedAt ?? createdAt ?? '');
  return seen.some(({ event }) => event !== undefined && !(Date.parse(event.at) < since - SKEW_MILLIS));
};

/** When it was last changed doesn't count, nor what a listing of another time left out. */
export const givesTheSame = (before: AssociationState, after: AssociationState): boolean =>
  digestOf(before) === digestOf(after);

const digestOf = (state: AssociationState): string => digestOfFacets(facetsOfAssociation({ state, tags: {} }).facets);
