/** Customer managed policies and their versions. */
import {
  type CreatePolicyCommandInput,
  type CreatePolicyVersionCommandInput,
  DeleteConflictException,
  type DeletePolicyCommandInput,
  type DeletePolicyVersionCommandInput,
  type GetPolicyCommandInput,
  type GetPolicyVersionCommandInput,
  type ListPoliciesCommandInput,
  type ListPolicyVersionsCommandInput,
  type Policy,
  type PolicyVersion as PolicyVersionOutput,
  type SetDefaultPolicyVersionCommandInput,
} from '@aws-sdk/client-iam';
import type { Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { notImplemented } from '../../wire/errors.ts';
import {
  alreadyExists,
  checkName,
  checkPath,
  iamOfCall,
  iamPage,
  limitExceeded,
  noSuchEntity,
  onPolicy,
  policyOfArn,
  policySize,
  readPolicy,
  requestTags,
  tagList,
  tagMap,
} from './lookup.ts';
import { type AwsPolicy, awsManagedPolicies, awsManagedPolicy } from './managed.ts';
import { type ManagedPolicy, type PolicyVersion, uniqueId } from './state.ts';

/** "Managed policies: 6,144 characters", "Versions of a managed policy: 5" (IAM and STS quotas). */
const MAX_CHARACTERS = 6144;
const MAX_VERSIONS = 5;

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
    const first = versionOf(call, arn, 'v1', required(input.PolicyDocument));
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
    return { Policy: shown(call, policy) };
  },
};

export const GetPolicy: Operation<GetPolicyCommandInput, { Policy: Policy }> = {
  readOnly: true,
  asks: onPolicy('iam:GetPolicy'),
  run: ({ PolicyArn }, call) => {
    const aws = awsManagedPolicy(required(PolicyArn));
    return { Policy: aws === undefined ? shown(call, policyOfArn(call, PolicyArn)) : shownAws(aws) };
  },
};

export const ListPolicies: Operation<ListPoliciesCommandInput, { Policies: Policy[]; IsTruncated: boolean }> = {
  readOnly: true,
  asks: () => [{ action: 'iam:ListPolicies', resource: '*' }],
  run: ({ PathPrefix = '/', OnlyAttached = false, Scope = 'All', PolicyUsageFilter, ...paging }, call) => {
    if (PolicyUsageFilter !== undefined) throw notImplemented('iam', 'ListPolicies with a PolicyUsageFilter');
    const own = [...iamOfCall(call).policies.values()].map((policy) => shown(call, policy));
    const aws = awsManagedPolicies(call.cloud.partition).map((policy) => ({
      ...shownAws(policy),
      AttachmentCount: attachments(call, policy),
    }));
    const policies = [...(Scope === 'AWS' ? [] : own), ...(Scope === 'Local' ? [] : aws)]
      .filter(({ Path = '/' }) => Path.startsWith(PathPrefix))
      .filter(({ AttachmentCount = 0 }) => !OnlyAttached || AttachmentCount > 0);
    const page = iamPage(policies, ({ Arn = '' }) => Arn, paging);
    return { Policies: [...page.items], ...page.paging };
  },
};

export const DeletePolicy: Operation<DeletePolicyCommandInput, object> = {
  readOnly: false,
  asks: onPolicy('iam:DeletePolicy'),
  run: ({ PolicyArn }, call) => {
    const policy = policyOfArn(call, PolicyArn);
    if (attachments(call, policy) > 0) throw conflict('Cannot delete a policy attached to entities.');
    if (policy.versions.size > 1) {
      throw conflict(
        'This policy has more than one version. Before you delete a policy, you must delete the policy’s versions.',
      );
    }
    iamOfCall(call).policies.delete(policy.arn);
    return {};
  },
};

export const CreatePolicyVersion: Operation<CreatePolicyVersionCommandInput, { PolicyVersion: PolicyVersionOutput }> = {
  readOnly: false,
  asks: onPolicy('iam:CreatePolicyVersion'),
  run: ({ PolicyArn, PolicyDocument, SetAsDefault = false }, call) => {
    const policy = policyOfArn(call, PolicyArn);
    if (policy.versions.size >= MAX_VERSIONS) {
      throw limitExceeded(
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
      );
    }
    const version = versionOf(call, policy.arn, `v${policy.nextVersion}`, required(PolicyDocument));
    policy.versions.set(version.id, version);
    policy.nextVersion += 1;
    policy.updateDate = call.now;
    if (SetAsDefault) policy.defaultVersion = version.id;
    return { PolicyVersion: summary(policy, version) };
  },
};

