/** A whole grant before the guardrails, and who can't be an approver. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  countingApprovals,
  type GrantFacts,
  grantFacts,
  judgeApprove,
  judgeProceed,
  judgeRequest,
  loadGuardrails,
  nowRefused,
} from '../../../../functions/grants/guardrails/index.ts';
import { engine, grant, law, withPolicies } from './shipped.ts';

const bob = { subject: 'u-bob', teams: ['checkout'] };
const grace = { subject: 'u-grace', teams: ['analytics'] };
const target: GrantFacts['roles'][number] = {
  arn: 'arn:aws:iam::333333333333:role/podid/api',
  as: 'target',
  exists: false,
  ours: true,
  optedIn: false,
  excluded: false,
  boundary: 'arn:aws:iam::333333333333:policy/podid-boundary',
  policies: [],
};
const source = grant.roles[0] ?? target;

const TEAMS = ['checkout', 'billing', 'platform', 'analytics', 'unheard-of'];
const teams = fc.uniqueArray(fc.constantFrom(...TEAMS));
const subjects = ['u-ada', 'u-bob', 'u-grace'];
const person = fc.record({ subject: fc.constantFrom(...subjects), teams });
const facts = fc
  .record({
    requester: person,
    team: fc.constantFrom(...TEAMS),
    approvals: fc.array(fc.record({ by: person, version: fc.constantFrom(1, 2) }), { maxLength: 6 }),
    reaches: fc.boolean(),
  })
  .map(({ reaches, ...of }) => ({ ...grant, ...of, roles: reaches ? [source, target] : [source] }));

describe('who asked is no approver that counts, whatever the teams', () => {
  test('by the shipped guardrails', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const counting = countingApprovals(law, given);
        expect(counting.map(({ by }) => by.subject)).not.toContain(given.requester.subject);
        expect(judgeApprove(law, given, { subject: given.requester.subject, teams: TEAMS }).decision).toBe('deny');
        // Without theirs the verdict is the same.
        const others = {
          ...given,
          approvals: given.approvals.filter(({ by }) => by.subject !== given.requester.subject),
        };
        expect(judgeProceed(law, given)).toEqual(judgeProceed(law, others));
      }),
      { numRuns: 40 },
    );
  });

  test('nor by guardrails that let everybody approve everything', () => {
    const open = loadGuardrails(
      engine,
      withPolicies('@id("all") @reason("all") permit (principal, action, resource);'),
    );
    fc.assert(
      fc.property(facts, (given) => {
        const counting = countingApprovals({ ...law, guardrails: open }, given).map(({ by }) => by.subject);
        const others = given.approvals.filter(
          ({ by, version }) => version === 1 && by.subject !== given.requester.subject,
        );
        expect(new Set(counting)).toEqual(new Set(others.map(({ by }) => by.subject)));
        expect(counting).toHaveLength(new Set(counting).size);
      }),
      { numRuns: 40 },
    );
  });
});

test('what is missing comes with the teams that could give it', () => {
  const { missing } = judgeProceed(law, { ...grant, roles: [source, target] });
  expect(missing.map(({ id, about, teams: who }) => [id, about, who])).toEqual([
    ['approval.production', 'namespace checkout in cluster 222222222222/eu-west-1/payments', ['checkout']],
    ['approval.account-owner', 'account 333333333333', ['analytics']],
  ]);
});

test('each target account is a question of its own', () => {
  const elsewhere = { ...target, arn: 'arn:aws:iam::222222222222:role/podid/other' };
  const given = {
    ...grant,
    roles: [source, target, elsewhere],
    approvals: [
      { by: bob, version: 1 },
      { by: grace, version: 1 },
    ],
  };
  expect(judgeProceed(law, given).missing.map(({ about }) => about)).toEqual(['account 222222222222']);
});

test('one person may speak for several teams', () => {
  const both = { by: { subject: 'u-both', teams: ['checkout', 'analytics'] }, version: 1 };
  expect(judgeProceed(law, { ...grant, roles: [source, target], approvals: [both] }).decision).toBe('allow');
});

test('everything that stands against it is told at once', () => {
  const bad = {
    name: 'bad',
    document: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:*', 'iam:CreateUser'], Resource: 'arn:aws:s3:::receipts/*' }],
    },
  };
  const { because } = judgeRequest(law, { ...grant, sessionTags: false, roles: [{ ...source, policies: [bad] }] });
  expect(because.map(({ id, about }) => `${id}: ${about}`)).toEqual([
    'production.session-tags: grant g-1',
    `permission.whole-service: s3:* on arn:aws:s3:::receipts/* (statement 0 of bad) of role ${source.arn}`,
    `permission.escalates: iam:CreateUser on arn:aws:s3:::receipts/* (statement 0 of bad) of role ${source.arn}`,
  ]);
});

test('active grants that changed guardrails would refuse', () => {
  const old = { ...grant, id: 'g-old', sessionTags: false };
  expect(nowRefused(law, [grant, old]).map(({ grant: id, verdict }) => [id, verdict.because[0]?.id])).toEqual([
    ['g-old', 'production.session-tags'],
  ]);
});

test('facts from outside are checked', () => {
  expect(grantFacts(JSON.parse(JSON.stringify(grant)))).toEqual(grant);
  for (const over of [
    { roles: [] },
    { identities: [] },
    { lifetimeSeconds: 0 },
    { requester: { subject: '', teams: [] } },
    { more: 1 },
  ]) {
    expect(() => grantFacts({ ...grant, ...over })).toThrow();
  }
});
