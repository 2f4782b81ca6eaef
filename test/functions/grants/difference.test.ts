/** Who gains what: sentences as an approver reads them, and what holds for all policies. */
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { whoGainsWhat } from '../../../functions/grants/difference.ts';
import type { GrantVersion } from '../../../functions/grants/grant.ts';
import { linesOf, type Unit, unitsOf, unsaid } from '../../../functions/grants/statement-units.ts';
import { contextOf, evaluate, parsePolicy } from '../../../functions/policy/index.ts';
import { ANALYTICS, ARCHIVE, analytics, ann, cluster, DATA, NOW, PAYMENTS, READ_ORDERS, wishOf } from './samples.ts';

const version = (change: object = {}): GrantVersion => ({
  version: 1,
  wish: wishOf(change),
  requestedBy: ann,
  at: NOW,
});
const policy = (...statements: object[]) => ({
  Version: '2012-10-17',
  Statement: statements.map((each) => ({ Effect: 'Allow', ...each })),
});
const targets = (inline: object) => ({ targets: [{ account: DATA, chained: true, permissions: { inline } }] });
const orders = `arn:aws:dynamodb:eu-west-1:${DATA}:table/orders`;
const IN_DATA = `In account ${DATA}`;
const allow = (action: string | string[], change: object = {}) => ({ Action: action, Resource: orders, ...change });

test('of a first version everything is given', () => {
  expect(whoGainsWhat(undefined, version()).sentences).toEqual([
    `checkout/api in cluster payments (${PAYMENTS}, eu-west-1) gets everything that is given.`,
    `${IN_DATA}, given: dynamodb:GetItem, dynamodb:Query on ${orders}.`,
    `${IN_DATA}, given: everything that the pods do: EKS gives them this role (chained).`,
  ]);
});

