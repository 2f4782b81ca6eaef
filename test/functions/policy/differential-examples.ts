/** One question for each row of docs/policy-differences.md: what we answer, and what the oracle does. */
import {
  ACCOUNT,
  type Answer,
  type Ask,
  CALLERS,
  ROLE,
  type WrittenStatement,
  type WrittenValue,
} from './differential-ask.ts';

export type Example = {
  /** As the table in docs/policy-differences.md calls it. */
  readonly name: string;
  readonly ask: Ask;
  readonly ours: Answer;
  readonly oracle: Answer;
};

const TABLE = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/a`;

const ask = (statement: Partial<WrittenStatement>, context: Ask['context'] = {}, rest: Partial<Ask> = {}): Ask => ({
  caller: 'session',
  action: 'dynamodb:GetItem',
  resource: TABLE,
  resourceAccount: ACCOUNT,
  context,
  identity: [
    {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*', ...statement }],
    },
  ],
  ...rest,
});

const when = (operator: string, key: string, wanted: WrittenValue, given?: WrittenValue): Ask =>
  ask({ Condition: { [operator]: { [key]: wanted } } }, given === undefined ? {} : { [key]: given });

const attached = (caller: Ask['caller'], statement: Partial<WrittenStatement>, rest: Partial<Ask> = {}): Ask =>
  ask(
    {},
    {},
    {
      caller,
      identity: [],
      attached: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', ...statement }] },
      ...rest,
    },
  );

const allowed = { ours: 'allow', oracle: 'implicitDeny' } as const;
const refused = { ours: 'implicitDeny', oracle: 'allow' } as const;

/** These the random questions hold too, in words that the oracle understands. */
export const TRANSLATED: readonly Example[] = [
  {
    name: 'Variables before version 2012-10-17',
    ask: ask(
      {},
      { 'aws:PrincipalTag/Team': 'a' },
      {
        identity: [
          {
            Version: '2008-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: '*',
                Resource: '*',
                Condition: { StringEquals: { 'aws:PrincipalTag/Team': `\${aws:PrincipalTag/Team}` } },
              },
            ],
          },
        ],
      },
    ),
    ...refused,
  },
  { name: 'Lists of no value, or of one', ask: when('Null', 'aws:TagKeys', 'true', []), ...allowed },
  {
    name: 'Variables without a value, or with an empty one',
    ask: when('StringNotEquals', 'aws:PrincipalTag/Team', `\${aws:PrincipalTag/absent}`, 'a'),
    ...allowed,
  },
  {
    name: 'Escaped characters outside of patterns',
    ask: when('StringEquals', 'aws:PrincipalTag/Team', `\${*}`, '*'),
    ...allowed,
  },
  {
    name: 'ForAllValues of empty texts',
    ask: when('ForAllValues:StringEquals', 'aws:TagKeys', 'a', ['', '']),
    ...allowed,
  },
  {
    name: 'Several values without a set operator',
    ask: when('StringEquals', 'aws:TagKeys', 'a', ['a', 'b']),
    ...allowed,
  },
  {
    name: 'Values that a typed operator cannot read',
    ask: when('NumericNotEquals', 's3:max-keys', '1', 'many'),
    ...allowed,
  },
  {
    name: 'Epoch seconds, and years alone',
    ask: when('DateEquals', 'aws:CurrentTime', '2026-01-01T00:00:00Z', '1767225600'),
    ...allowed,
  },
  { name: 'Numbers with an exponent', ask: when('NumericEquals', 's3:max-keys', '1e1', '10'), ...allowed },
  { name: 'Equal bytes in other base64', ask: when('BinaryEquals', 'kms:Bytes', 'YQ', 'YQ=='), ...allowed },
  {
    name: 'The range of all IPv4 addresses',
    ask: when('IpAddress', 'aws:SourceIp', '0.0.0.0/0', '10.0.0.1'),
    ...allowed,
  },
  {
    name: 'Bare addresses',
    ask: when('NotIpAddress', 'aws:SourceIp', '10.0.0.1', '2001:db8::1'),
    ...allowed,
  },
];

/** These cannot be said in the oracle's words: the random questions leave them out. */
export const LEFT_OUT: readonly Example[] = [
  {
    name: 'Upper and lower case before the resource of an ARN',
    ask: ask({ Resource: `arn:aws:DynamoDB:eu-west-1:${ACCOUNT}:table/a` }),
    ...refused,
  },
  { name: 'Wildcards in the type of a resource', ask: ask({ Resource: `arn:aws:dynamodb:*:*:t*/a` }), ...allowed },
  { name: 'A `*` that ends a segment', ask: ask({ Resource: 'arn:aws:dynamodb:*:table/a' }), ...allowed },
  {
    name: 'Variables in the ARN operators',
    ask: ask(
      { Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:eks:eu-west-1:\${aws:PrincipalAccount}:cluster/a` } } },
      { 'aws:SourceArn': `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/a`, 'aws:PrincipalAccount': ACCOUNT },
    ),
    ...allowed,
  },
  {
    name: 'Line breaks',
    ask: when('StringLike', 'aws:PrincipalTag/Team', 'a*b', 'a\nb'),
    ...allowed,
  },
  {
    name: 'The path of a role',
    ask: attached('session', { Principal: { AWS: ROLE.replace('/team/', '/other/') } }),
    ...refused,
  },
  {
    name: 'A service under AWS',
    ask: attached('service', { Principal: { AWS: CALLERS.service.service } }),
    ours: 'implicitDeny',
    oracle: 'allow',
  },
  {
    name: 'Accounts and federated callers',
    ask: attached('federated', { Effect: 'Deny', Principal: { AWS: ACCOUNT } }),
    ours: 'implicitDeny',
    oracle: 'explicitDeny',
  },
  { name: 'Every identity provider', ask: attached('federated', { Principal: { Federated: '*' } }), ...allowed },
  {
    name: 'Whom NotPrincipal spares',
    ask: attached('session', { Effect: 'Deny', NotPrincipal: { AWS: ROLE } }),
    ours: 'explicitDeny',
    oracle: 'implicitDeny',
  },
];
