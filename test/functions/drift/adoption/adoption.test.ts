/** Keeping what a finding complains about: which wish that makes, and why some things can't be kept. */
import { describe, expect, it, test } from '@jest/globals';
import {
  adoptionOf,
  grantFor,
  isSaidIn,
  type Keeping,
  unadoptable,
} from '../../../../functions/drift/adoption/index.ts';
import { joinedInline } from '../../../../functions/drift/adoption/inline.ts';
import type { ObjectRef } from '../../../../functions/drift/contract.ts';
import { canonicalPolicy } from '../../../../functions/drift/facets/index.ts';
import { type Grant, type GrantWish, rolesOf, targetsPolicy } from '../../../../functions/grants/index.ts';
import {
  active,
  allowed,
  analytics,
  ann,
  cluster,
  config,
  DATA,
  ID,
  NOW,
  nextId,
  PAYMENTS,
  READ_ORDERS,
  through,
  wishOf,
} from '../../grants/samples.ts';

const FINDING = 'f-0123456789ab';
const [SQS, SNS] = ['SQS', 'SNS'].map((each) => `arn:aws:iam::aws:policy/Amazon${each}ReadOnlyAccess`);
const OTHER_ROLE = `arn:aws:iam::${PAYMENTS}:role/shared/reader`;
const TARGET = `arn:aws:iam::${DATA}:role/readers/orders`;
const ASSOCIATION: ObjectRef = {
  object: 'association',
  identity: { ...cluster(), namespace: 'checkout', serviceAccount: 'api' },
};
const SEND = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
const policyOf = (...Statement: readonly object[]): string =>
  canonicalPolicy(JSON.stringify({ Version: '2012-10-17', Statement }));

/** With permissions in the cluster's account, too. */
const both = (change: object = {}): GrantWish =>
  wishOf({ source: { role: 'managed', permissions: { managedPolicyArns: [SQS], inline: READ_ORDERS } }, ...change });
const roleOf = (as: 'source' | 'target', wish: GrantWish): ObjectRef => {
  const role = rolesOf({ grantId: ID, wish, config }).find((each) => each.as === as);
  return { object: 'role', roleArn: role?.roleArn ?? '' };
};
const of = (facet: string, is: string | null, ref: ObjectRef = ASSOCIATION): Keeping => ({ ref, facet, is });
const adopt = (keeping: Keeping, grant: Grant, finding = FINDING) => adoptionOf(keeping, finding, grant, 'it is right');
/** What of the wish is other than before, but for the reason. */
const changed = (wish: GrantWish, keeping: Keeping): unknown => {
  const adoption = adopt(keeping, active(wish));
  if ('refused' in adoption) return adoption.refused;
  expect(adoption.adopts).toEqual([FINDING]);
  expect(adoption.wish.reason).toBe('it is right');
  const before = new Map<string, unknown>(Object.entries(wish));
  const fields = new Set([...Object.keys(wish), ...Object.keys(adoption.wish)]);
  const after = new Map<string, unknown>(Object.entries(adoption.wish));
  return Object.fromEntries(
    [...fields].flatMap((field) =>
      field === 'reason' || JSON.stringify(before.get(field)) === JSON.stringify(after.get(field))
        ? []
        : [[field, after.get(field)]],
    ),
  );
};

describe('of an association', () => {
  it.each<[what: string, wish: GrantWish, facet: string, is: string | null, change: object]>([
    [
      'another role, whose permissions are its owner\u2019s',
      both(),
      'role',
      OTHER_ROLE,
      { source: { role: OTHER_ROLE } },
    ],
    ['another target', wishOf(), 'target', TARGET, { targets: [{ account: DATA, role: TARGET, chained: true }] }],
    ['no target any more', both(), 'target', null, { targets: [] }],
    ['session tags off', wishOf(), 'session-tags', 'off', { sessionTags: false }],
    ['session tags on', wishOf({ sessionTags: false }), 'session-tags', 'on', { sessionTags: true }],
    [
      'a session policy',
      wishOf({ sessionTags: false }),
      'policy',
      policyOf(SEND),
      { sessionPolicy: { Version: '2012-10-17', Statement: [SEND] } },
    ],
    [
      'no session policy any more',
      wishOf({ sessionTags: false, sessionPolicy: READ_ORDERS }),
      'policy',
      null,
      { sessionPolicy: undefined },
    ],
  ])('%s', (_what, wish, facet, is, change) => {
    expect(changed(wish, of(facet, is))).toEqual(change);
  });

  it.each<[what: string, wish: GrantWish, facet: string, is: string | null, why: RegExp]>([
    [
      'of a grant for several clusters',
      wishOf({ clusters: [cluster(), cluster('staging')] }),
      'role',
      OTHER_ROLE,
      /2 clusters/,
    ],
    ['a session policy beside tags', wishOf(), 'policy', policyOf(SEND), /needs session tags off/],
    [
      'tags beside a session policy',
      wishOf({ sessionTags: false, sessionPolicy: READ_ORDERS }),
      'session-tags',
      'on',
      /adopt that it is gone first/,
    ],
    ['what the grant wants already', wishOf(), 'session-tags', 'on', /wants it so already/],
  ])('not %s', (_what, wish, facet, is, why) => {
    expect(changed(wish, of(facet, is))).toMatch(why);
  });
});

