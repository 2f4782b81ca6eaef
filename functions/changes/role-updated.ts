/** A role's description or longest session changed: `UpdateRole`, and `UpdateRoleDescription` of old tools. */
import { changeKind } from './change-kind.ts';
import { IAM, readRole } from './role-fields.ts';

export const roleUpdated = changeKind('RoleUpdated', IAM, { UpdateRole: readRole, UpdateRoleDescription: readRole });
