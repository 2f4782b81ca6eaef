import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { denyName, renderDeny } from '../../../functions/abac/session-deny.ts';
import {
  afterDeed,
  endOf,
  inOrder,
  isDone,
  labelOf,
  type MendedRole,
  policiesBeside,
  policiesToRead,
  refusedDeed,
  writeOf,
} from '../../../functions/drift/mending.ts';
import type { MendingBounds } from '../../../functions/drift/mending-bounds.ts';
import type { MendDeed } from '../../../functions/drift/spoke-contract.ts';
import { contextOf, evaluate, parsePolicy, type RequestPrincipal } from '../../../functions/policy/index.ts';

const ACCOUNT = '111122223333';
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/podid-boundary`;
const THEIRS = `arn:aws:iam::${ACCOUNT}:policy/corporate`;
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const bounds: MendingBounds = {
  account: ACCOUNT,
  partition: 'aws',
  excluded: [],
  managed: ['team/*'],
  rolePath: '/podid/',
  boundaryName: 'podid-boundary',
};
const api = {
  account: ACCOUNT,
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
const deny = (Action: string) => ({ ...allow(Action), Effect: 'Deny' });
const pods = (StringEquals?: object) => ({
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  ...(StringEquals && { Condition: { StringEquals } }),
});
const inNamespace = (...names: string[]) => pods({ 'aws:RequestTag/kubernetes-namespace': names });
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const GITHUB = 'token.actions.githubusercontent.com';
/** Tokens of this subject. */
const tokens = (issuer: string, sub: string, claims: object = { [`${issuer}:aud`]: 'sts.amazonaws.com' }) => ({
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringLike: { [`${issuer}:sub`]: sub }, StringEquals: claims },
});
const principal = (Principal: object | string, more: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...more,
});

const role = (more: Partial<MendedRole> = {}): MendedRole => ({
  arn: `arn:aws:iam::${ACCOUNT}:role/team/orders`,
  id: 'AROAORDERS',
  trust: policy(pods()),
  tags: {},
  managedPolicyArns: [],
  inline: {},
  documents: {},
  ...more,
});
const ofGrant = (more: Partial<MendedRole> = {}) => role({ arn: `arn:aws:iam::${ACCOUNT}:role/podid/orders`, ...more });
const identity = { identity: api, roleArn: role().arn, form: 'tags' } as const;
const DENY = renderDeny(identity);
const DENY_NAME = denyName(identity);

const trust = (...statements: object[]): MendDeed => ({ do: 'trust', document: policy(...statements) });
const replace = (name: string, document: string): MendDeed => ({ do: 'put-inline', name, document });
const remove = (name: string): MendDeed => ({ do: 'delete-inline', name });
const detach = (arn: string): MendDeed => ({ do: 'detach', arn });
const bound = (arn: string): MendDeed => ({ do: 'boundary', arn });

type Row = readonly [title: string, deed: MendDeed, role: MendedRole, why?: string];

const ACCEPTED: readonly Row[] = [
  ['a trust for fewer', trust(inNamespace('checkout')), role()],
  ['a trust without a stranger', trust(pods()), role({ trust: policy(pods(), principal({ AWS: '444455556666' })) })],
  [
    'a trust instead of one for everybody',
    trust(principal({ AWS: '444455556666' })),
    role({ trust: policy(principal('*')) }),
  ],
  [
    'a trust in another order',
    trust(pods(), principal({ AWS: '444455556666' })),
    role({ trust: policy(principal({ AWS: '444455556666' }), pods()) }),
  ],
  [
    'a policy that allows is detached',
    detach(ADMINISTRATOR),
    role({ managedPolicyArns: [ADMINISTRATOR], documents: { [ADMINISTRATOR]: policy(allow('*')) } }),
  ],
  [
    'a policy that denies what nobody else allows is detached',
    detach(ADMINISTRATOR),
    role({
      managedPolicyArns: [ADMINISTRATOR, THEIRS],
      inline: { theirs: policy(allow('sqs:*')) },
      documents: { [ADMINISTRATOR]: policy(allow('*'), deny('iam:*')), [THEIRS]: policy(allow('s3:*')) },
    }),
  ],
  [
    'an inline policy that denies what nobody else allows',
    remove('x'),
    role({ inline: { x: policy(allow('*'), deny('iam:*')), y: policy(allow('s3:*')) } }),
  ],
  ['an inline policy that allows goes', remove('x'), role({ inline: { x: policy(allow('*')) } })],
  ['a false deny goes', remove(DENY_NAME), role({ inline: { [DENY_NAME]: policy(allow('*')) } })],
  [
    'an inline policy is replaced by less',
    replace('x', policy(allow('s3:Get*'))),
    role({ inline: { x: policy(allow('*')) } }),
  ],
  ['a role without a boundary gets one', bound(THEIRS), role()],
  [
    'a boundary in the place of a wider one',
    bound(THEIRS),
    role({
      boundaryArn: ADMINISTRATOR,
      documents: { [THEIRS]: policy(allow('s3:*')), [ADMINISTRATOR]: policy(allow('*')) },
    }),
  ],
  ['a role of grants gets its boundary', bound(BOUNDARY), ofGrant()],
  ['a role of grants gets its boundary back', bound(BOUNDARY), ofGrant({ boundaryArn: THEIRS })],
];

const OPS = principal({ AWS: `arn:aws:iam::${ACCOUNT}:role/ops` });
const SERVICE_ACCOUNT = 'system:serviceaccount:';
const TRUSTS: readonly Row[] = [
  [
    'a service account instead of all',
    trust(tokens(ISSUER, `${SERVICE_ACCOUNT}a:b`)),
    role({ trust: policy(tokens(ISSUER, '*')) }),
  ],
  [
    'nobody of a foreign account',
    trust(OPS),
    role({ trust: policy(OPS, principal({ AWS: 'arn:aws:iam::444455556666:role/evil' })) }),
  ],
];
const WIDER: readonly Row[] = [
  [
    'another service account',
    trust(tokens(ISSUER, `${SERVICE_ACCOUNT}c:d`)),
    role({ trust: policy(tokens(ISSUER, `${SERVICE_ACCOUNT}a:b`)) }),
    '(irsa)',
  ],
  [
    'another service account with another audience',
    trust(tokens(ISSUER, `${SERVICE_ACCOUNT}c:d`, { [`${ISSUER}:aud`]: 'x' })),
    role({ trust: policy(tokens(ISSUER, `${SERVICE_ACCOUNT}a:b`)) }),
    '(other-principals)',
  ],
  // Beside something that is lost by the same way of asking.
  [
    "a foreign role, by what no pod's session has",
    trust(
      principal(
        { AWS: 'arn:aws:iam::444455556666:role/evil' },
        { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } },
      ),
    ),
    role({ trust: policy(OPS) }),
    '(other-principals)',
  ],
  [
    "tokens that are no cluster's",
    trust(tokens(GITHUB, 'repo:evil/*')),
    role({ trust: policy(tokens(ISSUER, `${SERVICE_ACCOUNT}a:b`)) }),
    '(other-principals)',
  ],
  [
    "an issuer that looks like a cluster's",
    trust(tokens(ISSUER.replace('amazonaws.com', 'example.com'), 'x')),
    role({ trust: policy(tokens(ISSUER, `${SERVICE_ACCOUNT}a:b`)) }),
    '(other-principals)',
  ],
];

const REFUSED: readonly Row[] = [
  [
    'a trust for more',
    trust(pods()),
    role({ trust: policy(inNamespace('checkout')) }),
    'it would let others in (pod-identity)',
  ],
  ['a trust for others', trust(inNamespace('a')), role({ trust: policy(inNamespace('b')) }), 'it would let others in'],
  ['a trust for a stranger', trust(pods(), principal({ AWS: '444455556666' })), role(), 'it would let others in'],
  ['a trust for another service', trust(principal({ Service: 'ec2.amazonaws.com' })), role(), 'other-principals'],
  [
    'a trust without a Deny',
    trust(pods()),
    role({ trust: policy(pods(), { ...inNamespace('x'), Effect: 'Deny' }) }),
    'it would let others in',
  ],
  ['a trust that is none', { do: 'trust', document: '{}' }, role(), "can't be told"],
  ['a trust in the place of what nobody can read', trust(pods()), role({ trust: '{' }), "can't be told"],
  [
    'a policy that denies stays attached',
    detach(THEIRS),
    role({ managedPolicyArns: [THEIRS], documents: { [THEIRS]: policy(deny('*')) } }),
    'Deny',
  ],
  [
    'a policy that nobody could read stays attached',
    detach(THEIRS),
    role({ managedPolicyArns: [THEIRS] }),
    'nobody could read it',
  ],
  ['an inline policy that only denies', remove('x'), role({ inline: { x: policy(deny('iam:*')) } }), 'no other'],
  [
    'an inline policy that denies what another allows',
    remove('x'),
    role({ inline: { x: policy(allow('*'), deny('iam:*')), y: policy(allow('iam:Get*')) } }),
    'the inline policy y allows what that denies: iam:get* on *',
  ],
  [
    'a policy that denies what another allows stays attached',
    detach(ADMINISTRATOR),
    role({
      managedPolicyArns: [ADMINISTRATOR, THEIRS],
      documents: { [ADMINISTRATOR]: policy(allow('*'), deny('iam:*')), [THEIRS]: policy(allow('iam:*')) },
    }),
    `${THEIRS} allows what that denies`,
  ],
  [
    'a policy that denies, beside one that nobody could read',
    detach(ADMINISTRATOR),
    role({
      managedPolicyArns: [ADMINISTRATOR, THEIRS],
      documents: { [ADMINISTRATOR]: policy(allow('*'), deny('iam:*')) },
    }),
    `${THEIRS} may allow what that denies`,
  ],
  ['a session deny', remove(DENY_NAME), role({ inline: { [DENY_NAME]: DENY } }), 'only its revocation'],
  [
    'a session deny that was reformatted',
    remove(DENY_NAME),
    role({ inline: { [DENY_NAME]: JSON.stringify(JSON.parse(DENY), undefined, 2) } }),
    'only its revocation',
  ],
  ['a session deny under another name', remove('x'), role({ inline: { x: DENY } }), 'only its revocation'],
  [
    'a session deny, even by a wider one',
    replace(DENY_NAME, policy(deny('*'))),
    role({ inline: { [DENY_NAME]: DENY } }),
    'only its revocation',
  ],
  ['an inline policy that is not there', replace('x', policy(deny('*'))), role(), 'there is none'],
  ['one of a name that every object has', replace('constructor', policy(deny('*'))), role(), 'there is none'],
  [
    'an inline policy, by more',
    replace('x', policy(allow('s3:*'))),
    role({ inline: { x: policy(allow('s3:Get*')) } }),
    'it would give s3:* on *',
  ],
  [
    'an inline policy, without its Deny',
    replace('x', policy(allow('s3:*'))),
    role({ inline: { x: policy(allow('s3:*'), deny('s3:Put*')) } }),
    'no longer deny',
  ],
  [
    'the boundary of grants, in the place of a narrower one',
    bound(BOUNDARY),
    role({ boundaryArn: THEIRS, documents: { [BOUNDARY]: policy(allow('*')), [THEIRS]: policy(allow('s3:*')) } }),
    `in the place of ${THEIRS}, it would give * on *`,
  ],
  [
    'a boundary that nobody could read',
    bound(THEIRS),
    role({ boundaryArn: ADMINISTRATOR, documents: { [ADMINISTRATOR]: policy(allow('*')) } }),
    `nobody could read ${THEIRS}`,
  ],
  [
    'a boundary in the place of one that nobody could read',
    bound(THEIRS),
    role({ boundaryArn: ADMINISTRATOR, documents: { [THEIRS]: policy(allow('s3:*')) } }),
    `nobody could read ${ADMINISTRATOR}`,
  ],
  ['a role of grants, by another boundary than theirs', bound(THEIRS), ofGrant(), 'and no other'],
];

describe('it takes away only:', () => {
  it.each([...ACCEPTED, ...TRUSTS])('%s', (_, deed, whole) => {
    expect(isDone(deed, whole)).toBe(labelOf(deed) === 'trust' && deed === ACCEPTED[3]?.[1]);
    expect(refusedDeed(deed, whole, bounds)).toBeUndefined();
  });
});

describe('refused:', () => {
  it.each([...REFUSED, ...WIDER])('%s', (_, deed, whole, why = '') => {
    const because = refusedDeed(deed, whole, bounds);
    expect(because).toContain(`${labelOf(deed)} stays as it is: `);
    expect(because).toContain(why);
  });
});

describe('what is so already', () => {
  it.each([
    [trust(pods()), role()],
    [detach(THEIRS), role()],
    [remove('x'), role()],
    [replace('x', policy(allow('a:*'), deny('b:*'))), role({ inline: { x: policy(deny('b:*'), allow('a:*')) } })],
    [bound(THEIRS), role({ boundaryArn: THEIRS })],
  ])('is done, and not refused: %j', (deed, whole) => {
    expect(isDone(deed, whole)).toBe(true);
    expect(refusedDeed(deed, whole, bounds)).toBeUndefined();
  });
});

it('only what is judged is read', () => {
  const deeds = [detach(ADMINISTRATOR), detach(ADMINISTRATOR), bound(THEIRS), remove('x'), trust(pods())];
  expect(policiesToRead(deeds, role())).toEqual([ADMINISTRATOR]);
  expect(policiesToRead(deeds, role({ boundaryArn: BOUNDARY }))).toEqual([ADMINISTRATOR, THEIRS, BOUNDARY]);
});

it('the boundary is first, a policy with a Deny last, and the others stay in their order', () => {
  const deeds = [trust(pods()), remove('x'), remove('y'), bound(THEIRS), detach(THEIRS)];
  const inline = { x: policy(allow('*'), deny('iam:*')), y: policy(allow('*')) };
  const about = role({ inline, managedPolicyArns: [THEIRS], documents: { [THEIRS]: policy(allow('*')) } });
  expect(inOrder(deeds, about).map(labelOf)).toEqual([
    'boundary',
    'trust',
    'inline:y',
    `attached:${THEIRS}`,
    'inline:x',
  ]);
});

it('where a policy with a Deny is to go, all that stay are read', () => {
  const about = role({
    inline: { x: policy(allow('*'), deny('iam:*')), y: policy(allow('*')) },
    managedPolicyArns: [ADMINISTRATOR, THEIRS],
    documents: { [THEIRS]: policy(allow('*')) },
  });
  expect(policiesBeside([remove('y'), detach(THEIRS), trust(pods())], about)).toEqual([]);
  expect(policiesBeside([remove('x')], about)).toEqual([ADMINISTRATOR]);
});

it('a deed that is done is in the role that the next one is proven against', () => {
  const about = role({ inline: { x: '{}', y: '{}' }, managedPolicyArns: [ADMINISTRATOR, THEIRS] });
  for (const deed of [trust(OPS), detach(THEIRS), remove('x'), replace('y', policy(deny('*'))), bound(BOUNDARY)]) {
    expect([isDone(deed, about), isDone(deed, afterDeed(deed, about))]).toEqual([false, true]);
  }
  expect(afterDeed(remove('x'), about)).toEqual({ ...about, inline: { y: '{}' } });
});

it('a deed is one write, and one facet', () => {
  const deeds = [trust(pods()), detach(THEIRS), remove(DENY_NAME), replace('x', '{}'), bound(THEIRS)];
  expect(deeds.map((deed) => [labelOf(deed), writeOf(deed)])).toEqual([
    ['trust', { what: 'trust', document: policy(pods()) }],
    [`attached:${THEIRS}`, { what: 'detach', arn: THEIRS }],
    [`deny:${DENY_NAME}`, { what: 'delete-inline', name: DENY_NAME }],
    ['inline:x', { what: 'put-inline', name: 'x', document: '{}' }],
    ['boundary', { what: 'boundary', arn: THEIRS }],
  ]);
});

it('what somebody else has taken away in between is done; a role that went is gone', () => {
  const gone = { status: 'gone', because: 'The role policy with name x cannot be found.' } as const;
  const roleGone = { status: 'gone', because: 'The role with name orders cannot be found.' } as const;
  expect([remove('x'), detach(THEIRS), bound(THEIRS)].map((deed) => endOf(deed, gone))).toEqual([
    'done',
    'done',
    'refused',
  ]);
  expect([remove('x'), trust(pods())].map((deed) => endOf(deed, roleGone))).toEqual(['gone', 'gone']);
  expect(endOf(trust(pods()), { status: 'refused', because: 'too long' })).toBe('refused');
  expect(endOf(trust(pods()), { status: 'invalid-principal', because: 'invalid principal' })).toBe('refused');
  expect(endOf(trust(pods()), { status: 'done' })).toBe('done');
});

describe('for every trust policy', () => {
  const namespaces = ['a', 'ab', 'b'];
  const condition = fc.constantFrom(
    undefined,
    { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'a' } },
    { StringEquals: { 'aws:RequestTag/kubernetes-namespace': ['a', 'b'] } },
    { StringLike: { 'aws:RequestTag/kubernetes-namespace': 'a*' } },
    { StringNotEquals: { 'aws:RequestTag/kubernetes-namespace': 'b' } },
    { StringEqualsIfExists: { 'aws:RequestTag/kubernetes-namespace': 'a' } },
    { StringEquals: { 'aws:PrincipalOrgID': 'o-0123456789' } },
  );
  const statement = fc
    .record({
      Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
      Principal: fc.constantFrom<object | string>(
        { Service: 'pods.eks.amazonaws.com' },
        { Service: 'ec2.amazonaws.com' },
        { Service: ['pods.eks.amazonaws.com', 'ec2.amazonaws.com'] },
        { AWS: '444455556666' },
        { AWS: 'arn:aws:iam::444455556666:role/ops' },
        { AWS: `arn:aws:iam::${ACCOUNT}:role/ops` },
        '*',
      ),
      Action: fc.constantFrom('sts:AssumeRole', ['sts:AssumeRole', 'sts:TagSession'], 'sts:*', 'sts:TagSession'),
      Condition: condition,
    })
    .map(({ Condition, ...rest }) => ({ ...rest, ...(Condition && { Condition }) }));
  const statements = fc.array(statement, { minLength: 1, maxLength: 3 });
  /** Mostly a part of the other, since two at random seldom have to do with each other. */
  const pair = statements.chain((before) =>
    fc
      .tuple(fc.subarray(before), fc.array(statement, { maxLength: 1 }))
      .map(([kept, more]) => [before, [...kept, ...more]] as const)
      .filter(([, after]) => after.length > 0),
  );
  const principals: RequestPrincipal[] = [
    { kind: 'service', service: 'pods.eks.amazonaws.com' },
    { kind: 'service', service: 'ec2.amazonaws.com' },
    ...['444455556666', ACCOUNT].map((account) => ({
      kind: 'aws' as const,
      arn: `arn:aws:sts::${account}:assumed-role/ops/x`,
      account,
      roleArn: `arn:aws:iam::${account}:role/ops`,
    })),
  ];
  /** Who hands over session tags needs TagSession, too; a service is of no organization. */
  const requests = principals.flatMap((who) =>
    [...namespaces, undefined].flatMap((namespace) =>
      (who.kind === 'aws' ? ['o-0123456789', undefined] : [undefined]).map((organization) => ({
        who,
        context: contextOf({
          'aws:RequestTag/kubernetes-namespace': namespace,
          'aws:PrincipalOrgID': organization,
        }),
        actions: namespace === undefined ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'],
      })),
    ),
  );
  const admits = (trust: string, { who, context, actions }: (typeof requests)[number]): boolean =>
    actions.every(
      (action) =>
        evaluate([{ name: 'trust', document: parsePolicy(trust) }], {
          action,
          resource: role().arn,
          principal: who,
          context,
        }).effect === 'allow',
    );

  it('one that is accepted lets nobody assume the role whom the present one does not', () => {
    let accepted = 0;
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const [was, is] = [policy(...before), policy(...after)];
        if (refusedDeed({ do: 'trust', document: is }, role({ trust: was }), bounds) !== undefined) return;
        accepted += 1;
        const strangers = requests.filter((each) => admits(is, each) && !admits(was, each));
        expect(strangers).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(30);
  });
});
