/** Which of the hub's functions answers which of IAM's calls. */
import { eventNamesOf } from '../functions/changes/index.ts';
import { ROLE_CHANGES as KINDS, POLICY_CHANGES } from '../functions/trust/judging/change-kinds.ts';

/** The function, and the calls that it answers: what the accounts forward from IAM's region, and what the hub's rules ask for. */
export const ROLE_CHANGES = {
  'on-role-changed': eventNamesOf(...KINDS),
  'on-policy-changed': eventNamesOf(...POLICY_CHANGES),
} as const;
