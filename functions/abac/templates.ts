/** The usual wishes, each as a permissions policy that gives the asked service accounts what they asked for and nobody else anything. */
import * as z from 'zod';
import type { WorkloadIdentity } from '../identity.ts';
import { AbacRefused } from './conditions.ts';
import { type Generated, ON_TRUST, PLACE_TAGS, partitionFor, permit, whoGetsIt, whoShares } from './generated.ts';
import { isSessionTag, principalTag, resourceTag, tagVariable } from './session-tags.ts';

/** A wish that is asked for often. */
export type Template = {
  /** As `podid abac TEMPLATE` takes it. */
  readonly name: string;
  readonly title: string;
  /** What it needs to know, for whoever asks people for it. */
  readonly parameters: z.ZodType;
  /**
   * The policy for these service accounts and no others.
   * @throws AbacRefused when the parameters aren't what they must be, or it can't be said in a policy.
   */
  readonly render: (parameters: unknown, identities: readonly WorkloadIdentity[]) => Generated;
};

const template = <Schema extends z.ZodType>(
  name: string,
  title: string,
  parameters: Schema,
  render: (parameters: z.output<Schema>, identities: readonly WorkloadIdentity[]) => Generated,
): Template => ({
  name,
  title,
  parameters,
  render: (given, identities) => {
    const known = parameters.safeParse(given);
    if (!known.success) throw new AbacRefused(`The parameters of ${name}: ${z.prettifyError(known.error)}`);
    return render(known.data, identities);
  },
});

// Without `*`, `?` and `$`, which would mean more than the text: what is named here is meant as it stands.
const plainArn = (service: string) =>
  z
    .string()
    .regex(
      new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]*:\\d*:[\\w./:+=@-]+$`),
      `an ARN of ${service}, without wildcards`,
    );
const by = z.array(z.enum(PLACE_TAGS)).min(1);
// The characters that a tag key may have (IAM guide, "Tag naming limits"), but for the space: variables trim it.
const tagKey = z.string().regex(/^[\w.:/=+@-]{1,128}$/, 'a tag key');

const ObjectsUnderPrefix = z.object({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket'),
  /** What stands before the tags: `teams/`. */
  under: z
    .string()
    .regex(/^([\w.=@-]+\/)*$/, 'a path that ends in a slash')
    .default(''),
  by: by.default(['kubernetes-namespace']),
  write: z.boolean().default(true),
});

/** "Objects under a prefix named for the namespace." */
export const objectsUnderPrefix = template(
  's3-prefix',
  'objects of a bucket under a prefix that bears the name of the namespace',
  ObjectsUnderPrefix,
  ({ bucket, under, by: tags, write }, identities) => {
    const arn = `arn:${partitionFor(identities)}:s3:::${bucket}`;
    const prefix = `${under}${tags.map(tagVariable).join('/')}/`;
    return {
      policy: permit(identities, [
        {
          name: 'Objects',
          actions: ['s3:GetObject', ...(write ? ['s3:PutObject', 's3:DeleteObject'] : [])],
          resources: `${arn}/${prefix}*`,
        },
        // A listing without a prefix has no s3:prefix, so it is refused.
        {
          name: 'Listing',
          actions: ['s3:ListBucket'],
          resources: arn,
          conditions: { StringLike: { 's3:prefix': `${prefix}*` } },
        },
      ]),
      explanation: [
        `Objects of ${bucket} under ${under}${tags.map((tag) => `<${tag}>`).join('/')}/ can be read${write ? ', written and deleted' : ''} and listed, and no other.`,
        whoGetsIt(identities),
        ...whoShares(identities, tags),
        ON_TRUST,
      ],
    };
  },
);

const RowsByLeadingKey = z.object({
  tableArn: plainArn('dynamodb'),
  by: by.default(['kubernetes-service-account']),
  write: z.boolean().default(true),
});

/** "Rows whose leading key is the service account." */
export const rowsByLeadingKey = template(
  'dynamodb-leading-key',
  'rows of a table whose partition key is the name of the service account',
  RowsByLeadingKey,
  ({ tableArn, by: tags, write }, identities) => {
    inPartition(tableArn, identities);
    return {
      policy: permit(identities, [
        {
          name: 'Rows',
          // Not Scan, and no PartiQL: they read all rows, or name none.
          actions: [
            'GetItem',
            'BatchGetItem',
            'Query',
            'ConditionCheckItem',
            ...(write ? ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'] : []),
          ].map((action) => `dynamodb:${action}`),
          resources: tableArn,
          conditions: {
            'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': tags.map(tagVariable).join('#') },
            // ForAllValues holds for a request that names no key at all.
            Null: { 'dynamodb:LeadingKeys': 'false' },
          },
        },
      ]),
      explanation: [
        `Rows of ${tableArn} whose partition key is exactly ${tags.map((tag) => `<${tag}>`).join('#')} can be read${write ? ' and written' : ''}; requests that name no key are refused, and so are scans and secondary indexes.`,
        whoGetsIt(identities),
        ...whoShares(identities, tags),
        ON_TRUST,
      ],
    };
  },
);

const SameTag = z.object({
  actions: z.array(z.string().regex(/^[a-z0-9-]+:[A-Za-z]+$/, 'an action without wildcards')).min(1),
  /** As in a Resource element. `*` is enough: the tags decide. */
  resources: z
    .array(z.string().regex(/^(\*|arn:[^$]+)$/, 'an ARN without variables, or *'))
    .min(1)
    .default(['*']),
  tags: z.array(tagKey).min(1).default(['team']),
});

/** "Resources tagged with the same team or environment": by session tags, or by tags of the role. */
export const sameTag = template(
  'same-tag',
  'resources that bear the same tag as the session or its role',
  SameTag,
  ({ actions, resources, tags }, identities) => {
    partitionFor(identities);
    const ofRole = tags.filter((tag) => !isSessionTag(tag));
    return {
      policy: permit(identities, [{ name: 'SameTag', actions, resources, conditions: sameTags(tags) }]),
      explanation: [
        `${actions.join(', ')} on resources whose ${list(tags)} ${tags.length > 1 ? 'are' : 'is'} the caller's own; a resource without the tag is out of reach.`,
        ...ofRole.map(
          (tag) => `${principalTag(tag)} is a tag of the role: without it on the role, nothing is allowed.`,
        ),
        'Not every action tells the tags of its resource (service authorization reference, aws:ResourceTag): one that does not is refused.',
        whoGetsIt(identities),
        ON_TRUST,
      ],
    };
  },
);

