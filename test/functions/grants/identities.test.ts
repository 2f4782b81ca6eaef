/** One identity, one association: which wish is a change of which grant, and which is refused. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Grant } from '../../../functions/grants/grant.ts';
import { claimsOf, collision, sharersOf } from '../../../functions/grants/identities.ts';
import { active, ann, cluster, DATA, nextId, PAYMENTS, requested, through, wishOf } from './samples.ts';

const BOTH = [cluster(), cluster('staging')];
const OTHER = 'g-00000000000000aa';
const revoking = (grant: Grant): Grant => through(grant, [{ kind: 'revoke-asked', id: nextId(), by: ann, why: '' }]);
const withdrawn = (grant: Grant): Grant => through(grant, [{ kind: 'withdrawn', id: nextId(), by: ann, why: '' }]);
const changedTo = (grant: Grant, clusters: object[]): Grant =>
  through(grant, [{ kind: 'change-requested', id: nextId(), basedOn: 1, by: ann, wish: wishOf({ clusters }) }]);

const CASES: readonly [
  what: string,
  wish: object,
  grants: readonly Grant[],
  outcome: string,
  says?: string,
  changes?: string,
][] = [
  ['nobody has it', {}, [], 'none'],
  ['another service account', { serviceAccount: 'worker' }, [active()], 'none'],
  ['the same in another cluster', { clusters: [cluster('staging')] }, [active()], 'none'],
  ['the same again', {}, [active()], 'change', 'g-0123456789abcdef'],
  ['a cluster more', { clusters: BOTH }, [active()], 'change', 'g-0123456789abcdef'],
  ['a grant that only was asked for', {}, [requested()], 'change', 'g-0123456789abcdef'],
  ['a grant that is over', {}, [withdrawn(requested())], 'none'],
  [
    'a cluster less, in silence',
    {},
    [active(wishOf({ clusters: BOTH }))],
    'refused',
    'which also has checkout/api in cluster staging',
  ],
  ['a cluster less, in so many words', {}, [active(wishOf({ clusters: BOTH }))], 'none', '', 'g-0123456789abcdef'],
  ["another team's", { team: 'billing' }, [active()], 'refused', 'of team checkout'],
  ['a grant that is being revoked', {}, [revoking(active())], 'refused', 'is being revoked'],
  [
    'two grants',
    { clusters: BOTH },
    [active(), active(wishOf({ clusters: [cluster('staging')] }), OTHER)],
    'refused',
    OTHER,
  ],
  [
    "a change that takes another grant's",
    { clusters: BOTH },
    [active(), active(wishOf({ clusters: [cluster('staging')] }), OTHER)],
    'refused',
    `in cluster staging (${PAYMENTS}, eu-west-1) is of grant ${OTHER}`,
    'g-0123456789abcdef',
  ],
  [
    'what another grant has asked for as a change',
    { clusters: [cluster('staging')] },
    [changedTo(active(), BOTH)],
    'refused',
    'which also has checkout/api in cluster payments',
  ],
];

test.each(CASES)('%s', (_what, change, grants, outcome, says = '', changes = undefined) => {
  const result = collision(wishOf(change), grants, changes);
  expect(result.outcome).toBe(outcome);
  expect(JSON.stringify(result)).toContain(says);
});

test('no wish is let in that has an identity of another grant', () => {
  const clusters = fc.subarray(['payments', 'staging', 'watched'], { minLength: 1 }).map((names) => names.map(cluster));
  fc.assert(
    fc.property(clusters, clusters, clusters, (mine, one, other) => {
      const [a, b] = [
        active(wishOf({ clusters: one }), OTHER),
        active(wishOf({ clusters: other }), 'g-00000000000000bb'),
      ];
      const wish = wishOf({ clusters: mine });
      const taken = [a, b].filter((grant) => claimsOf(grant).some((key) => claimsOf(active(wish)).includes(key)));
      const result = collision(wish, [a, b]);
      expect(result.outcome === 'none').toBe(taken.length === 0);
      if (result.outcome === 'change') expect(taken.map(({ id }) => id)).toEqual([result.grantId]);
    }),
  );
});

test('a grant claims what is in force and what is asked for; one that is over nothing', () => {
  const grant = changedTo(active(), [cluster('staging')]);
  expect(claimsOf(grant)).toEqual([
    `${PAYMENTS}/eu-west-1/payments/checkout/api`,
    `${PAYMENTS}/eu-west-1/staging/checkout/api`,
  ]);
  expect(claimsOf(through(revoking(active()), [{ kind: 'revoked', id: nextId(), notes: [] }]))).toEqual([]);
});

test('who shares a role', () => {
  const source = `arn:aws:iam::${PAYMENTS}:role/shared/reader`;
  const target = `arn:aws:iam::${DATA}:role/readers/orders`;
  const sharing = active(wishOf({ source: { role: source }, targets: [{ account: DATA, role: target }] }), OTHER);
  expect(sharersOf(source, [active(), sharing]).map(({ id }) => id)).toEqual([OTHER]);
  expect(sharersOf(target, [active(), sharing]).map(({ id }) => id)).toEqual([OTHER]);
  expect(sharersOf(target, [sharing], OTHER)).toEqual([]);
});