const CHANGES: readonly [what: string, before: object, after: object, sentences: readonly string[]][] = [
  ['nothing', {}, {}, []],
  ['another reason', {}, { reason: 'because' }, []],
  [
    'a cluster more, one less',
    { clusters: [cluster()] },
    { clusters: [cluster('staging')] },
    [
      `checkout/api in cluster staging (${PAYMENTS}, eu-west-1) joins, and gets everything that is given.`,
      `checkout/api in cluster payments (${PAYMENTS}, eu-west-1) leaves, and loses everything.`,
    ],
  ],
  [
    'an action more',
    targets(policy(allow('dynamodb:GetItem'))),
    targets(policy(allow(['dynamodb:PutItem', 'dynamodb:GetItem']))),
    [`${IN_DATA}, gained: dynamodb:PutItem on ${orders}.`],
  ],
  [
    'the same in two statements',
    targets(READ_ORDERS),
    targets(policy(allow('dynamodb:Query', { Sid: 'Query' }), allow('dynamodb:GetItem'))),
    [],
  ],
  [
    'narrowed',
    targets(policy(allow('dynamodb:*'))),
    targets(READ_ORDERS),
    [`${IN_DATA}, lost: dynamodb:* on ${orders}.`],
  ],
  [
    'widened',
    targets(READ_ORDERS),
    targets(policy(allow('dynamodb:*'))),
    [`${IN_DATA}, gained: dynamodb:* on ${orders}.`],
  ],
  [
    'a condition less',
    targets(policy(allow('dynamodb:GetItem', { Condition: { Bool: { 'aws:SecureTransport': ['true'] } } }))),
    targets(policy(allow('dynamodb:GetItem'))),
    [`${IN_DATA}, gained: dynamodb:GetItem on ${orders}.`],
  ],
  [
    'a deny less',
    targets(policy(allow('dynamodb:GetItem'), allow('dynamodb:DeleteItem', { Effect: 'Deny' }))),
    targets(policy(allow('dynamodb:GetItem'))),
    [`${IN_DATA}, gained: dynamodb:DeleteItem on ${orders} (no longer denied).`],
  ],
  [
    'a deny more',
    targets(policy(allow('dynamodb:*'))),
    targets(policy(allow('dynamodb:*'), allow('dynamodb:DeleteItem', { Effect: 'Deny' }))),
    [`${IN_DATA}, lost: dynamodb:DeleteItem on ${orders} (denied from now on).`],
  ],
  [
    'everything but',
    targets(policy({ NotAction: ['iam:*', 'sts:*'], Resource: '*' })),
    targets(policy({ NotAction: 'iam:*', Resource: '*' })),
    [`${IN_DATA}, gained: anything but iam:* on *.`, `${IN_DATA}, lost: anything but iam:*, sts:* on *.`],
  ],
  [
    'another target',
    {},
    { targets: [{ account: ARCHIVE, permissions: { managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] } }] },
    [
      `In account ${ARCHIVE}, gained: everything that arn:aws:iam::aws:policy/ReadOnlyAccess allows.`,
      `${IN_DATA}, lost: dynamodb:GetItem, dynamodb:Query on ${orders}.`,
      `${IN_DATA}, lost: everything that the pods do: EKS gives them this role (chained).`,
    ],
  ],
  [
    'another source role',
    {},
    { source: { role: `arn:aws:iam::${PAYMENTS}:role/shared/reader` } },
    [
      `In account ${PAYMENTS} as arn:aws:iam::${PAYMENTS}:role/shared/reader, that of the cluster, gained: everything that role arn:aws:iam::${PAYMENTS}:role/shared/reader can do.`,
    ],
  ],
  [
    'a template with other parameters',
    {
      targets: [
        {
          account: DATA,
          permissions: { template: { name: 's3-prefix', parameters: { bucket: 'one', write: false } } },
        },
      ],
    },
    {
      targets: [
        {
          account: DATA,
          permissions: { template: { name: 's3-prefix', parameters: { write: false, bucket: 'two' } } },
        },
      ],
    },
    [
      `${IN_DATA}, gained: what the template s3-prefix gives for {"bucket":"two","write":false}.`,
      `${IN_DATA}, lost: what the template s3-prefix gives for {"bucket":"one","write":false}.`,
    ],
  ],
  [
    'longer',
    {},
    { lifetime: { until: '2027-01-31', zone: 'Europe/Berlin' } },
    ['The grant lasts until 2027-01-31 (Europe/Berlin); it was for P30D from its activation on.'],
  ],
  [
    'without end',
    {},
    { lifetime: undefined },
    ['The grant lasts until it is revoked; it was for P30D from its activation on.'],
  ],
  [
    'without tags',
    {},
    { sessionTags: false },
    [
      'Session tags are off: nothing tells the service accounts of a cluster apart any more, neither trusts nor denies.',
    ],
  ],
  [
    'without session policy',
    { sessionTags: false, sessionPolicy: READ_ORDERS },
    { sessionTags: false },
    [`The session policy goes: sessions can do everything that the role can. It was ${JSON.stringify(READ_ORDERS)}.`],
  ],
  ['another team', {}, { team: 'billing' }, ['Team billing answers for it; it was team checkout.']],
  [
    'by force',
    {},
    { takeOver: true, restartPods: true },
    ['What is there already and differs is taken over.', 'Pods that are older than the association are restarted.'],
  ],
];

test.each(CHANGES)('%s', (_what, before, after, sentences) => {
  expect(whoGainsWhat(version(before), version(after)).sentences).toEqual(sentences);
});

test('the accounts in which somebody can do something only now', () => {
  const { accountsGained, accountsLost } = whoGainsWhat(
    version(),
    version({
      clusters: [cluster(), analytics],
      targets: [{ account: ARCHIVE, permissions: { inline: READ_ORDERS } }],
    }),
  );
  expect([accountsGained, accountsLost]).toEqual([[ANALYTICS, ARCHIVE], [DATA]]);
});

