/** A role's permissions boundary set or removed: `PutRolePermissionsBoundary`, `DeleteRolePermissionsBoundary`. */
import { changeKind } from './change-kind.ts';
import type { ChangeRecord } from './record.ts';
import { IAM, type RoleFacts, readBoundary, readRole } from './role-fields.ts';

/** `boundary` null: it was removed; absent: the record doesn't tell which was set. */
export type RoleBoundaryFacts = RoleFacts & { readonly boundary?: string | null };

const put = (record: ChangeRecord): RoleBoundaryFacts => {
  const boundary = readBoundary(record);
  return { ...readRole(record), ...(boundary !== undefined && { boundary }) };
};

export const roleBoundaryChanged = changeKind('RoleBoundaryChanged', IAM, {
  PutRolePermissionsBoundary: put,
  DeleteRolePermissionsBoundary: (record): RoleBoundaryFacts => ({ ...readRole(record), boundary: null }),
});
