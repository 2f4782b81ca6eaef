/** Sessions that AWS's own services open with roles that were given to them, and the record of STS that tells of it. */
import { randomUUID } from 'node:crypto';
import type { Call, Caller, Cloud } from '../../contract.ts';
import { emit, sentenceDate, trailEvent } from '../../trail.ts';
import { ApiError } from '../../wire/errors.ts';
import { accountOf, type Role, roleByArn } from '../iam/state.ts';
import { type Key, openSession } from './keyring.ts';
import { packedSize } from './session-policies.ts';
import type { SessionTags } from './session-tags.ts';

const ONE_HOUR = 3600;

/**
 * A session for a service that runs something with a role; its trust was asked when the role was handed over. It leaves no record: a function's
 * worker is given one each time it starts, and nothing here lives on those records.
 * @throws NoSuchEntity
 */
export const sessionForService = (cloud: Cloud, roleArn: string, sessionName: string): Key => {
  const role = roleByArn(cloud, roleArn);
  if (role === undefined) throw new ApiError('NoSuchEntity', 404, `The role ${roleArn} cannot be found.`);
  return openSession(cloud, role, { name: sessionName, duration: ONE_HOUR });
};

/** The service itself as a caller, on behalf of a resource. */
export const serviceCaller = (service: string, account: string, sourceArn: string): Caller => ({
  kind: 'service',
  arn: service,
  account,
  userId: service,
  service,
  source: { arn: sourceArn, account },
});

/** The AssumeRole of a service, as CloudTrail of the role's account shows it: the only event that tells a Pod Identity session's tags. */
export const recordServiceSession = (
  call: Call,
  caller: Caller,
  role: Role,
  { credentials, caller: assumed }: Key,
  wanted: { readonly name: string; readonly duration: number } & SessionTags & { readonly policy?: string },
): void => {
  const { tags, transitive, policy } = wanted;
  const account = accountOf(role.arn);
  const size = packedSize(policy, tags);
  emit(
    call.cloud,
    trailEvent(
      { ...call, caller, account, requestId: randomUUID() },
      {
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRole',
        readOnly: true,
        requestParameters: {
          roleArn: role.arn,
          roleSessionName: wanted.name,
          durationSeconds: wanted.duration,
          ...(policy === undefined ? {} : { policy }),
          ...(tags.size === 0 ? {} : { tags: [...tags].map(([key, value]) => ({ key, value })) }),
          ...(transitive.size === 0 ? {} : { transitiveTagKeys: [...transitive] }),
        },
        responseElements: {
          credentials: {
            accessKeyId: credentials.accessKeyId,
            sessionToken: credentials.sessionToken,
            expiration: sentenceDate(credentials.expiration ?? call.now),
          },
          assumedRoleUser: { assumedRoleId: assumed.userId, arn: assumed.arn },
          ...(size === undefined ? {} : { packedPolicySize: size }),
        },
        resources: [{ accountId: account, type: 'AWS::IAM::Role', ARN: role.arn }],
        sharedEventID: randomUUID(),
      },
    ),
  );
};
