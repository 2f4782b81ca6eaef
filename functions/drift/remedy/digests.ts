/** Digests of what was read and of what is wanted: a plan that was made from others is made anew. Pure. */
import { createHash } from 'node:crypto';
import type { Desired, Facets } from '../contract.ts';

/** SHA-256 in hexadecimal, whatever the order of the facets. Worked out once for each object, which nobody may change afterwards. */
export const digestOfFacets = (facets: Facets): string => remembered(facets, textOfFacets);

/** The same of what is wanted: in which order, and by whom, doesn't count. */
export const digestOfDesired = (desired: Desired): string => remembered(desired, textOfDesired);

// Many plans are made of few objects: in a burst nearly all of the time would go into hashes.
const known = new WeakMap<object, string>();

const remembered = <Thing extends object>(thing: Thing, textOf: (thing: Thing) => string): string => {
  const before = known.get(thing);
  if (before !== undefined) return before;
  const digest = createHash('sha256').update(textOf(thing)).digest('hex');
  known.set(thing, digest);
  return digest;
};

const textOfFacets = (facets: Facets): string =>
  JSON.stringify(
    Object.keys(facets)
      .sort()
      .map((facet) => [facet, facets[facet]]),
  );

const textOfDesired = ({ wanted, closed, conflicts, also }: Desired): string =>
  JSON.stringify([
    wanted.map(({ facet, value }) => JSON.stringify([facet, value])).sort(),
    closed.toSorted(),
    conflicts.map(({ facet, values }) => JSON.stringify([facet, values.map(({ value }) => value).sort()])).sort(),
    (also ?? []).map(({ facet, value }) => JSON.stringify([facet, value])).sort(),
  ]);
