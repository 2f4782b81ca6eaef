/** The other half of access across accounts: the statement in the policy of the bucket, key, queue or secret. */
import type { WorkloadIdentity } from '../identity.ts';
import { parseArn } from '../partition.ts';
import { AbacRefused, allOf, pinsOf, sessionConditions } from './conditions.ts';
import { type Generated, ON_TRUST, sidOf, whoGetsIt } from './generated.ts';

export type ResourceKind = 'bucket' | 'key' | 'queue' | 'secret';

export type ResourceGrant = {
  readonly kind: ResourceKind;
  readonly resourceArn: string;
  /** The role whose sessions these are: the association's role, or its target role. Exactly this one. */
  readonly roleArn: string;
  /** `o-…`: the organization that the role's account belongs to. */
  readonly organization: string;
  readonly identities: readonly WorkloadIdentity[];
  readonly write?: boolean;
};

/**
 * One statement for each namespace of a cluster (for a bucket two: its objects, and their listing), to be added to
 * the resource's policy. The role's own policy must allow the same: across accounts both sides decide.
 *
 * The tags alone prove nothing to the other account (any principal of an account may be let to set tags on its
 * sessions), so the role and the organization are pinned beside them.
 * @throws AbacRefused when an ARN or the organization isn't one.
 */
export const resourceStatements = (grant: ResourceGrant): Generated => {
  const { kind, resourceArn, roleArn, organization, identities, write = false } = grant;
  const problem = problemOf(grant);
  if (problem !== undefined) throw new AbacRefused(problem);
  const inOrganization = { StringEquals: { 'aws:PrincipalOrgID': organization } };
  return {
    policy: {
      Version: '2012-10-17',
      Statement: pinsOf(identities).flatMap((pin, place) =>
        KINDS[kind].parts(resourceArn).map(({ name, read, write: more = [], resource }) => ({
          Sid: sidOf(name, place),
          Effect: 'Allow' as const,
          Principal: { AWS: roleArn },
          Action: write ? [...read, ...more] : read,
          Resource: resource,
          Condition: allOf(inOrganization, sessionConditions(pin)),
        })),
      ),
    },
    explanation: [
      `${roleArn} of the organization ${organization}, and no other role, gets ${write ? 'read and write' : 'read'} access to ${resourceArn}.`,
      whoGetsIt(identities),
      "The role's own policy must allow the same actions: across accounts both sides decide.",
      "AWS stores the role's unique id: when the role is deleted and made again, write the statement again.",
      ON_TRUST,
    ],
  };
};

type Part = {
  readonly name: string;
  readonly read: readonly string[];
  readonly write?: readonly string[];
  readonly resource: string;
};

type Kind = { readonly service: string; readonly resource: RegExp; readonly parts: (arn: string) => readonly Part[] };

const KINDS: Readonly<Record<ResourceKind, Kind>> = {
  bucket: {
    service: 's3',
    resource: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    parts: (arn) => [
      { name: 'Objects', read: ['s3:GetObject'], write: ['s3:PutObject', 's3:DeleteObject'], resource: `${arn}/*` },
      { name: 'Listing', read: ['s3:ListBucket'], resource: arn },
    ],
  },
  key: {
    service: 'kms',
    resource: /^key\/[\w-]+$/,
    // In a key's policy `*` is the key that it is attached to.
    parts: () => [
      { name: 'Key', read: ['kms:Decrypt', 'kms:DescribeKey'], write: ['kms:GenerateDataKey'], resource: '*' },
    ],
  },
  queue: {
    service: 'sqs',
    resource: /^[\w-]{1,80}(\.fifo)?$/,
    parts: (arn) => [
      {
        name: 'Queue',
        read: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
        write: ['sqs:SendMessage'],
        resource: arn,
      },
    ],
  },
  secret: {
    service: 'secretsmanager',
    resource: /^secret:[\w/+=.@-]+$/,
    parts: (arn) => [
      {
        name: 'Secret',
        read: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        write: ['secretsmanager:PutSecretValue'],
        resource: arn,
      },
    ],
  },
};

const problemOf = ({ kind, resourceArn, roleArn, organization }: ResourceGrant): string | undefined => {
  const { service, resource } = KINDS[kind];
  const thing = parseArn(resourceArn);
  if (thing?.service !== service || !resource.test(thing.resource))
    return `${resourceArn} is not the ARN of a ${kind}.`;
  const role = parseArn(roleArn);
  if (
    role?.service !== 'iam' ||
    !/^\d{12}$/.test(role.account) ||
    !/^role\/([\w+=,.@-]+\/)*[\w+=,.@-]+$/.test(role.resource)
  ) {
    return `${roleArn} is not the ARN of a role.`;
  }
  if (role.partition !== thing.partition) return `${roleArn} and ${resourceArn} are in different partitions.`;
  if (!/^o-[a-z0-9]{10,32}$/.test(organization)) return `${organization} is not the id of an organization.`;
  return undefined;
};
