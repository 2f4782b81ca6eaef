/** AssumeRoleWithWebIdentity: a service account's token for a session of a role that trusts the cluster's issuer (IRSA). */
import { isIP } from 'node:net';
import type {
  AssumeRoleWithWebIdentityCommandInput,
  AssumeRoleWithWebIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import type { Ask, Call, Operation } from '../../contract.ts';
import { emit, sentenceDate, trailEvent } from '../../trail.ts';
import { required } from '../../wire/check.ts';
import { ApiError, notImplemented } from '../../wire/errors.ts';
import { trustPolicy } from '../iam/policies.ts';
import { accountOf, type Role, roleByArn } from '../iam/state.ts';
import { openSession } from './keyring.ts';
import { requestKeys } from './request-keys.ts';
import { checkSessionName, ONE_HOUR, sessionSeconds } from './session-input.ts';
import { fittingSize, sessionPolicies } from './session-policies.ts';
import { webIdentity } from './web-identity.ts';

type Input = AssumeRoleWithWebIdentityCommandInput;
type Output = Omit<AssumeRoleWithWebIdentityCommandOutput, '$metadata'>;

/** It leaves its own records: CloudTrail shows of a refusal less than the caller hears. */
export const AssumeRoleWithWebIdentity: Operation<Input, Output> = {
  readOnly: true,
  unsigned: webIdentity,
  asks: () => [],
  run: (input, call) => {
    if (input.ProviderId !== undefined) {
      throw notImplemented('sts', 'AssumeRoleWithWebIdentity with the ProviderId of an OAuth 2.0 provider');
    }
    const name = required(input.RoleSessionName);
    checkSessionName(name);
    const role = trustingRole(input, call);
    if (role === undefined) {
      record(call, input, {
        responseElements: null,
        errorCode: 'AccessDenied',
        errorMessage: 'An unknown error occurred',
      });
      throw new ApiError('AccessDenied', 403, 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
    }
    const duration = sessionSeconds(input.DurationSeconds, role.maxSessionDuration, false);
    const arns = (input.PolicyArns ?? []).map(({ arn = '' }) => arn);
    const policies = sessionPolicies(call.cloud, input.Policy, arns);
    const size = fittingSize(input.Policy, new Map());
    const provider = call.caller.arn;
    const { credentials, caller } = openSession(call.cloud, role, {
      name,
      duration,
      policies,
      federatedProvider: provider,
    });
    const expiration = credentials.expiration ?? call.now;
    const common = { Provider: provider, SubjectFromWebIdentityToken: call.caller.token?.subject };
    record(call, input, {
      responseElements: {
        credentials: {
          accessKeyId: credentials.accessKeyId,
          sessionToken: credentials.sessionToken,
          expiration: sentenceDate(expiration),
        },
        subjectFromWebIdentityToken: common.SubjectFromWebIdentityToken,
        assumedRoleUser: { assumedRoleId: caller.userId, arn: caller.arn },
        ...(size === undefined ? {} : { packedPolicySize: size }),
        provider,
        audience: call.caller.token?.audience,
      },
      additionalEventData: { identityProviderConnectionVerificationMethod: 'IAMTrustStore' },
    });
    return {
      ...common,
      Audience: call.caller.token?.audience,
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken,
        Expiration: expiration,
      },
      AssumedRoleUser: { AssumedRoleId: caller.userId, Arn: caller.arn },
      ...(size === undefined ? {} : { PackedPolicySize: size }),
    };
  },
};

/** The role, if its trust admits the bearer of the token; a role that isn't there trusts nobody. */
const trustingRole = (input: Input, call: Call): Role | undefined => {
  const { caller } = call;
  const { token } = caller;
  const arn = required(input.RoleArn);
  const role = roleByArn(call.cloud, arn);
  if (role === undefined || token === undefined) return undefined;
  const ask: Ask = {
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: arn,
    resourceAccount: accountOf(arn),
    resourcePolicy: trustPolicy(call.cloud, role),
    resourcePolicyRequired: true,
    context: {
      ...requestKeys(arn, role, NO_TAGS, {
        name: required(input.RoleSessionName),
        duration: input.DurationSeconds ?? ONE_HOUR,
      }),
      ...(isIP(call.sourceIp) === 0 ? {} : { 'aws:SourceIp': call.sourceIp, 'aws:UserAgent': call.userAgent }),
      // The issuer's name is part of the key: a request has only those of its own token.
      [`${token.issuer}:sub`]: token.subject,
      [`${token.issuer}:aud`]: token.audience,
    },
  };
  return call.cloud.decide(caller, ask, call.region).effect === 'allow' ? role : undefined;
};

// Tags come in a claim of the token, which Kubernetes' tokens don't have.
const NO_TAGS = { tags: new Map<string, string>(), transitive: new Set<string>() };

const record = (call: Call, input: Input, outcome: Readonly<Record<string, unknown>>): void => {
  const arn = required(input.RoleArn);
  emit(
    call.cloud,
    trailEvent(call, {
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRoleWithWebIdentity',
      readOnly: true,
      requestParameters: {
        roleArn: arn,
        roleSessionName: input.RoleSessionName,
        ...(input.DurationSeconds === undefined ? {} : { durationSeconds: input.DurationSeconds }),
        ...(input.Policy === undefined ? {} : { policy: input.Policy }),
      },
      resources: [{ accountId: call.account, type: 'AWS::IAM::Role', ARN: arn }],
      ...outcome,
    }),
  );
};
