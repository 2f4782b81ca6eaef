/** Customer managed policies; their versions have a file of their own. */
import type {
  CreatePolicyCommandInput,
  DeletePolicyCommandInput,
  GetPolicyCommandInput,
  ListPoliciesCommandInput,
  Policy,
} from '@aws-sdk/client-iam';
import type { Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { notImplemented } from '../../wire/errors.ts';
import {
  alreadyExists,
  checkName,
  checkPath,
  deleteConflict,
  iamOfCall,
  iamPage,
  onPolicy,
  policyOfArn,
  policyVersion,
  requestTags,
  tagMap,
} from './lookup.ts';
import { awsManagedPolicies, awsManagedPolicy } from './managed.ts';
import { shownAwsPolicy, shownPolicy, usageOf } from './shown.ts';
import { type ManagedPolicy, uniqueId } from './state.ts';

export const CreatePolicy: Operation<CreatePolicyCommandInput, { Policy: Policy }> = {
  readOnly: false,
  asks: ({ PolicyName, Path = '/', Tags }, call) => [
    { action: 'iam:CreatePolicy', resource: arnOf(call, Path, PolicyName), context: requestTags(Tags) },
  ],
  run: (input, call) => {
    const name = required(input.PolicyName);
    const path = input.Path ?? '/';
    checkName('policyName', name, 128);
    checkPath(path);
    const arn = arnOf(call, path, name);
    const { policies } = iamOfCall(call);
    if ([...policies.values()].some((known) => known.name.toLowerCase() === name.toLowerCase())) {
      throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    }
    const first = policyVersion(call, arn, 'v1', required(input.PolicyDocument));
    const policy: ManagedPolicy = {
      arn,
      id: uniqueId('ANPA'),
      name,
      path,
      createDate: call.now,
      updateDate: call.now,
      versions: new Map([[first.id, first]]),
      defaultVersion: first.id,
      nextVersion: 2,
      tags: tagMap(input.Tags),
      ...(input.Description === undefined ? {} : { description: input.Description }),
    };
    policies.set(arn, policy);
    return { Policy: shownPolicy(call, policy) };
  },
};

export const GetPolicy: Operation<GetPolicyCommandInput, { Policy: Policy }> = {
  readOnly: true,
  asks: onPolicy('iam:GetPolicy'),
  run: ({ PolicyArn }, call) => {
    const aws = awsManagedPolicy(required(PolicyArn));
    if (aws !== undefined) return { Policy: shownAwsPolicy(aws) };
    const policy = policyOfArn(call, PolicyArn);
    // "This element is included in the response to the GetPolicy operation" (API reference, Policy), and in no other.
    const description = policy.description === undefined ? {} : { Description: policy.description };
    return { Policy: { ...shownPolicy(call, policy), ...description } };
  },
};

export const ListPolicies: Operation<ListPoliciesCommandInput, { Policies: Policy[]; IsTruncated: boolean }> = {
  readOnly: true,
  asks: () => [{ action: 'iam:ListPolicies', resource: '*' }],
  run: ({ PathPrefix = '/', OnlyAttached = false, Scope = 'All', PolicyUsageFilter, ...paging }, call) => {
    if (PolicyUsageFilter !== undefined) throw notImplemented('iam', 'ListPolicies with a PolicyUsageFilter');
    const own = [...iamOfCall(call).policies.values()].map((policy) => shownPolicy(call, policy));
    const aws = awsManagedPolicies(call.cloud.partition).map((policy) => ({
      ...shownAwsPolicy(policy),
      ...usageOf(call, policy),
    }));
    const policies = [...(Scope === 'AWS' ? [] : own), ...(Scope === 'Local' ? [] : aws)]
      .filter(({ Path = '/' }) => Path.startsWith(PathPrefix))
      .filter(
        ({ AttachmentCount = 0, PermissionsBoundaryUsageCount = 0 }) =>
          !OnlyAttached || AttachmentCount + PermissionsBoundaryUsageCount > 0,
      );
    const page = iamPage(policies, ({ Arn = '' }) => Arn, paging);
    return { Policies: [...page.items], ...page.paging };
  },
};

export const DeletePolicy: Operation<DeletePolicyCommandInput, object> = {
  readOnly: false,
  asks: onPolicy('iam:DeletePolicy'),
  run: ({ PolicyArn }, call) => {
    const policy = policyOfArn(call, PolicyArn);
    const { AttachmentCount, PermissionsBoundaryUsageCount } = usageOf(call, policy);
    if (AttachmentCount + PermissionsBoundaryUsageCount > 0) {
      throw deleteConflict('Cannot delete a policy attached to entities.');
    }
    if (policy.versions.size > 1) {
      throw deleteConflict(
        'This policy has more than one version. Before you delete a policy, you must delete the policy’s versions.',
      );
    }
    iamOfCall(call).policies.delete(policy.arn);
    return {};
  },
};

const arnOf = (call: Call, path: string, name: string | undefined): string =>
  `arn:${call.cloud.partition}:iam::${call.account}:policy${path}${name}`;