export const GetPolicyVersion: Operation<GetPolicyVersionCommandInput, { PolicyVersion: PolicyVersionOutput }> = {
  readOnly: true,
  asks: onPolicy('iam:GetPolicyVersion'),
  run: ({ PolicyArn, VersionId }, call) => {
    const aws = awsManagedPolicy(required(PolicyArn))?.version;
    const policy = aws === undefined ? policyOfArn(call, PolicyArn) : undefined;
    const version = aws?.id === VersionId ? aws : policy?.versions.get(required(VersionId));
    if (version === undefined) throw noVersion(PolicyArn, VersionId);
    return {
      PolicyVersion: {
        ...summary(policy ?? { defaultVersion: 'v1' }, version),
        Document: encodeURIComponent(version.text),
      },
    };
  },
};

export const ListPolicyVersions: Operation<
  ListPolicyVersionsCommandInput,
  { Versions: PolicyVersionOutput[]; IsTruncated: boolean }
> = {
  readOnly: true,
  asks: onPolicy('iam:ListPolicyVersions'),
  run: ({ PolicyArn, ...paging }, call) => {
    const policy = policyOfArn(call, PolicyArn);
    const page = iamPage(policy.versions.values(), ({ id }) => id, paging);
    return { Versions: page.items.map((version) => summary(policy, version)), ...page.paging };
  },
};

export const SetDefaultPolicyVersion: Operation<SetDefaultPolicyVersionCommandInput, object> = {
  readOnly: false,
  asks: onPolicy('iam:SetDefaultPolicyVersion'),
  run: ({ PolicyArn, VersionId }, call) => {
    const policy = policyOfArn(call, PolicyArn);
    if (!policy.versions.has(required(VersionId))) throw noVersion(PolicyArn, VersionId);
    policy.defaultVersion = required(VersionId);
    policy.updateDate = call.now;
    return {};
  },
};

export const DeletePolicyVersion: Operation<DeletePolicyVersionCommandInput, object> = {
  readOnly: false,
  asks: onPolicy('iam:DeletePolicyVersion'),
  run: ({ PolicyArn, VersionId }, call) => {
    const policy = policyOfArn(call, PolicyArn);
    if (policy.defaultVersion === VersionId) throw conflict('Cannot delete the default version of a policy.');
    if (!policy.versions.delete(required(VersionId))) throw noVersion(PolicyArn, VersionId);
    return {};
  },
};

const versionOf = (call: Call, arn: string, id: string, text: string): PolicyVersion => {
  const policy = readPolicy(arn, text);
  if (policySize(text) > MAX_CHARACTERS) throw limitExceeded(`Cannot exceed quota for PolicySize: ${MAX_CHARACTERS}`);
  return { ...policy, id, createDate: call.now };
};

const arnOf = (call: Call, path: string, name: string | undefined): string =>
  `arn:${call.cloud.partition}:iam::${call.account}:policy${path}${name}`;

const attachments = (call: Call, { arn }: { readonly arn: string }): number => {
  const { roles, users } = iamOfCall(call);
  return [...roles.values(), ...users.values()].filter(
    ({ attached, boundary }) => attached.has(arn) || boundary === arn,
  ).length;
};

const shownAws = ({ arn, name, path, version }: AwsPolicy): Policy => ({
  PolicyName: name,
  Arn: arn,
  Path: path,
  DefaultVersionId: version.id,
  IsAttachable: true,
  CreateDate: version.createDate,
  UpdateDate: version.createDate,
});

const shown = (call: Call, policy: ManagedPolicy): Policy => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.defaultVersion,
  AttachmentCount: attachments(call, policy),
  IsAttachable: true,
  CreateDate: policy.createDate,
  UpdateDate: policy.updateDate,
  ...(policy.description === undefined ? {} : { Description: policy.description }),
  ...(policy.tags.size === 0 ? {} : { Tags: tagList(policy.tags) }),
});

const summary = ({ defaultVersion }: Pick<ManagedPolicy, 'defaultVersion'>, { id, createDate }: PolicyVersion) => ({
  VersionId: id,
  IsDefaultVersion: id === defaultVersion,
  CreateDate: createDate,
});

const conflict = (message: string) => new DeleteConflictException({ message, $metadata: {} });

const noVersion = (arn: string | undefined, id: string | undefined) =>
  noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`);
