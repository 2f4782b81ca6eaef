/** Bad input: each mistake is named with its place, and with the limit where there is one. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lifetimeProblems, problemsOf, readWish } from '../../../functions/grants/problems.ts';
import { ANALYTICS, ARCHIVE, analytics, asked, cluster, config, DATA, NOW, PAYMENTS, READ_ORDERS } from './samples.ts';

const target = (change: object = {}) => ({ account: DATA, permissions: { inline: READ_ORDERS }, ...change });
const permissions = (change: object) => ({ targets: [target({ permissions: change })] });
const template = (parameters: object) => ({ template: { name: 'dynamodb-leading-key', parameters } });
const TABLE = `arn:aws:dynamodb:eu-west-1:${DATA}:table/orders`;
const statement = (change: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*', ...change }],
});
const LONG = statement({
  Resource: Array.from({ length: 300 }, (_, index) => `arn:aws:s3:::a-bucket-with-a-long-name-${index}`),
});
const SESSION = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }] };

test('little is enough; what was not said is the careful choice', () => {
  const read = readWish(asked, NOW, config);
  expect(read).toMatchObject({ wish: { sessionTags: true, restartPods: false, takeOver: false } });
});

const RIGHT: readonly [what: string, change: object][] = [
  ['several clusters, of several accounts', { clusters: [cluster(), cluster('staging'), analytics] }],
  [
    'permissions of its own account, no target',
    {
      source: { role: 'managed', permissions: { managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] } },
      targets: [],
    },
  ],
  [
    'an existing role that is opted in',
    { source: { role: `arn:aws:iam::${PAYMENTS}:role/shared/reader` }, targets: [] },
  ],
  ['an existing target', { targets: [{ account: DATA, role: `arn:aws:iam::${DATA}:role/readers/orders` }] }],
  ['a template', permissions(template({ tableArn: TABLE }))],
  ['a policy as text', permissions({ inline: JSON.stringify(READ_ORDERS) })],
  ['a session policy with session tags off', { sessionTags: false, sessionPolicy: SESSION }],
  ['no end', { lifetime: undefined }],
];

test.each(RIGHT)('right: %s', (_what, change) => {
  expect(problemsOf({ ...asked, ...change }, NOW, config)).toEqual([]);
});

const WRONG: readonly [what: string, change: object, path: string, says: string, limit?: string][] = [
  ['a cluster that nobody knows', { clusters: [cluster('elsewhere')] }, '$.clusters[0]', 'unknown'],
  ['a cluster of another account', { clusters: [{ ...cluster(), account: DATA }] }, '$.clusters[0]', 'unknown'],
  ['a cluster twice', { clusters: [cluster(), cluster()] }, '$.clusters[1]', 'twice'],
  ['no cluster', { clusters: [] }, '$.clusters', '>=1'],
  ['a namespace in capitals', { namespace: 'Checkout' }, '$.namespace', 'at most 63 characters, lower-case'],
  ['a namespace with a wildcard', { namespace: 'team-*' }, '$.namespace', "no namespace's name"],
  ['a long namespace', { namespace: 'a'.repeat(64) }, '$.namespace', 'at most 63 characters'],
  ['a namespace with a newline', { namespace: 'checkout\n' }, '$.namespace', "no namespace's name"],
  ['a service account with a slash', { serviceAccount: 'a/b' }, '$.serviceAccount', "no service account's name"],
  ['an empty role', { source: { role: '' } }, '$.source.role', 'the role is empty: say managed, or the ARN'],
  ['a role by name', { source: { role: 'reader' } }, '$.source.role', 'managed, or the ARN'],
  [
    "another account's role as source",
    { source: { role: `arn:aws:iam::${DATA}:role/readers/orders` } },
    '$.source.role',
    `clusters are of account ${PAYMENTS}`,
  ],
  [
    'an existing source for two accounts',
    { clusters: [cluster(), analytics], source: { role: `arn:aws:iam::${PAYMENTS}:role/shared/reader` } },
    '$.source.role',
    `clusters are of account ${ANALYTICS}`,
  ],
  [
    'a role that nobody opted in',
    { source: { role: `arn:aws:iam::${PAYMENTS}:role/other` } },
    '$.source.role',
    'managedRoles in podid.config.yaml does not name it',
  ],
  [
    'a role that is excluded',
    { source: { role: `arn:aws:iam::${PAYMENTS}:role/shared/crown-jewels` } },
    '$.source.role',
    'excluded by the configuration',
  ],
  [
    "podid's own role",
    { source: { role: `arn:aws:iam::${PAYMENTS}:role/podid-revoke` } },
    '$.source.role',
    "podid's own",
  ],
  [
    'a role of another partition',
    { source: { role: `arn:aws-cn:iam::${PAYMENTS}:role/shared/reader` } },
    '$.source.role',
    "hub's partition aws",
  ],
  [
    'permissions for an existing role',
    { source: { role: `arn:aws:iam::${PAYMENTS}:role/shared/reader`, permissions: { inline: READ_ORDERS } } },
    '$.source.permissions',
    "keeps its owner's permissions",
  ],
  ['nothing', { targets: [] }, '$.source', 'gives nothing'],
  ['a target without permissions', { targets: [{ account: DATA }] }, '$.targets[0].permissions', 'gives nothing'],
  ['an unknown target account', { targets: [target({ account: '999999999999' })] }, '$.targets[0].account', 'unknown'],
  [
    "a cluster's account as target",
    { targets: [target({ account: PAYMENTS })] },
    '$.targets[0].account',
    'source.permissions',
  ],
  ['a target twice', { targets: [target(), target()] }, '$.targets[1]', 'the same role as target 0'],
  [
    'a chained target beside another',
    { targets: [target({ chained: true }), target({ account: ARCHIVE })] },
    '$.targets[0].chained',
    'never those of the source role',
    'a chained target is the only one',
  ],
  [
    'two chained targets',
    { targets: [target({ chained: true }), target({ account: ARCHIVE, chained: true })] },
    '$.targets[1].chained',
    'chained already',
    'one chained target',
  ],
  [
    "a target's role of another account",
    { targets: [{ account: ARCHIVE, role: `arn:aws:iam::${DATA}:role/readers/orders` }] },
    '$.targets[0].role',
    `not of ${ARCHIVE}`,
  ],
  [
    '41 targets',
    { targets: Array.from({ length: 41 }, (_, index) => target({ account: String(100_000_000_000 + index) })) },
    '$.targets',
    '41 targets',
    '40 targets in a grant',
  ],
  ['no JSON', permissions({ inline: '{' }), '$.targets[0].permissions.inline', 'not JSON'],
  [
    'a policy that IAM refuses',
    permissions({ inline: statement({ Effect: 'Perhaps' }) }),
    '$.targets[0].permissions.inline.Statement[0].Effect',
    'IAM would refuse it: Invalid effect',
  ],
  [
    'a policy with a principal',
    permissions({ inline: statement({ Principal: '*' }) }),
    '$.targets[0].permissions.inline.Statement[0].Principal',
    'should not specify a principal',
  ],
  [
    'a policy without resource',
    permissions({ inline: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*' }] } }),
    '$.targets[0].permissions.inline.Statement[0]',
    'must contain resources',
  ],
  ['a long policy', permissions({ inline: LONG }), '$.targets[0].permissions.inline', 'characters', '10240 characters'],
  [
    '11 managed policies',
    permissions({ managedPolicyArns: Array.from({ length: 11 }, (_, index) => `arn:aws:iam::aws:policy/P${index}`) }),
    '$.targets[0].permissions.managedPolicyArns',
    '11 policies',
    '10 managed policies on a role',
  ],
  [
    "another account's managed policy",
    permissions({ managedPolicyArns: [`arn:aws:iam::${ARCHIVE}:policy/P`] }),
    '$.targets[0].permissions.managedPolicyArns[0]',
    "of the role's account only",
  ],
  [
    'a managed policy of another partition',
    permissions({ managedPolicyArns: ['arn:aws-cn:iam::aws:policy/P'] }),
    '$.targets[0].permissions.managedPolicyArns[0]',
    'partition',
  ],
  [
    'a managed policy twice',
    permissions({ managedPolicyArns: ['arn:aws:iam::aws:policy/P', 'arn:aws:iam::aws:policy/P'] }),
    '$.targets[0].permissions.managedPolicyArns[1]',
    'twice',
  ],
  [
    'an unknown template',
    permissions({ template: { name: 'everything' } }),
    '$.targets[0].permissions.template.name',
    'no template "everything"',
    's3-prefix, dynamodb-leading-key, same-tag, secrets-by-tag',
  ],
  [
    'bad parameters',
    permissions(template({ tableArn: '*' })),
    '$.targets[0].permissions.template.parameters',
    'tableArn',
  ],
  [
    'a template without session tags',
    { sessionTags: false, ...permissions(template({ tableArn: TABLE })) },
    '$.targets[0].permissions.template',
    'rest on session tags',
  ],
  [
    'a session policy with session tags on',
    { sessionPolicy: SESSION },
    '$.sessionPolicy',
    'only with session tags off',
  ],
  [
    'a bad session policy',
    { sessionTags: false, sessionPolicy: {} },
    '$.sessionPolicy',
    'Missing required field Statement',
  ],
  [
    'a long session policy',
    { sessionTags: false, sessionPolicy: statement({ Resource: `arn:aws:s3:::${'a'.repeat(2100)}` }) },
    '$.sessionPolicy',
    'characters',
    '2048 characters',
  ],
  ['a lifetime in the past', { lifetime: { until: '2026-11-21T11:59:59Z' } }, '$.lifetime', 'in the past'],
  ['an end right now', { lifetime: { until: NOW } }, '$.lifetime', 'in the past'],
  ['a lifetime that is too long', { lifetime: { for: 'P366D' } }, '$.lifetime', 'until 2027-11-22', '365 days'],
  ['no lifetime at all', { lifetime: { for: 'soon' } }, '$.lifetime.for', 'no ISO 8601 duration'],
  ['an end without a zone', { lifetime: { until: '2026-12-31T17:00' } }, '$.lifetime.until', 'say the zone'],
  ['an unknown zone', { lifetime: { until: '2026-12-31', zone: 'Mars/Phobos' } }, '$.lifetime.zone', 'no time zone'],
  ['another kind of lifetime', { lifetime: { days: 30 } }, '$.lifetime', 'say `for` with a duration'],
  [
    'a policy that is a number',
    { sessionTags: false, sessionPolicy: 1 },
    '$.sessionPolicy',
    'as JSON text or as an object',
  ],
  ['no reason', { reason: '  ' }, '$.reason', 'say what it is for'],
  ['no team', { team: '' }, '$.team', "a team's name"],
  ['a misspelt field', { sesionTags: false }, '$', 'Unrecognized key: "sesionTags"'],
  [
    'far too much',
    { targets: [target({ permissions: { inline: ' '.repeat(160_000) } })] },
    '$',
    'use managed policies, or several grants',
    '150000 characters',
  ],
];

test.each(WRONG)('wrong: %s', (_what, change, path, says, limit = '') => {
  const problems = problemsOf({ ...asked, ...change }, NOW, config);
  const found = problems.find((each) => each.path === path && each.problem.includes(says));
  expect({ problems, found }).toEqual({ problems, found: expect.anything() });
  expect(found?.limit ?? '').toBe(limit);
});

test('all mistakes are told at once', () => {
  const problems = problemsOf(
    { ...asked, clusters: [cluster('elsewhere')], targets: [], lifetime: { for: 'PT0S' } },
    NOW,
    config,
  );
  expect(problems.map(({ path }) => path)).toEqual(['$.clusters[0]', '$.source', '$.lifetime.for']);
});

test('what is wrong in two accounts alike is told once', () => {
  const wrong = {
    ...asked,
    clusters: [cluster(), analytics],
    source: { role: 'managed', permissions: { inline: '{' } },
    targets: [],
  };
  expect(problemsOf(wrong, NOW, config)).toHaveLength(1);
});

test("an extension's lifetime is judged alike", () => {
  expect(lifetimeProblems({ for: 'P30D' }, NOW, config)).toEqual([]);
  expect(lifetimeProblems({ for: 'P2Y' }, NOW, config)).toHaveLength(1);
});

test('whatever is sent, there is an answer, and only a wish without problems is read', () => {
  const field = fc.constantFrom(...Object.keys(asked), 'sessionPolicy', 'sessionTags');
  fc.assert(
    fc.property(fc.dictionary(field, fc.jsonValue()), (change) => {
      const problems = problemsOf({ ...asked, ...change }, NOW, config);
      for (const { path, problem } of problems) {
        expect(path).toMatch(/^\$/);
        expect(problem).not.toBe('');
      }
      expect('wish' in readWish({ ...asked, ...change }, NOW, config)).toBe(problems.length === 0);
    }),
    { numRuns: 200 },
  );
});
