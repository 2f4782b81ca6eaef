/** By which rules a decision was made. Pure. */

/** Raised when `detect/`, `remedy/`, `reconcile/` or `facets/` can decide otherwise for the same snapshot: replay says by which rules a decision was made. */
export const RULES_VERSION = '2';

/** Of those folders' code, comments and layout aside. `npm run rules-digest` records it, once somebody has thought of the version. */
export const RULES_DIGEST = 'fcd833ee2bc4d4a6cba5da4dd153de105ef69346e8f64a29b3d08fb7045774d1';
