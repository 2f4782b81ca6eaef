/** IAM's things as its answers show them: policies, versions, users, instance profiles. Roles have a file of their own. */
import type { InstanceProfile as InstanceProfileOutput, Policy, User as UserOutput } from '@aws-sdk/client-iam';
import type { Call } from '../../contract.ts';
import { iamOfCall, tagList } from './lookup.ts';
import type { AwsPolicy } from './managed.ts';
import { listed } from './roles.ts';
import type { InstanceProfile, ManagedPolicy, PolicyVersion, User } from './state.ts';

/** How many entities bear it. */
export const usageOf = (call: Call, { arn }: { readonly arn: string }) => {
  const { roles, users } = iamOfCall(call);
  const entities = [...roles.values(), ...users.values()];
  return {
    AttachmentCount: entities.filter(({ attached }) => attached.has(arn)).length,
    PermissionsBoundaryUsageCount: entities.filter(({ boundary }) => boundary === arn).length,
  };
};

/** One of AWS's, as GetPolicy shows it. */
export const shownAwsPolicy = ({ arn, name, path, version }: AwsPolicy): Policy => ({
  PolicyName: name,
  Arn: arn,
  Path: path,
  DefaultVersionId: version.id,
  IsAttachable: true,
  CreateDate: version.createDate,
  UpdateDate: version.createDate,
});

/** One of the account's own. */
export const shownPolicy = (call: Call, policy: ManagedPolicy): Policy => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.defaultVersion,
  ...usageOf(call, policy),
  IsAttachable: true,
  CreateDate: policy.createDate,
  UpdateDate: policy.updateDate,
  ...(policy.tags.size === 0 ? {} : { Tags: tagList(policy.tags) }),
});

/** What lists tell of a version; its document only GetPolicyVersion and the account's details. */
export const shownVersion = (
  { defaultVersion }: Pick<ManagedPolicy, 'defaultVersion'>,
  { id, createDate }: PolicyVersion,
) => ({
  VersionId: id,
  IsDefaultVersion: id === defaultVersion,
  CreateDate: createDate,
});

/** As GetUser shows it. */
export const shownUser = (user: User): Omit<UserOutput, 'PermissionsBoundary'> => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: user.createDate,
  ...(user.tags.size === 0 ? {} : { Tags: tagList(user.tags) }),
});

/** With the role in it. */
export const shownInstanceProfile = (call: Call, profile: InstanceProfile): InstanceProfileOutput => {
  const role = profile.role === undefined ? undefined : iamOfCall(call).roles.get(profile.role);
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: profile.createDate,
    Roles: role === undefined ? [] : [listed(call, role)],
    ...(profile.tags.size === 0 ? {} : { Tags: tagList(profile.tags) }),
  };
};
