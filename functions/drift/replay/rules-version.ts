/** By which rules a decision was made. Pure. */

/** Raised when `detect/`, `remedy/`, `reconcile/` or `facets/` can decide otherwise for the same snapshot: replay says by which rules a decision was made. */
export const RULES_VERSION = '2';

/** Of those folders' code, comments and layout aside. `npm run rules-digest` records it, once somebody has thought of the version. */
export const RULES_DIGEST = '10e59825b5ba92a0a94e8844c1160748d75fa6e5d0c040398f64dc28721b9af4';
