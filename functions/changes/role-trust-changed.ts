/** A role's trust policy replaced: `UpdateAssumeRolePolicy`. */
import { changeKind } from './change-kind.ts';
import { IAM, readRole, readTrust } from './role-fields.ts';

export const roleTrustChanged = changeKind('RoleTrustChanged', IAM, {
  UpdateAssumeRolePolicy: (record) => ({ ...readRole(record), ...readTrust(record, 'policyDocument') }),
});
