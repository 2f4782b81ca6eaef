/** A role's permissions changed: `AttachRolePolicy`, `DetachRolePolicy`, `PutRolePolicy`, `DeleteRolePolicy`. */
import { changeKind } from './change-kind.ts';
import type { ChangeRecord } from './record.ts';
import { IAM, type RoleFacts, readPolicyArn, readPolicyName, readRole } from './role-fields.ts';

export type RolePolicyFacts = RoleFacts & {
  readonly what: 'attached' | 'detached' | 'put' | 'deleted';
  /** A managed policy by its ARN, an inline one by its name. */
  readonly policy: { readonly arn: string } | { readonly name: string };
};

const managed =
  (what: 'attached' | 'detached') =>
  (record: ChangeRecord): RolePolicyFacts => ({ ...readRole(record), what, policy: { arn: readPolicyArn(record) } });

const inline =
  (what: 'put' | 'deleted') =>
  (record: ChangeRecord): RolePolicyFacts => ({ ...readRole(record), what, policy: { name: readPolicyName(record) } });

export const rolePolicyChanged = changeKind('RolePolicyChanged', IAM, {
  AttachRolePolicy: managed('attached'),
  DetachRolePolicy: managed('detached'),
  PutRolePolicy: inline('put'),
  DeleteRolePolicy: inline('deleted'),
});