describe('of a role that podid made', () => {
  const source = roleOf('source', both());
  const permissions = { managedPolicyArns: [SQS], inline: READ_ORDERS };

  it.each<[what: string, facet: string, is: string | null, permissions: object]>([
    ['a policy attached', `attached:${SNS}`, 'attached', { ...permissions, managedPolicyArns: [SQS, SNS] }],
    ['a policy detached', `attached:${SQS}`, null, { ...permissions, managedPolicyArns: [] }],
    [
      'its own policy changed',
      'inline:podid-inline',
      policyOf(SEND),
      { managedPolicyArns: [SQS], inline: { Version: '2012-10-17', Statement: [SEND] } },
    ],
    ['its own policy gone', 'inline:podid-inline', null, { managedPolicyArns: [SQS] }],
    [
      'a policy of another name, which becomes part of its own',
      'inline:queue',
      policyOf(SEND),
      {
        managedPolicyArns: [SQS],
        inline: { Version: '2012-10-17', Statement: [...READ_ORDERS.Statement, SEND] },
      },
    ],
  ])('%s', (_what, facet, is, after) => {
    expect(changed(both(), of(facet, is, source))).toEqual({ source: { role: 'managed', permissions: after } });
  });

  it('in the account of a target', () => {
    const wish = wishOf();
    expect(changed(wish, of(`attached:${SNS}`, 'attached', roleOf('target', wish)))).toEqual({
      targets: [
        {
          ...{ account: DATA, role: 'managed', chained: true },
          permissions: { inline: READ_ORDERS, managedPolicyArns: [SNS] },
        },
      ],
    });
  });

  it.each<[what: string, wish: GrantWish, facet: string, is: string | null, why: RegExp]>([
    ['the way to its targets', both(), `inline:${targetsPolicy(ID)}`, null, /follows from them/],
    ['what a template says', both(), 'inline:podid-template', policyOf(SEND), /--param/],
    ['what is no policy', both(), 'inline:podid-inline', 'hello', /no JSON/],
    [
      'a policy in another version of the language',
      both(),
      'inline:old',
      canonicalPolicy(JSON.stringify({ Statement: [SEND] })),
      /another version/,
    ],
    [
      'of a grant with such a role in several accounts',
      both({ clusters: [cluster(), analytics], targets: [] }),
      `attached:${SNS}`,
      'attached',
      /accounts 222222222222, 333333333333/,
    ],
  ])('not %s', (_what, wish, facet, is, why) => {
    expect(changed(wish, of(facet, is, roleOf('source', wish)))).toMatch(why);
  });
});

describe('whose wish it is', () => {
  const chosen = (keeping: Keeping, ...grants: readonly Grant[]): string => {
    const found = grantFor(keeping, grants);
    return 'refused' in found ? found.refused : found.grant.id;
  };
  const second = 'g-00000000000000a2';
  const shared = wishOf({ source: { role: OTHER_ROLE }, targets: [] });

  test('the grant that has the identity, or made the role', () => {
    const grant = active(both());
    expect(chosen(of('role', OTHER_ROLE), grant, active(wishOf({ serviceAccount: 'web' }), second))).toBe(ID);
    expect(chosen(of(`attached:${SNS}`, 'attached', roleOf('source', both())), grant)).toBe(ID);
    expect(chosen(of(`attached:${SNS}`, 'attached', roleOf('target', both())), grant)).toBe(ID);
  });

  test('nobody\u2019s where no grant in force has it, or several share it', () => {
    const ended = through(active(), [{ kind: 'revoke-asked', id: nextId(), by: ann, why: '' }]);
    expect(chosen(of('role', OTHER_ROLE), ended)).toMatch(/No grant in force/);
    const onShared = of(`attached:${SNS}`, 'attached', { object: 'role', roleArn: OTHER_ROLE });
    expect(chosen(onShared, active(shared), active(wishOf({ ...shared, serviceAccount: 'web' }), second))).toMatch(
      new RegExp(`${second}, ${ID} share it`),
    );
  });

  test('an owner\u2019s role is the owner\u2019s, though a grant uses it', () => {
    expect(changed(shared, of(`attached:${SNS}`, 'attached', { object: 'role', roleArn: OTHER_ROLE }))).toMatch(
      /its owner/,
    );
  });

  it.each([
    ['boundary', /frame/],
    ['trust', /follows from whom/],
    ['tag:podid:grant', /tags/],
    ['exists', /podid revoke/],
    ['deny:podid-deny-1', /revocation/],
    [`version:${SQS}`, /its owner/],
    ['*', /No grant can want that so/],
  ])('nothing that is no wish: %s', (facet, why) => {
    expect(chosen(of(facet, 'x', roleOf('source', both())), active(both()))).toMatch(why);
    expect(unadoptable({ object: 'cluster', cluster: cluster() }, facet)).toMatch(/its owner/);
  });
});

