/**
 * Role created from a template: `AcquireRole`. The request names the template only, the response has the role (API reference). No record of it
 * is public, so the role is taken from wherever it may stand.
 */
import { changeKind } from './change-kind.ts';
import type { ChangeRecord } from './record.ts';
import { IAM, readRole, readTrust } from './role-fields.ts';

export const roleAcquired = changeKind('RoleAcquired', IAM, {
  AcquireRole: (record) => {
    const found = { ...record, response: { role: roleIn(record) } };
    return { ...readRole(found), ...readTrust(found, 'assumeRolePolicyDocument') };
  },
});

/** The response's role, its fields without the wrapping, or a role's ARN under another name. */
const roleIn = ({ response, request }: ChangeRecord): unknown =>
  response.role ?? { ...response, arn: response.arn ?? response.roleArn ?? request.roleArn };
