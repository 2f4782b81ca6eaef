/** By which rules a decision was made. Pure. */

/** Raised when `detect/`, `remedy/`, `reconcile/` or `facets/` can decide otherwise for the same snapshot: replay says by which rules a decision was made. */
export const RULES_VERSION = '2';

/** Of those folders' code, comments and layout aside. `npm run rules-digest` records it, once somebody has thought of the version. */
export const RULES_DIGEST = '60d4e54f6476f462e23541ab186f93b4f8ab17d257d9434486ea5162621f5fd6';
