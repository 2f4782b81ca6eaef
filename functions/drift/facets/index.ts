/** Objects by facets: what other folders may use of it. */
export { facetsOfAssociation } from './association-facets.ts';
export { canonicalPolicy } from './canonical-policy.ts';
export { accessText, facetsOfCluster, rbacText, SeenControl, SeenInside, withInside } from './cluster-facets.ts';
export { denyText, isDenyName } from './deny-text.ts';
export { covers, type FacetKind, facet, kindOf, nameOf } from './facet-name.ts';
export { actualOf, type Read } from './read.ts';
export { facetsOfRole, inlineFacet, inlineText, policyDigest, type RoleRead } from './role-facets.ts';
