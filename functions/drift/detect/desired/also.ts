/** What an object may also be: what is being made or taken back, and what executions intend. */
import type { Desired, OpenIntent, Wanted } from '../../contract.ts';
import type { Wants } from './grant-wants.ts';

/**
 * While another version is carried out, everything that is wanted now may have given way to what that one wants; `others`:
 * what such versions want of the object, an empty one where it wants nothing of it.
 */
export const alsoOf = (
  wanted: readonly Wanted[],
  others: readonly Wants[],
  intents: readonly OpenIntent[],
  more: NonNullable<Desired['also']> = [],
): Pick<Desired, 'also'> => {
  const settled = new Map(wanted.map(({ facet, value }) => [facet, value]));
  const facets = [...new Set([...settled.keys(), ...others.flatMap((wants) => [...wants.keys()])])].toSorted();
  const also = [
    ...others.flatMap((wants) => facets.map((facet) => ({ facet, value: wants.get(facet) ?? null }))),
    ...intents.filter(({ closedAt }) => closedAt === undefined).map(({ facet, value }) => ({ facet, value })),
    ...more,
  ].filter(({ facet, value }) => settled.get(facet) !== value);
  return also.length === 0 ? {} : { also };
};
