/** Permissions boundaries of roles. */
import type {
  DeleteRolePermissionsBoundaryCommandInput,
  PutRolePermissionsBoundaryCommandInput,
} from '@aws-sdk/client-iam';
import type { Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { boundaryKey, noSuchEntity, onRole, roleNamed } from './lookup.ts';
import { managedPolicy } from './policies.ts';

export const PutRolePermissionsBoundary: Operation<PutRolePermissionsBoundaryCommandInput, object> = {
  readOnly: false,
  asks: (input, call) =>
    onRole('iam:PutRolePermissionsBoundary', () => boundaryKey(input.PermissionsBoundary))(input, call),
  run: ({ RoleName, PermissionsBoundary }, call) => {
    const role = roleNamed(call, RoleName);
    role.boundary = checkBoundary(call, required(PermissionsBoundary));
    return {};
  },
};

export const DeleteRolePermissionsBoundary: Operation<DeleteRolePermissionsBoundaryCommandInput, object> = {
  readOnly: false,
  asks: onRole('iam:DeleteRolePermissionsBoundary'),
  run: ({ RoleName }, call) => {
    const role = roleNamed(call, RoleName);
    if (role.boundary === undefined) throw noSuchEntity(`Role ${RoleName} does not have a permissions boundary.`);
    delete role.boundary;
    return {};
  },
};

/** @throws NoSuchEntity when there is no such managed policy */
export const checkBoundary = (call: Call, arn: string): string => {
  if (managedPolicy(call.cloud, arn) === undefined)
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  return arn;
};
