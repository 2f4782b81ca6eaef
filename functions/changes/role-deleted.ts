/** Role deleted: `DeleteRole`. A role that is made anew under its name is another one. */
import { changeKind } from './change-kind.ts';
import { IAM, readRole } from './role-fields.ts';

export const roleDeleted = changeKind('RoleDeleted', IAM, { DeleteRole: readRole });
