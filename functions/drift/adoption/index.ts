/** Keeping what a finding complains about: what other folders may use of it. */
export { type Adoption, adoptionOf, grantFor } from './adoption.ts';
export { isSaidIn } from './inline.ts';
export { type Keeping, unadoptable } from './keeping.ts';
