/** The resolved grant: what it would make, how it stands to what is there, and what stops it. */
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import type { Grant } from '../../../functions/grants/grant.ts';
import { GrantFacts } from '../../../functions/grants/guardrails/facts.ts';
import { guardrailFacts } from '../../../functions/grants/judged.ts';
import { resolve, rolesToRead } from '../../../functions/grants/resolve.ts';
import { ResolvedGrant } from '../../../functions/grants/resolved.ts';
import { Seen, type SeenAssociation } from '../../../functions/grants/seen.ts';
import { externalId } from '../../../functions/grants/tagless-trust.ts';
import { type GrantWish, identitiesOf } from '../../../functions/grants/wish.ts';
import type { WorkloadIdentity } from '../../../functions/identity.ts';
import { parsePolicy } from '../../../functions/policy/index.ts';
import { admits, chaining, isSame, podIdentity, reach, setOf } from '../../../functions/trust/reach/index.ts';
import {
  ANALYTICS,
  ARCHIVE,
  active,
  analytics,
  ann,
  cluster,
  config,
  DATA,
  ID,
  NOW,
  nextId,
  nothing,
  PAYMENTS,
  READ_ORDERS,
  requested,
  through,
  wishOf,
} from './samples.ts';

const OTHER = 'g-00000000000000aa';
const SHARED = `arn:aws:iam::${PAYMENTS}:role/shared/reader`;
const READERS = `arn:aws:iam::${DATA}:role/readers/orders`;

const seenNothing = (wish: GrantWish): Seen => nothing(rolesToRead({ grantId: ID, wish, config }));

const resolved = (wish: GrantWish, seen: Seen = seenNothing(wish), grants: readonly Grant[] = []): ResolvedGrant =>
  ResolvedGrant.parse(resolve({ grantId: ID, version: 1, wish, seen: Seen.parse(seen), grants, config }));

const associated = (identity: WorkloadIdentity, roleArn: string, change: object = {}): SeenAssociation => ({
  identity,
  state: {
    associationId: `a-${identity.cluster}-${identity.serviceAccount}`,
    associationArn: 'arn:of:it',
    roleArn,
    disableSessionTags: false,
    ...change,
  },
  tags: {},
});

/** What would be read after everything was made. */
const made = (grant: ResolvedGrant, isOurs = true): Seen => ({
  ...nothing([]),
  roles: grant.roles.map(({ roleArn, trust, managedPolicyArns, inline, boundary, tags }) => ({
    roleArn,
    present: true,
    trust: trust.text ?? '',
    managedPolicyArns: [...managedPolicyArns],
    inline: Object.fromEntries(
      Object.entries(inline).map(([name, text]) => [name, JSON.stringify(JSON.parse(text), null, 2)]),
    ),
    ...(boundary !== undefined && { boundary }),
    tags: isOurs ? tags : {},
  })),
  associations: grant.associations.map(({ identity, roleArn, targetRoleArn, disableSessionTags, policy }) =>
    associated(identity, roleArn, {
      disableSessionTags,
      ...(targetRoleArn !== undefined && { targetRoleArn }),
      ...(policy !== undefined && { policy }),
    }),
  ),
  made: isOurs
    ? [
        ...grant.roles.map(({ roleArn }) => roleArn),
        ...grant.associations.map(({ identity }) => `a-${identity.cluster}-${identity.serviceAccount}`),
      ]
    : [],
});

