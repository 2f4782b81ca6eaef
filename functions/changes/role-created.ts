/** Role created: `CreateRole`. */
import { changeKind } from './change-kind.ts';
import { IAM, readRole, readTrust } from './role-fields.ts';

export const roleCreated = changeKind('RoleCreated', IAM, {
  CreateRole: (record) => ({ ...readRole(record), ...readTrust(record, 'assumeRolePolicyDocument') }),
});
