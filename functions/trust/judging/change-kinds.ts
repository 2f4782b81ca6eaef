/** Which kinds of change are a reason to judge the trust of roles, and which function answers each. Pure. */
import type { Change } from '../../changes/index.ts';

/** Answered by `on-role-changed`. */
export const ROLE_CHANGES = [
  'RoleTrustChanged',
  'RoleCreated',
  'RoleAcquired',
  'RoleDeleted',
  'RoleTagsChanged',
  'RolePolicyChanged',
  'RoleBoundaryChanged',
  'RoleUpdated',
] as const satisfies readonly Change['kind'][];

/** Answered by `on-policy-changed`. */
export const POLICY_CHANGES = ['ManagedPolicyChanged'] as const satisfies readonly Change['kind'][];

/** Answered by `on-association-changed`. Revocation has its own functions for the same events. */
export const ASSOCIATION_CHANGES = [
  'AssociationCreated',
  'AssociationUpdated',
  'AssociationDeleted',
] as const satisfies readonly Change['kind'][];
