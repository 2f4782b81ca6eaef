/** A role's permissions boundary set or removed: `PutRolePermissionsBoundary`, `DeleteRolePermissionsBoundary`. */
import { changeKind } from './change-kind.ts';
import { IAM, readRole } from './role-fields.ts';

export const roleBoundaryChanged = changeKind('RoleBoundaryChanged', IAM, {
  PutRolePermissionsBoundary: readRole,
  DeleteRolePermissionsBoundary: readRole,
});
