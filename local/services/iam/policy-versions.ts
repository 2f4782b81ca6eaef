/** Versions of customer managed policies: one of them, the default, is what holds. */
import type {
  CreatePolicyVersionCommandInput,
  DeletePolicyVersionCommandInput,
  GetPolicyVersionCommandInput,
  ListPolicyVersionsCommandInput,
  PolicyVersion as PolicyVersionOutput,
  SetDefaultPolicyVersionCommandInput,
} from '@aws-sdk/client-iam';
import type { Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import {
  deleteConflict,
  iamPage,
  limitExceeded,
  noSuchEntity,
  onPolicy,
  policyOfArn,
  policyVersion,
} from './lookup.ts';
import { awsManagedPolicy } from './managed.ts';
import { shownVersion } from './shown.ts';

/** "Versions of a managed policy: 5" (IAM and STS quotas). */
const MAX_VERSIONS = 5;

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
    const version = policyVersion(call, policy.arn, `v${policy.nextVersion}`, required(PolicyDocument));
    policy.versions.set(version.id, version);
    policy.nextVersion += 1;
    policy.updateDate = call.now;
    if (SetAsDefault) policy.defaultVersion = version.id;
    return { PolicyVersion: shownVersion(policy, version) };
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
        ...shownVersion(policy ?? { defaultVersion: 'v1' }, version),
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
    return { Versions: page.items.map((version) => shownVersion(policy, version)), ...page.paging };
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
    if (policy.defaultVersion === VersionId) throw deleteConflict('Cannot delete the default version of a policy.');
    if (!policy.versions.delete(required(VersionId))) throw noVersion(PolicyArn, VersionId);
    return {};
  },
};

const noVersion = (arn: string | undefined, id: string | undefined) =>
  noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`);