const existing = (roleArn: string, trust: object, change: object = {}): Seen['roles'][number] => ({
  roleArn,
  present: true,
  trust: JSON.stringify(trust),
  managedPolicyArns: [],
  inline: {},
  tags: {},
  ...change,
});
const trustOf = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const NOBODY = trustOf({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
const standings = (grant: ResolvedGrant) => [...grant.roles, ...grant.associations].map(({ standing }) => standing);
const reasons = (remarks: ResolvedGrant['blockers']) => remarks.map(({ reason }) => reason);
const roleOf = (grant: ResolvedGrant, as: string) => {
  const role = grant.roles.find((each) => each.as === as);
  if (role === undefined) throw new Error(`no ${as} role`);
  return role;
};

describe('a first grant', () => {
  const grant = resolved(wishOf());
  const [source, target] = [roleOf(grant, 'source'), roleOf(grant, 'target')];

  it('makes the source role first, then its target, then the association', () => {
    expect(grant.roles.map(({ as, account, standing }) => [as, account, standing])).toEqual([
      ['source', PAYMENTS, 'create'],
      ['target', DATA, 'create'],
    ]);
    expect(grant.associations).toEqual([
      expect.objectContaining({
        roleArn: source.roleArn,
        targetRoleArn: target.roleArn,
        disableSessionTags: false,
        standing: 'create',
      }),
    ]);
    expect([grant.blockers, grant.warnings, grant.removed, grant.removedRoles]).toEqual([[], [], [], []]);
  });

  it('under our path, with our boundary and our tags', () => {
    expect(source.roleArn).toMatch(new RegExp(`^arn:aws:iam::${PAYMENTS}:role/podid/checkout-api-[0-9a-f]{12}$`));
    expect(target.boundary).toBe(`arn:aws:iam::${DATA}:policy/podid-boundary`);
    expect(target.tags).toEqual({ 'podid:grant': ID, 'podid:team': 'checkout' });
  });

  it('lets the source have the target, and no more', () => {
    expect(Object.values(source.inline).map((text) => JSON.parse(text).Statement)).toEqual([
      [{ Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: [target.roleArn] }],
    ]);
    expect(JSON.parse(target.inline['podid-inline'] ?? '')).toEqual(READ_ORDERS);
  });

  it('admits exactly the service account, and to the target only through the source', () => {
    const identities = identitiesOf(wishOf());
    const pods = podIdentity({ account: PAYMENTS, partition: 'aws' });
    expect(isSame(reach(parsePolicy(source.trust.text), pods).may, setOf(pods.universe, identities))).toBe(true);
    const chain = chaining({ account: DATA, partition: 'aws', sourceAccount: PAYMENTS });
    const chained = identities.map((identity) => ({ ...identity, sourceRoleArn: source.roleArn }));
    expect(isSame(reach(parsePolicy(target.trust.text), chain).may, setOf(chain.universe, chained))).toBe(true);
  });
});

test('clusters of two accounts: a source role in each, and one target that admits both', () => {
  const grant = resolved(wishOf({ clusters: [cluster(), analytics] }));
  expect(grant.roles.map(({ as, account }) => [as, account])).toEqual([
    ['source', PAYMENTS],
    ['source', ANALYTICS],
    ['target', DATA],
  ]);
  const target = roleOf(grant, 'target');
  for (const { identity, roleArn } of grant.associations) {
    const chain = chaining({ account: DATA, partition: 'aws', sourceAccount: identity.account });
    const policy = parsePolicy(target.trust.text, { kind: 'trust' });
    const ours = setOf(chain.universe, [{ ...identity, sourceRoleArn: roleArn }]);
    expect(isSame(reach(policy, chain).may, ours)).toBe(true);
  }
});

test('a template is rendered for the service accounts', () => {
  const template = {
    name: 'dynamodb-leading-key',
    parameters: { tableArn: `arn:aws:dynamodb:eu-west-1:${DATA}:table/orders` },
  };
  const target = roleOf(resolved(wishOf({ targets: [{ account: DATA, permissions: { template } }] })), 'target');
  expect(target.inline['podid-template']).toContain('cluster/payments');
});

describe('what is there already', () => {
  it('and is ours and as it should be is kept, whatever order and white space IAM gives it', () => {
    const grant = resolved(wishOf());
    expect(standings(resolved(wishOf(), made(grant)))).toEqual(['keep', 'keep', 'keep']);
  });

  it('and matches is adopted; its tags need not', () => {
    const grant = resolved(wishOf(), made(resolved(wishOf()), false));
    expect(standings(grant)).toEqual(['adopt', 'adopt', 'adopt']);
    expect(grant.blockers).toEqual([]);
  });

  it('and ours is updated by a new version, tags too', () => {
    const wish = wishOf({ clusters: [cluster(), cluster('staging')], team: 'orders' });
    const grant = resolved(wish, made(resolved(wishOf())));
    expect(standings(grant)).toEqual(['update', 'update', 'keep', 'create']);
    expect(roleOf(grant, 'source').differences).toEqual([
      expect.stringMatching(/^Its trust would admit, and does not \(pod-identity\): .*staging/),
      'Its tag podid:team is checkout; it should be orders.',
    ]);
  });

  const spoilt = (seen: Seen): Seen => ({
    ...seen,
    roles: seen.roles.map((role) =>
      role.present && role.roleArn.includes(DATA)
        ? {
            ...role,
            managedPolicyArns: ['arn:aws:iam::aws:policy/P'],
            inline: { 'podid-inline': '{"Version":"2012-10-17","Statement":[]}', extra: '{}' },
            boundary: 'arn:aws:iam::1:policy/b',
          }
        : role,
    ),
    associations: seen.associations.map((each) => ({
      ...each,
      state: { ...each.state, roleArn: SHARED, targetRoleArn: undefined, disableSessionTags: true, policy: '{}' },
    })),
  });
  const differing = spoilt(made(resolved(wishOf()), false));

  it('and differs stops it, and the differences are told', () => {
    const grant = resolved(wishOf(), differing);
    expect(standings(grant)).toEqual(['adopt', 'stop', 'stop']);
    expect(reasons(grant.blockers)).toEqual(['RoleDiffers', 'AssociationDiffers']);
    expect(roleOf(grant, 'target').differences).toEqual([
      'It has the managed policy arn:aws:iam::aws:policy/P.',
      'Its inline policy podid-inline is another one.',
      'It has the inline policy extra.',
      `Its permissions boundary is arn:aws:iam::1:policy/b; it should be arn:aws:iam::${DATA}:policy/podid-boundary.`,
    ]);
    expect(grant.associations[0]?.differences).toEqual([
      `Its role is ${SHARED}; it should be ${roleOf(grant, 'source').roleArn}.`,
      `Its target role is none; it should be ${roleOf(grant, 'target').roleArn}.`,
      'Its session tags are off; they should be on.',
      'Its session policy is another one.',
    ]);
  });

  it('and differs is taken over when the wish says so', () => {
    const grant = resolved(wishOf({ takeOver: true }), differing);
    expect(standings(grant)).toEqual(['adopt', 'take-over', 'take-over']);
    expect(grant.blockers).toEqual([]);
  });

  it("and is an add-on's is not taken over at all", () => {
    const [identity] = identitiesOf(wishOf());
    if (identity === undefined) throw new Error('no identity');
    const seen = {
      ...seenNothing(wishOf()),
      associations: [associated(identity, SHARED, { ownerArn: 'arn:aws:eks:eu-west-1:1:addon/x' })],
    };
    const grant = resolved(wishOf({ takeOver: true }), seen);
    expect(grant.associations[0]?.standing).toBe('stop');
    expect(grant.blockers[0]?.sentence).toContain('It belongs to arn:aws:eks:eu-west-1:1:addon/x: change it there.');
  });

  it('and is left out by a new version goes', () => {
    const both = wishOf({
      clusters: [cluster(), cluster('staging')],
      targets: [
        { account: DATA, permissions: { inline: READ_ORDERS } },
        { account: ARCHIVE, permissions: { inline: READ_ORDERS } },
      ],
    });
    const before = resolved(both);
    const grant = resolved(wishOf(), { ...made(before), roles: [...made(before).roles] });
    expect(grant.removed.map(({ identity }) => identity.cluster)).toEqual(['staging']);
    expect(grant.removedRoles).toEqual(
      before.roles.filter(({ account }) => account === ARCHIVE).map(({ roleArn }) => roleArn),
    );
  });
});

describe('an existing role', () => {
  const wish = wishOf({ source: { role: SHARED }, targets: [] });
  const [mine] = identitiesOf(wish);
  if (mine === undefined) throw new Error('no identity');
  const worker = { ...mine, serviceAccount: 'worker' };
  const cron = { ...mine, serviceAccount: 'cron' };
  const admitted = (grant: ResolvedGrant, identity: WorkloadIdentity): boolean => {
    const policy = parsePolicy(roleOf(grant, 'source').trust.text);
    return admits(policy, podIdentity({ account: PAYMENTS, partition: 'aws' }), identity).admitted !== false;
  };
  const seen = (associations: SeenAssociation[] = [], change: Partial<Seen> = {}): Seen => ({
    ...nothing([]),
    roles: [existing(SHARED, NOBODY)],
    associations,
    ...change,
  });
  const sharing = active(wishOf({ source: { role: SHARED }, targets: [], serviceAccount: 'worker' }), OTHER);

  it('keeps its permissions and the statements of others; only its trust is changed', () => {
    const role = roleOf(resolved(wish, seen()), 'source');
    expect(role).toMatchObject({ managed: false, managedPolicyArns: [], inline: {}, tags: {}, standing: 'update' });
    expect(role.boundary).toBeUndefined();
    expect(role.trust.text).toContain('ec2.amazonaws.com');
    const trust = JSON.parse(role.trust.text ?? '');
    const theirs = {
      inline: { theirs: '{}' },
      managedPolicyArns: ['arn:aws:iam::aws:policy/P'],
      boundary: 'arn:of:it',
    };
    const kept = resolved(wish, seen([], { roles: [existing(SHARED, trust, theirs)] }));
    expect(roleOf(kept, 'source')).toMatchObject({ standing: 'keep', differences: [] });
  });

  it('that nobody could read has no trust to write', () => {
    const role = roleOf(resolved(wish, seen([], { roles: [] })), 'source');
    expect([role.standing, role.trust.text]).toEqual(['stop', undefined]);
  });

  it('admits those of other grants and of associations, too, and nobody who is leaving', () => {
    const both = [associated(mine, SHARED), associated(cron, SHARED)];
    const grant = resolved(wish, seen(both), [sharing]);
    expect([mine, worker, cron].map((each) => admitted(grant, each))).toEqual([true, true, true]);
    expect(reasons(grant.warnings)).toEqual(['RoleShared']);
    const leaving = through(sharing, [{ kind: 'revoke-asked', id: nextId(), by: ann, why: '' }]);
    const after = resolved(wish, seen([...both, associated(worker, SHARED)]), [leaving]);
    expect([mine, worker, cron].map((each) => admitted(after, each))).toEqual([true, false, true]);
  });

  it('does not admit what was only asked for', () => {
    const only = requested(wishOf({ source: { role: SHARED }, targets: [], serviceAccount: 'worker' }), OTHER);
    expect(admitted(resolved(wish, seen(), [only]), worker)).toBe(false);
  });

  it('does not admit what this grant leaves out', () => {
    const staging = { ...mine, cluster: 'staging' };
    const there = [associated(mine, SHARED), associated(staging, SHARED)];
    const grant = resolved(wish, seen(there, { made: [SHARED, 'a-staging-api', 'a-payments-api'] }));
    expect([admitted(grant, mine), admitted(grant, staging)]).toEqual([true, false]);
  });

  it('with targets: the permission to assume them holds for these sessions alone', () => {
    const [text] = Object.values(
      roleOf(
        resolved(wishOf({ source: { role: SHARED } }), {
          ...seen(),
          roles: [existing(SHARED, NOBODY), ...seenNothing(wishOf()).roles],
        }),
        'source',
      ).inline,
    );
    expect(JSON.parse(text ?? '').Statement[0].Condition).toEqual({
      StringEquals: {
        'aws:PrincipalTag/eks-cluster-arn': [`arn:aws:eks:eu-west-1:${PAYMENTS}:cluster/payments`],
        'aws:PrincipalTag/kubernetes-namespace': 'checkout',
        'aws:PrincipalTag/kubernetes-service-account': 'api',
      },
    });
  });

  it('whose trust is wide open stops it: nothing exact can be written', () => {
    const open = trustOf({
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    });
    const grant = resolved(wish, { ...seen(), roles: [existing(SHARED, open)] });
    expect(reasons(grant.blockers)).toEqual(['NotExact']);
    expect(roleOf(grant, 'source').standing).toBe('stop');
  });

  it('that two source roles of two grants share as target admits each through its own', () => {
    const mineToo = wishOf({ targets: [{ account: DATA, role: READERS }] });
    const theirs = active(wishOf({ serviceAccount: 'worker', targets: [{ account: DATA, role: READERS }] }), OTHER);
    const there = {
      ...seenNothing(mineToo),
      roles: [...seenNothing(mineToo).roles.filter(({ roleArn }) => roleArn !== READERS), existing(READERS, NOBODY)],
    };
    const grant = resolved(mineToo, there, [theirs]);
    const theirSource = rolesToRead({ grantId: OTHER, wish: wishOf({ serviceAccount: 'worker' }), config })[0] ?? '';
    const chain = chaining({ account: DATA, partition: 'aws', sourceAccount: PAYMENTS });
    const both = [
      { ...mine, sourceRoleArn: roleOf(grant, 'source').roleArn },
      { ...worker, sourceRoleArn: theirSource },
    ];
    const policy = parsePolicy(roleOf(grant, 'target').trust.text, { kind: 'trust' });
    expect(isSame(reach(policy, chain).may, setOf(chain.universe, both))).toBe(true);
  });

  it('that is not used any more is released', () => {
    const grant = resolved(wishOf(), { ...seenNothing(wishOf()), made: [SHARED] });
    expect([grant.removedRoles, grant.releasedRoles]).toEqual([[], [SHARED]]);
  });
});

describe('with session tags off', () => {
  const wish = wishOf({ sessionTags: false, sessionPolicy: READ_ORDERS });
  const [mine] = identitiesOf(wish);
  if (mine === undefined) throw new Error('no identity');
  const grant = resolved(wish);
  const [source, target] = [roleOf(grant, 'source'), roleOf(grant, 'target')];

  it('the association says so, and a person is told what it means', () => {
    expect(grant.associations[0]).toMatchObject({ disableSessionTags: true, policy: JSON.stringify(READ_ORDERS) });
    expect(reasons(grant.warnings)).toEqual(['SessionTagsOff']);
  });

  it('the source admits the cluster alone, and nobody with tags', () => {
    const facts = { account: PAYMENTS, partition: 'aws' };
    const policy = parsePolicy(source.trust.text, { kind: 'trust' });
    const untagged = (identity: WorkloadIdentity) =>
      admits(policy, podIdentity({ ...facts, tagsDisabled: true }), identity).admitted !== false;
    expect([
      untagged(mine),
      untagged({ ...mine, cluster: 'staging' }),
      untagged({ ...mine, serviceAccount: 'other' }),
    ]).toEqual([true, false, true]);
    expect(admits(policy, podIdentity(facts), mine).admitted).toBe(false);
  });

  it('the target admits exactly the external id', () => {
    expect(externalId(mine)).toBe(`eu-west-1/${PAYMENTS}/payments/checkout/api`);
    const policy = parsePolicy(target.trust.text, { kind: 'trust' });
    const request = chaining({ account: DATA, partition: 'aws', sourceAccount: PAYMENTS, tagsDisabled: true });
    const untagged = (identity: WorkloadIdentity) =>
      admits(policy, request, { ...identity, sourceRoleArn: source.roleArn }).admitted !== false;
    expect([untagged(mine), untagged({ ...mine, serviceAccount: 'other' })]).toEqual([true, false]);
    expect(
      admits(policy, chaining({ account: DATA, partition: 'aws', sourceAccount: PAYMENTS }), {
        ...mine,
        sourceRoleArn: source.roleArn,
      }).admitted,
    ).toBe(false);
  });

  it('both kinds share a role', () => {
    const theirs = active(wishOf({ source: { role: SHARED }, targets: [], serviceAccount: 'worker' }), OTHER);
    const shared = resolved(
      wishOf({ sessionTags: false, source: { role: SHARED }, targets: [] }),
      { ...nothing([]), roles: [existing(SHARED, NOBODY)] },
      [theirs],
    );
    expect(shared.blockers).toEqual([]);
    const request = podIdentity({ account: PAYMENTS, partition: 'aws' });
    const reached = reach(parsePolicy(roleOf(shared, 'source').trust.text), request);
    expect(isSame(reached.may, setOf(request.universe, [{ ...mine, serviceAccount: 'worker' }]))).toBe(true);
    // Written again into itself, it is the same.
    const again = resolved(
      wishOf({ sessionTags: false, source: { role: SHARED }, targets: [] }),
      {
        ...nothing([]),
        roles: [existing(SHARED, JSON.parse(roleOf(shared, 'source').trust.text ?? ''))],
        made: [SHARED],
      },
      [theirs],
    );
    expect(roleOf(again, 'source')).toMatchObject({
      standing: 'keep',
      trust: { text: roleOf(shared, 'source').trust.text },
    });
  });
});

const BLOCKED: readonly [what: string, wish: object, change: (seen: Seen) => Seen, reason: string][] = [
  ['a role that nobody read', {}, (seen) => ({ ...seen, roles: seen.roles.slice(1) }), 'RoleNotRead'],
  ['a cluster that nobody read', {}, (seen) => ({ ...seen, clusters: [] }), 'ClusterNotRead'],
  ['a cluster in mode observe', { clusters: [cluster('watched')] }, (seen) => seen, 'ClusterObserved'],
  [
    'a full cluster',
    {},
    (seen) => ({ ...seen, clusters: seen.clusters.map((each) => ({ ...each, associations: 5000 })) }),
    'AssociationsFull',
  ],
  ['an existing role that does not exist', { source: { role: SHARED } }, (seen) => seen, 'RoleMissing'],
  [
    'a role that is excluded by now',
    { source: { role: `arn:aws:iam::${PAYMENTS}:role/shared/crown-jewels` } },
    (seen) => ({
      ...seen,
      roles: seen.roles.map(({ roleArn }, place) =>
        place === 0 ? existing(roleArn, NOBODY) : { roleArn, present: false },
      ),
    }),
    'RoleOutOfBounds',
  ],
  [
    'too much for a trust policy',
    { source: { role: SHARED } },
    (seen) => ({
      ...seen,
      roles: [
        existing(
          SHARED,
          trustOf({
            Effect: 'Allow',
            Principal: {
              AWS: Array.from({ length: 60 }, (_, index) => `arn:aws:iam::${ARCHIVE}:role/a-long-name-${index}`),
            },
            Action: 'sts:AssumeRole',
          }),
        ),
        ...seen.roles.slice(1),
      ],
    }),
    'DoesNotFit',
  ],
  [
    'too much for the inline policies of a role',
    { source: { role: SHARED } },
    (seen) => ({
      ...seen,
      roles: [
        existing(SHARED, NOBODY, { inline: { theirs: `{"Version":"${'1'.repeat(10_200)}"}` } }),
        ...seen.roles.slice(1),
      ],
    }),
    'InlineTooLong',
  ],
];

test.each(BLOCKED)('blocked: %s', (_what, change, spoil, reason) => {
  const wish = wishOf(change);
  expect(reasons(resolved(wish, spoil(seenNothing(wish))).blockers)).toEqual([reason]);
});

test('a full cluster takes what is only changed', () => {
  const seen = made(resolved(wishOf()));
  const full = { ...seen, clusters: seen.clusters.map((each) => ({ ...each, associations: 5000 })) };
  expect(resolved(wishOf(), full).blockers).toEqual([]);
});

test('Fargate, and pods that are older than the association, are told', () => {
  const seen = seenNothing(wishOf());
  const clusters = seen.clusters.map((each) => ({
    ...each,
    fargate: 'all' as const,
    withoutCredentials: [{ workload: 'Deployment/api', pods: 3 }],
  }));
  const grant = resolved(wishOf({ restartPods: true }), { ...seen, clusters });
  expect(grant.blockers).toEqual([]);
  expect(grant.warnings.map(({ sentence }) => sentence)).toEqual([
    'All pods of namespace checkout in cluster payments run on Fargate, where there is no Pod Identity: they get nothing. Run them on EC2 nodes, or use IAM roles for service accounts (IRSA) for them.',
    '3 pods of Deployment/api in cluster payments have no credentials until restarted, which podid does.',
  ]);
  expect(grant.restarts).toEqual([{ identity: identitiesOf(wishOf())[0], workload: 'Deployment/api', pods: 3 }]);
});

test('what was made is kept the next time, whatever was asked for', () => {
  const wishes = fc
    .record({
      clusters: fc.subarray([cluster(), cluster('staging'), analytics], { minLength: 1 }),
      sessionTags: fc.boolean(),
      targets: fc.subarray([
        { account: DATA, chained: true, permissions: { inline: READ_ORDERS } },
        { account: ARCHIVE, permissions: { managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] } },
      ]),
      namespace: fc.stringMatching(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/),
    })
    .map((change) => wishOf({ ...change, source: { role: 'managed', permissions: { inline: READ_ORDERS } } }));
  fc.assert(
    fc.property(wishes, (wish) => {
      const grant = resolved(wish);
      expect(grant.blockers).toEqual([]);
      expect(new Set(standings(grant))).toEqual(new Set(['create']));
      const again = resolved(wish, made(grant));
      expect(new Set(standings(again))).toEqual(new Set(['keep']));
      expect([...again.removed, ...again.removedRoles, ...again.releasedRoles]).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

describe('for the guardrails', () => {
  it('has the form that they want', () => {
    const grant = requested();
    const facts = guardrailFacts(
      {
        grant,
        resolved: resolved(wishOf()),
        seen: seenNothing(wishOf()),
        config,
        documents: {},
        beyond: [],
        counts: { team: 0, namespaces: {} },
      },
      NOW,
    );
    expect(GrantFacts.parse(facts)).toEqual(facts);
    expect(facts).toMatchObject({ lifetimeSeconds: 30 * 86_400, requester: { subject: 'idp|ann' }, sessionTags: true });
    expect(
      facts.roles.map(({ as, exists, ours, optedIn, boundary }) => [as, exists, ours, optedIn, boundary !== undefined]),
    ).toEqual([
      ['source', false, false, false, true],
      ['target', false, false, false, true],
    ]);
  });

  it("an existing role brings all of its owner's policies", () => {
    const wish = wishOf({ source: { role: SHARED }, targets: [] });
    const seen = {
      ...nothing([]),
      roles: [existing(SHARED, NOBODY, { inline: { theirs: '{}' }, managedPolicyArns: ['arn:aws:iam::aws:policy/P'] })],
    };
    const [role] = guardrailFacts(
      {
        grant: requested(wish),
        resolved: resolved(wish, seen),
        seen,
        config,
        documents: {},
        beyond: [],
        counts: { team: 0, namespaces: {} },
      },
      NOW,
    ).roles;
    expect(role).toMatchObject({ exists: true, ours: false, optedIn: true, excluded: false });
    expect(role?.policies).toEqual([{ name: 'arn:aws:iam::aws:policy/P' }, { name: 'theirs', document: '{}' }]);
  });

  it('an approval of another version is told as such', () => {
    const grant = through(requested(), [
      { kind: 'decided', id: nextId(), version: 1, verdict: 'needs-approval', needs: [], because: [] },
      { kind: 'approved', id: nextId(), version: 1, by: { subject: 'idp|bob', teams: [], client: 'cli' }, why: 'fine' },
    ]);
    const facts = guardrailFacts(
      {
        grant,
        resolved: resolved(wishOf()),
        seen: seenNothing(wishOf()),
        config,
        documents: {},
        beyond: [],
        counts: { team: 0, namespaces: {} },
      },
      NOW,
    );
    expect(GrantFacts.parse(facts).approvals).toEqual([{ by: { subject: 'idp|bob', teams: [] }, version: 1 }]);
  });
});
