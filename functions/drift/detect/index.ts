/** What differs from what should be, and who did it: what other folders may use of it. */
export { attributionOf, isOurs, judgedChange, type OurRoles, ourRole } from './attribution.ts';
export { desiredOf, type Known } from './desired/index.ts';
export { detect } from './detect.ts';
export { DRIFT_REASONS, type DriftReason, type DriftReasonName } from './reasons.ts';
