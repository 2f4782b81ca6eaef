/** Roles themselves: create, get, list, update, delete. */
import {
  type CreateRoleCommandInput,
  DeleteConflictException,
  type DeleteRoleCommandInput,
  type GetRoleCommandInput,
  type ListRolesCommandInput,
  type Role as RoleOutput,
  type UpdateAssumeRolePolicyCommandInput,
  type UpdateRoleCommandInput,
  type UpdateRoleDescriptionCommandInput,
} from '@aws-sdk/client-iam';
import type { Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { ApiError } from '../../wire/errors.ts';
import { checkBoundary } from './boundaries.ts';
import {
  alreadyExists,
  boundaryKey,
  checkName,
  checkPath,
  iamOfCall,
  iamPage,
  onRole,
  requestTags,
  roleNamed,
  tagList,
  tagMap,
} from './lookup.ts';
import { trustText } from './policies.ts';
import { type Role, uniqueId } from './state.ts';
import { trustOf } from './trust.ts';

/** As it is shown: what kind of boundary it is, the wire says in other words than the SDK's enum. */
type ShownRole = Omit<RoleOutput, 'PermissionsBoundary'> & {
  readonly PermissionsBoundary?: { readonly PermissionsBoundaryType: string; readonly PermissionsBoundaryArn: string };
};

export const CreateRole: Operation<CreateRoleCommandInput, { Role: ShownRole }> = {
  readOnly: false,
  asks: ({ RoleName, Path = '/', PermissionsBoundary, Tags }, call) => {
    const resource = `arn:${call.cloud.partition}:iam::${call.account}:role${Path}${RoleName}`;
    const context = { ...requestTags(Tags), ...boundaryKey(PermissionsBoundary) };
    const create = { action: 'iam:CreateRole', resource, context };
    return (Tags ?? []).length > 0 ? [create, { ...create, action: 'iam:TagRole' }] : [create];
  },
  run: (input, call) => {
    const name = required(input.RoleName);
    const path = input.Path ?? '/';
    checkName('roleName', name, 64);
    checkPath(path);
    const { roles } = iamOfCall(call);
    // Names differ in more than upper and lower case (IAM guide, "IAM name requirements").
    if ([...roles.keys()].some((known) => known.toLowerCase() === name.toLowerCase())) {
      throw alreadyExists(`Role with name ${name} already exists.`);
    }
    const role: Role = {
      arn: `arn:${call.cloud.partition}:iam::${call.account}:role${path}${name}`,
      id: uniqueId('AROA'),
      name,
      path,
      createDate: call.now,
      trust: trustOf(call, required(input.AssumeRolePolicyDocument)),
      maxSessionDuration: sessionDuration(input.MaxSessionDuration),
      inline: new Map(),
      attached: new Set(),
      tags: tagMap(input.Tags),
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(input.PermissionsBoundary === undefined ? {} : { boundary: checkBoundary(call, input.PermissionsBoundary) }),
    };
    roles.set(name, role);
    // As in published records: neither the longest session nor the description.
    return { Role: { ...basics(call, role), ...tagsAndBoundary(role) } };
  },
};

export const GetRole: Operation<GetRoleCommandInput, { Role: ShownRole }> = {
  readOnly: true,
  asks: onRole('iam:GetRole'),
  run: ({ RoleName }, call) => ({ Role: { ...shown(call, roleNamed(call, RoleName)), RoleLastUsed: {} } }),
};

export const ListRoles: Operation<ListRolesCommandInput, { Roles: RoleOutput[]; IsTruncated: boolean }> = {
  readOnly: true,
  asks: (_input, call) => [
    { action: 'iam:ListRoles', resource: `arn:${call.cloud.partition}:iam::${call.account}:role/` },
  ],
  run: ({ PathPrefix = '/', ...paging }, call) => {
    const roles = [...iamOfCall(call).roles.values()].filter(({ path }) => path.startsWith(PathPrefix));
    const page = iamPage(roles, ({ name }) => name, paging);
    return { Roles: page.items.map((role) => listed(call, role)), ...page.paging };
  },
};

export const UpdateRole: Operation<UpdateRoleCommandInput, object> = {
  readOnly: false,
  asks: onRole('iam:UpdateRole'),
  run: ({ RoleName, Description, MaxSessionDuration }, call) => {
    const role = roleNamed(call, RoleName);
    if (Description !== undefined) role.description = Description;
    if (MaxSessionDuration !== undefined) role.maxSessionDuration = sessionDuration(MaxSessionDuration);
    return {};
  },
};

export const UpdateRoleDescription: Operation<UpdateRoleDescriptionCommandInput, { Role: ShownRole }> = {
  readOnly: false,
  asks: onRole('iam:UpdateRoleDescription'),
  run: ({ RoleName, Description }, call) => {
    const role = roleNamed(call, RoleName);
    role.description = required(Description);
    return { Role: shown(call, role) };
  },
};

export const UpdateAssumeRolePolicy: Operation<UpdateAssumeRolePolicyCommandInput, object> = {
  readOnly: false,
  asks: onRole('iam:UpdateAssumeRolePolicy'),
  run: ({ RoleName, PolicyDocument }, call) => {
    const role = roleNamed(call, RoleName);
    role.trust = trustOf(call, required(PolicyDocument));
    return {};
  },
};

export const DeleteRole: Operation<DeleteRoleCommandInput, object> = {
  readOnly: false,
  asks: onRole('iam:DeleteRole'),
  run: ({ RoleName }, call) => {
    const role = roleNamed(call, RoleName);
    const { roles, instanceProfiles } = iamOfCall(call);
    const conflict =
      (role.inline.size > 0 && 'must delete policies first.') ||
      (role.attached.size > 0 && 'must detach all policies first.') ||
      ([...instanceProfiles.values()].some((profile) => profile.role === role.name) &&
        'must remove roles from instance profile first.');
    if (conflict) throw new DeleteConflictException({ message: `Cannot delete entity, ${conflict}`, $metadata: {} });
    roles.delete(role.name);
    return {};
  },
};

/** A role as lists and instance profiles show it. */
export const listed = (call: Call, role: Role) => ({
  ...basics(call, role),
  MaxSessionDuration: role.maxSessionDuration,
  ...(role.description === undefined ? {} : { Description: role.description }),
});

const shown = (call: Call, role: Role): ShownRole => ({ ...listed(call, role), ...tagsAndBoundary(role) });

/** What every answer about a role has. */
export const basics = (call: Call, role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: role.createDate,
  AssumeRolePolicyDocument: encodeURIComponent(trustText(call.cloud, role.trust)),
});

export const tagsAndBoundary = ({
  tags,
  boundary,
}: Pick<Role, 'tags' | 'boundary'>): Pick<ShownRole, 'Tags' | 'PermissionsBoundary'> => ({
  ...(tags.size === 0 ? {} : { Tags: tagList(tags) }),
  ...(boundary === undefined
    ? {}
    : { PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundary } }),
});

const sessionDuration = (seconds = 3600): number => {
  if (seconds < 3600 || seconds > 43_200) {
    throw new ApiError(
      'ValidationError',
      400,
      `1 validation error detected: Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
    );
  }
  return seconds;
};
