/** What exists, as requests for grants: one for each service account and what it has, and why some can be none. */
import { describe, expect, it } from '@jest/globals';
import { Config } from '../../../../functions/config.ts';
import { type Proposal, proposalOf, requestsOf } from '../../../../functions/drift/baseline/index.ts';
import { GrantWish, problemsOf, resolve } from '../../../../functions/grants/index.ts';
import { identityKey } from '../../../../functions/identity.ts';

const NOW = '2026-11-21T12:00:00.000Z';
const config = Config.parse({
  hub: { account: '111111111111', region: 'eu-west-1' },
  spokes: [
    {
      ...{ name: 'shop', account: '222222222222', managedRoles: ['orders', 'team/*'], excludedRoles: ['crown-jewels'] },
      clusters: [
        { name: 'shop', region: 'eu-west-1', mode: 'remediate' },
        { name: 'staging', region: 'eu-west-1', mode: 'remediate' },
        { name: 'quiet', region: 'eu-west-1' },
      ],
    },
    { name: 'data', account: '444444444444', managedRoles: ['readers/*'] },
  ],
  grants: { clusters: 2 },
});
const role = (name: string, account = '222222222222'): string => `arn:aws:iam::${account}:role/${name}`;
const answers = { team: 'checkout', reason: 'has had it', lifetime: { for: 'P90D' } };

type Has = { cluster?: string; name?: string } & Record<string, string | undefined>;
const proposal = (...associations: readonly Has[]): Proposal =>
  proposalOf(
    {
      clusters: [...new Set(associations.map(({ cluster = 'shop' }) => cluster))].map((cluster) => ({
        cluster: { account: '222222222222', region: 'eu-west-1', cluster },
        facets: {},
      })),
      associations: associations.map(({ cluster = 'shop', name = 'api', ...facets }) => ({
        identity: {
          account: '222222222222',
          region: 'eu-west-1',
          cluster,
          namespace: 'checkout',
          serviceAccount: name,
        },
        facets: {
          exists: `a-${name}`,
          role: role('orders'),
          'session-tags': 'on',
          ...JSON.parse(JSON.stringify(facets)),
        },
      })),
      roles: [
        {
          roleArn: role('orders'),
          facets: { exists: 'AROA', trust: JSON.stringify({ Version: '2012-10-17', Statement: [withName('api')] }) },
        },
      ],
      warnings: new Map([[role('orders'), ['TrustTooBroad: Everybody gets in.']]]),
    },
    NOW,
  );
/** A trust policy's statement for one service account. */
const withName = (name: string) => ({
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  Condition: {
    StringEquals: {
      'aws:SourceAccount': '222222222222',
      'aws:RequestTag/eks-cluster-arn': 'arn:aws:eks:eu-west-1:222222222222:cluster/shop',
      'aws:RequestTag/kubernetes-namespace': 'checkout',
      'aws:RequestTag/kubernetes-service-account': name,
    },
  },
});
const exact = withName('api');
const asked = (given: Proposal, granted: ReadonlyMap<string, string> = new Map()) =>
  requestsOf(given, answers, { config, granted });
const clustersOf = (given: Proposal) =>
  asked(given).requests.map(({ name, wish }) => [name, ...wish.clusters.map(({ cluster }) => cluster)]);

