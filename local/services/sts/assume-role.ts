/** AssumeRole: the role's trust decides, with the tags, the external id and the session's name as condition keys. */
import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import type { Ask, Call, Operation } from '../../contract.ts';
import { sentenceDate } from '../../trail.ts';
import { required } from '../../wire/check.ts';
import { ApiError } from '../../wire/errors.ts';
import { trustPolicy } from '../iam/policies.ts';
import { accountOf, roleByArn } from '../iam/state.ts';
import { openSession } from './keyring.ts';
import { requestKeys } from './request-keys.ts';
import { checkSessionName, invalid, isRoleArn, ONE_HOUR, sessionSeconds } from './session-input.ts';
import { fittingSize, sessionPolicies } from './session-policies.ts';
import { type SessionTags, sessionTags } from './session-tags.ts';

type Input = AssumeRoleCommandInput;
type Output = Omit<AssumeRoleCommandOutput, '$metadata'>;

export const AssumeRole: Operation<Input, Output> = {
  readOnly: true,
  recorded: true,
  asks: (input, call) => {
    const arn = required(input.RoleArn);
    if (!isRoleArn(arn)) throw invalid(`${arn} is invalid`);
    if (call.caller.kind === 'root') {
      throw new ApiError('AccessDenied', 403, 'Roles may not be assumed by root accounts.');
    }
    const tags = tagsOf(input, call);
    const role = roleByArn(call.cloud, arn);
    const sourceIdentity = input.SourceIdentity ?? call.caller.session?.sourceIdentity;
    const ask: Ask = {
      action: 'sts:AssumeRole',
      resource: arn,
      resourceAccount: accountOf(arn),
      ...(role === undefined ? {} : { resourcePolicy: trustPolicy(call.cloud, role) }),
      resourcePolicyRequired: true,
      context: {
        ...requestKeys(arn, role, tags, {
          name: required(input.RoleSessionName),
          duration: input.DurationSeconds ?? ONE_HOUR,
        }),
        ...(input.ExternalId === undefined ? {} : { 'sts:ExternalId': input.ExternalId }),
        ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
      },
    };
    return [
      ask,
      // Inherited tags are passed on by STS: chaining fails without TagSession in the target's trust as well.
      ...(tags.tags.size > 0 ? [{ ...ask, action: 'sts:TagSession' }] : []),
      ...(sourceIdentity === undefined ? [] : [{ ...ask, action: 'sts:SetSourceIdentity' }]),
    ];
  },
  run: (input, call) => {
    const role = roleByArn(call.cloud, required(input.RoleArn));
    // The trust of a role that isn't there allows nobody, so nobody gets here.
    if (role === undefined) throw new ApiError('AccessDenied', 403, 'The role does not exist.');
    const name = required(input.RoleSessionName);
    checkSessionName(name);
    const from = call.caller.session;
    if (from?.sourceIdentity !== undefined && (input.SourceIdentity ?? from.sourceIdentity) !== from.sourceIdentity) {
      throw new ApiError('AccessDenied', 403, 'The source identity of a session cannot be changed.');
    }
    const duration = sessionSeconds(input.DurationSeconds, role.maxSessionDuration, from !== undefined);
    const { tags, transitive } = tagsOf(input, call);
    const arns = (input.PolicyArns ?? []).map(({ arn = '' }) => arn);
    const policies = sessionPolicies(call.cloud, input.Policy, arns);
    const size = fittingSize(input.Policy, tags);
    const sourceIdentity = input.SourceIdentity ?? from?.sourceIdentity;
    const { credentials, caller } = openSession(call.cloud, role, {
      name,
      duration,
      tags,
      transitiveTagKeys: transitive,
      policies,
      chained: from !== undefined,
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    });
    return {
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken,
        Expiration: credentials.expiration,
      },
      AssumedRoleUser: { AssumedRoleId: caller.userId, Arn: caller.arn },
      ...(size === undefined ? {} : { PackedPolicySize: size }),
      ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
    };
  },
  trail: (input, output) => ({
    requestParameters: {
      roleArn: input.RoleArn,
      roleSessionName: input.RoleSessionName,
      ...(input.DurationSeconds === undefined ? {} : { durationSeconds: input.DurationSeconds }),
      ...(input.ExternalId === undefined ? {} : { externalId: input.ExternalId }),
      ...(input.Policy === undefined ? {} : { policy: input.Policy }),
      ...(input.SourceIdentity === undefined ? {} : { sourceIdentity: input.SourceIdentity }),
      ...(input.Tags === undefined ? {} : { tags: input.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })) }),
      ...(input.TransitiveTagKeys === undefined ? {} : { transitiveTagKeys: input.TransitiveTagKeys }),
    },
    responseElements: output && {
      credentials: {
        accessKeyId: output.Credentials?.AccessKeyId,
        sessionToken: output.Credentials?.SessionToken,
        expiration: output.Credentials?.Expiration && sentenceDate(output.Credentials.Expiration),
      },
      assumedRoleUser: { assumedRoleId: output.AssumedRoleUser?.AssumedRoleId, arn: output.AssumedRoleUser?.Arn },
      ...(output.PackedPolicySize === undefined ? {} : { packedPolicySize: output.PackedPolicySize }),
    },
  }),
};

const tagsOf = (input: Input, call: Call): SessionTags =>
  sessionTags(input.Tags ?? [], input.TransitiveTagKeys ?? [], call.caller.session);
