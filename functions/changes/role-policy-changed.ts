/** A role's permissions changed: `AttachRolePolicy`, `DetachRolePolicy`, `PutRolePolicy`, `DeleteRolePolicy`. */
import { changeKind } from './change-kind.ts';
import type { ChangeRecord } from './record.ts';
import { IAM, type RoleFacts, readPolicyArn, readPolicyDocument, readPolicyName, readRole } from './role-fields.ts';

export type RolePolicyFacts = RoleFacts & {
  readonly what: 'attached' | 'detached' | 'put' | 'deleted';
  /** A managed policy by its ARN, an inline one by its name and, when it was put, as JSON text. */
  readonly policy: { readonly arn: string } | { readonly name: string; readonly document?: string };
};

const managed =
  (what: 'attached' | 'detached') =>
  (record: ChangeRecord): RolePolicyFacts => ({ ...readRole(record), what, policy: { arn: readPolicyArn(record) } });

const put = (record: ChangeRecord): RolePolicyFacts => {
  const document = readPolicyDocument(record);
  const policy = { name: readPolicyName(record), ...(document !== undefined && { document }) };
  return { ...readRole(record), what: 'put', policy };
};

const deleted = (record: ChangeRecord): RolePolicyFacts => ({
  ...readRole(record),
  what: 'deleted',
  policy: { name: readPolicyName(record) },
});

export const rolePolicyChanged = changeKind('RolePolicyChanged', IAM, {
  AttachRolePolicy: managed('attached'),
  DetachRolePolicy: managed('detached'),
  PutRolePolicy: put,
  DeleteRolePolicy: deleted,
});