describe('a request', () => {
  it('says what is there as a wish that the API takes', () => {
    const { requests, leftOut } = asked(proposal({ target: role('readers/orders', '444444444444') }));
    expect(leftOut).toEqual([]);
    expect(requests).toEqual([
      {
        name: 'checkout-api',
        wish: {
          clusters: [{ account: '222222222222', region: 'eu-west-1', cluster: 'shop' }],
          ...{ namespace: 'checkout', serviceAccount: 'api', source: { role: role('orders') }, sessionTags: true },
          targets: [{ account: '444444444444', role: role('readers/orders', '444444444444'), chained: true }],
          ...answers,
        },
        missing: [],
        warnings: [expect.stringContaining('Nobody has read'), 'TrustTooBroad: Everybody gets in.'],
      },
    ]);
    expect(requests.flatMap(({ wish }) => problemsOf(wish, NOW, config))).toEqual([]);
  });

  it('comes to taking over what is there as it is: nothing of the role is written that admits the service account already', () => {
    const [wish] = asked(proposal({})).requests.map((request) => GrantWish.parse(request.wish));
    if (wish === undefined) throw new Error('no request');
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [exact] });
    const present = { roleArn: role('orders'), present: true as const, managedPolicyArns: [], inline: {}, tags: {} };
    const shop = { account: '222222222222', region: 'eu-west-1', cluster: 'shop' };
    const state = {
      associationId: 'a-1',
      associationArn: 'arn:a-1',
      roleArn: role('orders'),
      disableSessionTags: false,
    };
    const seen = {
      roles: [{ ...present, trust }],
      associations: [{ identity: { ...shop, namespace: 'checkout', serviceAccount: 'api' }, state, tags: {} }],
      clusters: [{ ...shop, associations: 1, withoutCredentials: [] }],
      made: [],
    };
    const plan = resolve({ grantId: 'g-0123456789abcdef', version: 1, wish, seen, grants: [], config });
    expect(plan.blockers).toEqual([]);
    expect(plan.roles).toMatchObject([{ standing: 'keep', differences: [], inline: {}, tags: {} }]);
    expect(plan.associations).toMatchObject([{ standing: 'adopt', differences: [] }]);
  });

  it('says where a trust policy admits more than those who have the role: it is to be narrowed first', () => {
    const { Condition: _, ...open } = exact;
    const missing = (...Statement: readonly object[]) => {
      const given = proposal({}, { name: 'web' });
      const [only] = given.roles;
      if (only === undefined) throw new Error('no role');
      const trust = { Version: '2012-10-17', Statement };
      return asked({ ...given, roles: [{ ...only, trust }] }).requests.flatMap((request) => request.missing);
    };
    expect(missing(open)).toEqual([
      expect.stringMatching(/role\/orders: The policy can't be exact .* podid trust tighten/),
      expect.stringMatching(/can't be exact/),
    ]);
    // Both have it, and so both may be in it.
    expect(missing(exact, withName('web'))).toEqual([]);
  });

  it('has a session policy, with session tags off', () => {
    const { requests } = asked(
      proposal({
        'session-tags': 'off',
        policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}',
      }),
    );
    expect(requests[0]?.wish).toMatchObject({ sessionTags: false, sessionPolicy: { Version: '2012-10-17' } });
    expect(problemsOf(requests[0]?.wish, NOW, config)).toEqual([]);
  });

  it('is one for all clusters in which the service account has the same, as many as a grant may name', () => {
    expect(clustersOf(proposal({}, { cluster: 'staging' }))).toEqual([['checkout-api', 'shop', 'staging']]);
    expect(clustersOf(proposal({}, { cluster: 'staging', role: role('team/a') }))).toEqual([
      ['checkout-api', 'shop'],
      ['checkout-api-2', 'staging'],
    ]);
    expect(clustersOf(proposal({}, { cluster: 'staging', 'session-tags': 'off' }))).toHaveLength(2);
    const target = role('readers/orders', '444444444444');
    expect(clustersOf(proposal({}, { cluster: 'staging', target }))).toHaveLength(2);
    expect(clustersOf(proposal({}, { cluster: 'staging' }, { cluster: 'quiet' }))).toEqual([
      ['checkout-api', 'quiet', 'shop'],
      ['checkout-api-2', 'staging'],
    ]);
  });

  it('says what the configuration lacks for it', () => {
    const { requests } = asked(proposal({ cluster: 'quiet', role: role('old'), target: role('x', '555555555555') }));
    expect(requests[0]?.missing).toEqual([
      'podid.config.yaml has to opt the role in: managedRoles of account 222222222222 needs old.',
      `podid.config.yaml has to name account 555555555555 under spokes, for ${role('x', '555555555555')}.`,
      expect.stringMatching(/mode: remediate for cluster quiet/),
    ]);
  });
});

describe('left out', () => {
  it.each<[what: string, has: Has, why: RegExp]>([
    [
      'an add-on\u2019s',
      { owner: 'arn:aws:eks:eu-west-1:222222222222:addon/shop/csi/1' },
      /addon\/shop\/csi.*change it there/,
    ],
    ['of a cluster that nobody manages', { cluster: 'foreign' }, /does not name its cluster/],
    ['with a role that is out of reach', { role: role('crown-jewels') }, /excluded/],
    ['with a target that is', { target: role('crown-jewels') }, /excluded/],
    ['with a target in its own account', { target: role('team/b') }, /own account/],
    ['with a session policy beside tags', { policy: '{"Version":"2012-10-17"}' }, /session tags off only/],
    ['with a role that nobody has read', { role: '' }, /No grant can be for it/],
  ])('%s', (_what, has, why) => {
    const { requests, leftOut } = asked(proposal(has));
    expect(requests).toEqual([]);
    expect(leftOut).toEqual([
      {
        who: `checkout/api in arn:aws:eks:eu-west-1:222222222222:cluster/${has.cluster ?? 'shop'}`,
        because: expect.stringMatching(why),
      },
    ]);
  });

  it('what is granted already', () => {
    const key = identityKey({
      ...{ account: '222222222222', region: 'eu-west-1', cluster: 'shop' },
      ...{ namespace: 'checkout', serviceAccount: 'api' },
    });
    const { requests, leftOut } = asked(proposal({}, { name: 'web' }), new Map([[key, 'g-1']]));
    expect(requests.map(({ name }) => name)).toEqual(['checkout-web']);
    expect(leftOut).toMatchObject([{ because: 'Grant g-1 has it already.' }]);
  });

  it('what could be no wish for another reason', () => {
    expect(asked(proposal({ name: 'No_Name' })).leftOut).toMatchObject([
      { because: expect.stringMatching(/serviceAccount: no service account/) },
    ]);
  });
});
