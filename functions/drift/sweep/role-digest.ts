/** A role's facets for the comparison with a listing of the account. Pure. */
import type { Facets } from '../contract.ts';
import { kindOf, nameOf } from '../facets/index.ts';
import { digestOfFacets } from '../remedy/index.ts';

/** Of all facets but the versions of managed policies: a listing tells roles and policies on pages of their own. */
export const digestWithoutVersions = (facets: Facets): string =>
  digestOfFacets(Object.fromEntries(Object.entries(facets).filter(([facet]) => kindOf(facet) !== 'version')));

/** The digests of the managed policies' documents, by ARN. */
export const versionsOf = (facets: Facets): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(facets).flatMap(([facet, digest]) => (kindOf(facet) === 'version' ? [[nameOf(facet), digest]] : [])),
  );
