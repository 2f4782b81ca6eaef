/** What is done about differences: what other folders may use of it. */
export { type Deed, deedFor } from './action.ts';
export { digestOfDesired, digestOfFacets } from './digests.ts';
export { type Concerned, leastIntrusive } from './modes.ts';
export { type Circumstances, heeded, planFor } from './plan.ts';
export { type Rules, rulesOf } from './rules.ts';
