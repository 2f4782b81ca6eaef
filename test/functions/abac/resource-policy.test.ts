import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AbacRefused, type ResourceGrant, resourceStatements } from '../../../functions/abac/index.ts';
import { API, type Call, decider, EVERYBODY, isOneOf, keysOf, ORGANIZATION, ROLE } from './sessions.ts';

const AT = 'eu-west-1:333333333333';
const GRANTS = {
  bucket: {
    resourceArn: 'arn:aws:s3:::orders',
    call: { action: 's3:GetObject', resource: 'arn:aws:s3:::orders/a' },
    write: 's3:PutObject',
  },
  key: {
    resourceArn: `arn:aws:kms:${AT}:key/1234-ab`,
    call: { action: 'kms:Decrypt', resource: `arn:aws:kms:${AT}:key/1234-ab` },
    write: 'kms:GenerateDataKey',
  },
  queue: {
    resourceArn: `arn:aws:sqs:${AT}:orders`,
    call: { action: 'sqs:ReceiveMessage', resource: `arn:aws:sqs:${AT}:orders` },
    write: 'sqs:SendMessage',
  },
  secret: {
    resourceArn: `arn:aws:secretsmanager:${AT}:secret:orders-AbCdEf`,
    call: { action: 'secretsmanager:GetSecretValue', resource: `arn:aws:secretsmanager:${AT}:secret:orders-AbCdEf` },
    write: 'secretsmanager:PutSecretValue',
  },
} satisfies Record<string, { resourceArn: string; call: Call; write: string }>;

const grant = (kind: keyof typeof GRANTS, rest: Partial<ResourceGrant> = {}): ResourceGrant => ({
  kind,
  resourceArn: GRANTS[kind].resourceArn,
  roleArn: ROLE,
  organization: ORGANIZATION,
  identities: [API],
  ...rest,
});

describe('resource policies', () => {
  it('pin the role, the organization and the tags', () => {
    expect(resourceStatements(grant('queue')).policy.Statement).toEqual([
      {
        Sid: 'PodidQueue',
        Effect: 'Allow',
        Principal: { AWS: ROLE },
        Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
        Resource: GRANTS.queue.resourceArn,
        Condition: {
          StringEquals: {
            'aws:PrincipalOrgID': ORGANIZATION,
            'aws:PrincipalTag/eks-cluster-arn': 'arn:aws:eks:eu-west-1:111111111111:cluster/pay',
            'aws:PrincipalTag/kubernetes-namespace': 'checkout',
            'aws:PrincipalTag/kubernetes-service-account': 'api',
          },
        },
      },
    ]);
  });

  it.each(['bucket', 'key', 'queue', 'secret'] as const)(
    'of a %s admit exactly the asked sessions of the role',
    (kind) => {
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.constantFrom(...EVERYBODY), { minLength: 1, maxLength: 5 }),
          fc.constantFrom(ROLE, 'arn:aws:iam::111111111111:role/orders', 'arn:aws:iam::222222222222:role/podid/orders'),
          fc.constantFrom(ORGANIZATION, 'o-abcde12346'),
          fc.boolean(),
          (identities, roleArn, organization, write) => {
            const decide = decider(resourceStatements(grant(kind, { identities, write })).policy);
            const right = roleArn === ROLE && organization === ORGANIZATION;
            for (const caller of EVERYBODY) {
              const asked = right && isOneOf(caller, identities);
              const ask = { ...GRANTS[kind].call, roleArn, organization };
              expect(decide(keysOf(caller), ask)).toBe(asked ? 'allow' : 'implicitDeny');
              const writes = decide(keysOf(caller), { ...ask, action: GRANTS[kind].write });
              expect(writes).toBe(asked && write ? 'allow' : 'implicitDeny');
            }
          },
        ),
        { numRuns: 25 },
      );
    },
  );

  it.each<[string, Partial<ResourceGrant>, RegExp]>([
    ['the ARN of something else', { resourceArn: GRANTS.bucket.resourceArn }, /not the ARN of a queue/],
    ['a pattern for a queue', { resourceArn: `arn:aws:sqs:${AT}:*` }, /not the ARN of a queue/],
    ['the account for a role', { roleArn: 'arn:aws:iam::111111111111:root' }, /not the ARN of a role/],
    ['a pattern for a role', { roleArn: 'arn:aws:iam::111111111111:role/*' }, /not the ARN of a role/],
    ['another partition', { roleArn: 'arn:aws-cn:iam::111111111111:role/r' }, /different partitions/],
    ['no organization', { organization: '*' }, /not the id of an organization/],
    ['no identity', { identities: [] }, /at least one/],
  ])('refuse %s', (_why, rest, message) => {
    expect(() => resourceStatements(grant('queue', rest))).toThrow(AbacRefused);
    expect(() => resourceStatements(grant('queue', rest))).toThrow(message);
  });
});