const SecretsByTag = z.object({
  /** Where the secrets are; by default in the account and region of the first service account's cluster. */
  account: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/)
    .optional(),
  tags: z.array(tagKey).min(1).default(['kubernetes-namespace', 'kubernetes-service-account']),
});

/** "Secrets by tag." */
export const secretsByTag = template(
  'secrets-by-tag',
  'secrets that are tagged with the namespace and the service account',
  SecretsByTag,
  ({ account, region, tags }, identities) => {
    const [first] = identities;
    const where = `${region ?? first?.region}:${account ?? first?.account}`;
    return {
      policy: permit(identities, [
        {
          name: 'Secrets',
          actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
          resources: `arn:${partitionFor(identities)}:secretsmanager:${where}:secret:*`,
          conditions: sameTags(tags),
        },
      ]),
      explanation: [
        `Secrets of ${where} can be read when their ${list(tags)} ${tags.length > 1 ? 'are' : 'is'} the caller's own; who may tag a secret decides who can read it.`,
        whoGetsIt(identities),
        ON_TRUST,
      ],
    };
  },
);

/** By name, as `podid abac TEMPLATE` takes it. */
export const TEMPLATES = [objectsUnderPrefix, rowsByLeadingKey, sameTag, secretsByTag] as const;

const sameTags = (tags: readonly string[]) => ({
  StringEquals: Object.fromEntries(tags.map((tag) => [resourceTag(tag), tagVariable(tag)])),
});

const list = (tags: readonly string[]): string => `tag${tags.length > 1 ? 's' : ''} ${tags.join(' and ')}`;

const inPartition = (arn: string, identities: readonly WorkloadIdentity[]): void => {
  const partition = partitionFor(identities);
  if (!arn.startsWith(`arn:${partition}:`))
    throw new AbacRefused(`${arn} is in another partition than the clusters, ${partition}.`);
};
