/** Which of the hub's functions answers which of IAM's calls. */
import { eventNamesOf } from '../functions/changes/index.ts';

/** The function, and the calls that it answers: what the accounts forward from IAM's region, and what the hub's rules ask for. */
export const ROLE_CHANGES = {
  'on-role-changed': eventNamesOf(
    'RoleTrustChanged',
    'RoleCreated',
    'RoleAcquired',
    'RoleDeleted',
    'RoleTagsChanged',
    'RolePolicyChanged',
    'RoleBoundaryChanged',
    'RoleUpdated',
  ),
  'on-policy-changed': eventNamesOf('ManagedPolicyChanged'),
} as const;