describe('statements', () => {
  const actions = fc.constantFrom(
    's3:GetObject',
    's3:PutObject',
    's3:getobject',
    's3:Get*',
    's3:*',
    'sqs:Send?essage',
    'sqs:SendMessage',
    '*',
  );
  const resources = fc.constantFrom('*', 'arn:aws:s3:::a/*', 'arn:aws:s3:::a/b', 'arn:aws:s3:::a/?', 'arn:aws:s3:::*');
  const conditions = fc.constantFrom(
    undefined,
    { Bool: { 'aws:SecureTransport': 'true' } },
    { Bool: { 'aws:SecureTransport': ['true'] } },
  );
  const statement = fc
    .record({
      Action: fc.uniqueArray(actions, { minLength: 1, maxLength: 3 }),
      Resource: fc.uniqueArray(resources, { minLength: 1, maxLength: 3 }),
      Condition: conditions,
      negated: fc.constantFrom('Action', 'Resource', 'neither', 'neither', 'neither'),
    })
    .map(({ Action, Resource, Condition, negated }) => ({
      ...(negated === 'Action' ? { NotAction: Action } : { Action }),
      ...(negated === 'Resource' ? { NotResource: Resource } : { Resource }),
      Condition,
    }));
  const policies = fc
    .array(statement, { minLength: 1, maxLength: 4 })
    .map((statements) => JSON.stringify(policy(...statements)));
  const asks = fc.record({
    action: fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:GetBucket', 'sqs:SendMessage', 'ec2:RunInstances'),
    resource: fc.constantFrom('arn:aws:s3:::a/b', 'arn:aws:s3:::a/bc', 'arn:aws:s3:::z', 'arn:aws:sqs:eu-west-1:1:q'),
    secure: fc.boolean(),
  });
  type Ask = { readonly action: string; readonly resource: string; readonly secure: boolean };
  const allows = (text: string, { action, resource, secure }: Ask): boolean => {
    const principal = { kind: 'aws', arn: `arn:aws:sts::${DATA}:assumed-role/r/s`, account: DATA } as const;
    const context = contextOf({ 'aws:SecureTransport': String(secure) });
    const document = parsePolicy(text, { kind: 'identity' });
    return evaluate([{ name: 'inline', document }], { action, resource, principal, context }).effect === 'allow';
  };
  const elementOf = (name: string, text: string) =>
    text.startsWith('anything but ')
      ? { [`Not${name}`]: text.slice('anything but '.length).split(', ') }
      : { [name]: text.split(', ') };
  const statementOf = ({ action, resource, condition }: Unit) => ({
    ...elementOf('Action', action),
    ...elementOf('Resource', resource),
    ...(condition !== '' && { Condition: JSON.parse(condition) }),
  });

  it('what is allowed after and was not before is among what is gained', () => {
    let gained = 0;
    fc.assert(
      fc.property(policies, policies, asks, (before, after, ask) => {
        fc.pre(allows(after, ask) && !allows(before, ask));
        gained += 1;
        const gains = unsaid(unitsOf(after), unitsOf(before));
        expect(gains.some((unit) => allows(JSON.stringify(policy(statementOf(unit))), ask))).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(gained).toBeGreaterThan(100);
  });

  it('taken apart, a policy allows the same', () => {
    fc.assert(
      fc.property(policies, asks, (text, ask) => {
        expect(allows(JSON.stringify(policy(...unitsOf(text).map(statementOf))), ask)).toBe(allows(text, ask));
      }),
    );
  });

  it('of a policy to itself, however it is written, nothing is gained', () => {
    fc.assert(
      fc.property(policies, (text) => {
        const apart = JSON.stringify(policy(...unitsOf(text).map(statementOf).toReversed()));
        expect(unsaid(unitsOf(text), unitsOf(apart))).toEqual([]);
        expect(unsaid(unitsOf(apart), unitsOf(text))).toEqual([]);
      }),
    );
  });

  it('a variable is not the same text in the older version', () => {
    const text = JSON.stringify(policy({ Action: 's3:GetObject', Resource: `arn:aws:s3:::a/\${aws:username}` }));
    const older = text.replace('2012-10-17', '2008-10-17');
    expect(unsaid(unitsOf(text), unitsOf(older))).toHaveLength(1);
    expect(unsaid(unitsOf(older), unitsOf(older))).toEqual([]);
  });

  it('a pattern with ? does not take in one with *', () => {
    const [narrow, wide] = ['sqs:Send?essage', 'sqs:Send*essage'].map((Action) =>
      unitsOf(JSON.stringify(policy({ Action, Resource: '*' }))),
    );
    expect(unsaid(wide ?? [], narrow ?? [])).toHaveLength(1);
    expect(unsaid(narrow ?? [], wide ?? [])).toEqual([]);
  });

  it('too many pairs are compared as a whole', () => {
    const Resource = Array.from({ length: 300 }, (_, index) => `arn:aws:s3:::b${index}`);
    const Action = Array.from({ length: 10 }, (_, index) => `s3:A${index}`);
    expect(unitsOf(JSON.stringify(policy({ Action, Resource })))).toHaveLength(1);
    expect(linesOf(unitsOf(JSON.stringify(policy({ Action, Resource: '*' }))))).toHaveLength(1);
  });
});
