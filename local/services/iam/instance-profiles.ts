/** Instance profiles: how a node gets its role. */
import type {
  AddRoleToInstanceProfileCommandInput,
  CreateInstanceProfileCommandInput,
  GetInstanceProfileCommandInput,
  InstanceProfile as InstanceProfileOutput,
} from '@aws-sdk/client-iam';
import type { Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import {
  alreadyExists,
  checkName,
  checkPath,
  iamOfCall,
  limitExceeded,
  noSuchEntity,
  roleNamed,
  tagMap,
} from './lookup.ts';
import { shownInstanceProfile } from './shown.ts';
import { type InstanceProfile, uniqueId } from './state.ts';

export const CreateInstanceProfile: Operation<
  CreateInstanceProfileCommandInput,
  { InstanceProfile: InstanceProfileOutput }
> = {
  readOnly: false,
  asks: (input, call) => ask('iam:CreateInstanceProfile', call, input.InstanceProfileName, input.Path),
  run: (input, call) => {
    const name = required(input.InstanceProfileName);
    const path = input.Path ?? '/';
    checkName('instanceProfileName', name, 128);
    checkPath(path);
    const { instanceProfiles } = iamOfCall(call);
    if (instanceProfiles.has(name)) throw alreadyExists(`Instance Profile ${name} already exists.`);
    const profile = {
      arn: arnOf(call, path, name),
      id: uniqueId('AIPA'),
      name,
      path,
      createDate: call.now,
      tags: tagMap(input.Tags),
    };
    instanceProfiles.set(name, profile);
    return { InstanceProfile: shownInstanceProfile(call, profile) };
  },
};

export const GetInstanceProfile: Operation<GetInstanceProfileCommandInput, { InstanceProfile: InstanceProfileOutput }> =
  {
    readOnly: true,
    asks: (input, call) => ask('iam:GetInstanceProfile', call, input.InstanceProfileName),
    run: ({ InstanceProfileName }, call) => ({
      InstanceProfile: shownInstanceProfile(call, profileNamed(call, InstanceProfileName)),
    }),
  };

export const AddRoleToInstanceProfile: Operation<AddRoleToInstanceProfileCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => [
    ...ask('iam:AddRoleToInstanceProfile', call, input.InstanceProfileName),
    {
      action: 'iam:PassRole',
      resource:
        iamOfCall(call).roles.get(input.RoleName ?? '')?.arn ??
        `arn:${call.cloud.partition}:iam::${call.account}:role/${input.RoleName}`,
      context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    },
  ],
  run: ({ InstanceProfileName, RoleName }, call) => {
    const profile = profileNamed(call, InstanceProfileName);
    const role = roleNamed(call, RoleName);
    if (profile.role !== undefined)
      throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
    profile.role = role.name;
    return {};
  },
};

const profileNamed = (call: Call, name: string | undefined): InstanceProfile => {
  const profile = iamOfCall(call).instanceProfiles.get(required(name));
  if (profile === undefined) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
};

const arnOf = (call: Call, path: string, name: string | undefined): string =>
  `arn:${call.cloud.partition}:iam::${call.account}:instance-profile${path}${name}`;

const ask = (action: string, call: Call, name: string | undefined, path = '/') => [
  { action, resource: iamOfCall(call).instanceProfiles.get(name ?? '')?.arn ?? arnOf(call, path, name) },
];
