/** A role's own tags changed: `TagRole`, `UntagRole`. Where a session has no tag of a key, the role's own tag stands for it. */
import { changeKind } from './change-kind.ts';
import { IAM, readRole } from './role-fields.ts';

export const roleTagsChanged = changeKind('RoleTagsChanged', IAM, { TagRole: readRole, UntagRole: readRole });
