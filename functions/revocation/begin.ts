// Drift begins revocations too, and so it lives on a lower floor.
export { type Beginning, modeOf, nextAttempt, revocationOf } from '../revocation-begin.ts';