describe('beside a version that is under way', () => {
  const source = roleOf('source', both());
  const change = (wish: GrantWish, adopts?: { finding: string; object: string; facet: string }[]) =>
    through(active(both()), [
      { kind: 'change-requested', id: nextId(), basedOn: 1, by: ann, wish, ...(adopts && { adopts }) },
    ]);
  const mark = { finding: 'f-aaaaaaaaaaaa', object: 'x', facet: 'inline:queue' };
  const told = (keeping: Keeping, grant: Grant, finding?: string): string => {
    const adoption = adopt(keeping, grant, finding);
    return 'refused' in adoption ? adoption.refused : adoption.adopts.join(' ');
  };
  const merged = both({
    source: { role: 'managed', permissions: { inline: joinedInline(JSON.stringify(READ_ORDERS), policyOf(SEND)) } },
  });

  test('an adoption is added to an adoption, and both are in the version that takes its place', () => {
    const grant = change(merged, [mark]);
    expect(told(of('session-tags', 'off'), grant)).toBe(`f-aaaaaaaaaaaa ${FINDING}`);
    const adoption = adopt(of('session-tags', 'off'), grant);
    expect('wish' in adoption && [adoption.wish.source, adoption.wish.sessionTags]).toEqual([merged.source, false]);
    expect(told(of('inline:topic', policyOf({ ...SEND, Action: 'sns:Publish' }), source), grant)).toContain(FINDING);
  });

  test('not where it would take the place of what others wait for, is adopted already, or would lose what is', () => {
    expect(told(of('session-tags', 'off'), change(wishOf({ sessionTags: false })))).toMatch(/podid withdraw/);
    expect(told(of('session-tags', 'off'), change(merged, [mark]), 'f-aaaaaaaaaaaa')).toMatch(/adopts it already/);
    expect(told(of('inline:podid-inline', policyOf(SEND), source), change(merged, [mark]))).toMatch(
      /once that is decided/,
    );
    const carriedOut = through(change(merged, [mark]), [allowed(2)], NOW);
    expect(told(of('session-tags', 'off'), carriedOut)).toMatch(/being carried out/);
  });
});

describe('policies in one', () => {
  const own = JSON.stringify(READ_ORDERS);

  it('say everything that each said, whatever their statements are called', () => {
    const named = policyOf({ Sid: 'A', ...SEND }, { Sid: 'B', ...SEND, Action: 'sns:Publish' });
    const joined = JSON.stringify(
      joinedInline(JSON.stringify({ ...READ_ORDERS, Statement: [{ Sid: 'A', ...READ_ORDERS.Statement[0] }] }), named),
    );
    expect([isSaidIn(own, joined), isSaidIn(named, joined), isSaidIn(joined, named)]).toEqual([true, true, false]);
    const { Statement } = JSON.parse(joined);
    expect(Statement.map(({ Sid }: { Sid?: string }) => Sid)).toEqual(['A', undefined, 'B']);
  });

  it('say nothing twice', () => {
    expect(canonicalPolicy(JSON.stringify(joinedInline(own, canonicalPolicy(own))))).toBe(canonicalPolicy(own));
    expect(joinedInline(undefined, policyOf(SEND))).toEqual({ Version: '2012-10-17', Statement: [SEND] });
  });

  it('are not said where one gives more', () => {
    expect(isSaidIn(policyOf({ ...SEND, Action: '*' }), policyOf(SEND))).toBe(false);
    expect(isSaidIn('hello', policyOf(SEND))).toBe(false);
  });
});
