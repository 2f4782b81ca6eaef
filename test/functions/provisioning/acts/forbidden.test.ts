/** What no role gets from the functions, held against what IAM would make of the policies that they do write. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ESCALATING } from '../../../../functions/grants/guardrails/escalation.ts';
import { forbiddenAmong, forbiddenIn } from '../../../../functions/provisioning/acts/forbidden.ts';
import { GRANT, policyOf, TARGETS } from '../roles.ts';
import { allowing, bounds, role } from './place.ts';

const WAREHOUSE = role('warehouse', '444455556666');
const NEVER = [
  ...ESCALATING,
  'iam:GetRole',
  'iam:PassRole',
  'iam:CreateServiceLinkedRole',
  'sts:AssumeRole',
  'sts:AssumeRoot',
  'sts:TagSession',
  'sts:GetFederationToken',
  'organizations:DescribeOrganization',
  'account:CloseAccount',
  'sso:DescribeInstance',
  'sso-directory:CreateUser',
  'identitystore:CreateUser',
];

const cased = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((ups) => [...text].map((letter, index) => (ups[index] ? letter.toUpperCase() : letter)).join(''));
/** The name of an action with a part of it open. */
const opened = (action: string) =>
  fc
    .tuple(fc.nat(action.length), fc.nat(action.length), fc.constantFrom('*', '?', '**', '?*'))
    .map(([a, b, wildcard]) => action.slice(0, Math.min(a, b)) + wildcard + action.slice(Math.max(a, b)));
const actions = fc
  .constantFrom(...NEVER, 's3:GetObject', 'dynamodb:Query', 'eks:DescribeCluster', 'lambda:InvokeFunction')
  .chain((action) => fc.oneof(fc.constant(action), cased(action), opened(action)));
const resources = fc.constantFrom('*', WAREHOUSE, role('podid/web'), 'arn:aws:iam::*:role/*', role('break-glass'));
const lists = <T>(each: fc.Arbitrary<T>) => fc.oneof(each, fc.array(each, { minLength: 1, maxLength: 3 }));
const statements = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    verb: fc.constantFrom('Action', 'Action', 'Action', 'NotAction'),
    noun: fc.constantFrom('Resource', 'Resource', 'Resource', 'NotResource'),
    actions: lists(actions),
    resources: lists(resources),
  })
  .map(({ Effect, verb, noun, ...of }) => ({ Effect, [verb]: of.actions, [noun]: of.resources }));
const policies = fc
  .array(statements, { minLength: 1, maxLength: 2 })
  .map((Statement) => JSON.stringify({ Version: '2012-10-17', Statement }));

const ARNS = ['*', WAREHOUSE, role('podid/web'), role('break-glass'), role('other', '444455556666')];

describe('a policy that is written', () => {
  it('never allows what rules accounts, people and roles, however it is spelt', () => {
    let written = 0;
    fc.assert(
      fc.property(policies, (document) => {
        fc.pre(forbiddenIn({ name: 'podid-inline', document }, GRANT, bounds) === undefined);
        written += 1;
        const allows = allowing(document);
        expect(NEVER.filter((action) => ARNS.some((arn) => allows(action, arn)))).toEqual([]);
      }),
      { numRuns: 100 },
    );
    expect(written).toBe(100);
  });

  it('under the name of the targets allows them to be assumed, and nothing else', () => {
    const targets = fc
      .record({
        Action: lists(fc.constantFrom('sts:AssumeRole', 'sts:TagSession', 'STS:assumerole', 'sts:*', 's3:GetObject')),
        Resource: lists(fc.constantFrom(WAREHOUSE, role('podid/web'), role('team/x'), role('break-glass'), '*')),
      })
      .map((each) => ({
        each,
        document: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...each }] }),
      }));
    fc.assert(
      fc.property(targets, ({ each, document }) => {
        fc.pre(forbiddenIn({ name: TARGETS, document }, GRANT, bounds) === undefined);
        const allows = allowing(document);
        for (const arn of ARNS) {
          expect(allows('s3:GetObject', arn)).toBe(false);
          expect(allows('sts:AssumeRoot', arn)).toBe(false);
          if (allows('sts:AssumeRole', arn)) expect([each.Resource].flat()).toContain(arn);
        }
        expect(allows('sts:AssumeRole', role('break-glass'))).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('refused', () => {
  const inline = (document: string | undefined, name = 'podid-inline') =>
    forbiddenIn({ name, document }, GRANT, bounds);
  const statement = (part: object) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...part }],
    });

  it.each<[string, string | undefined]>([
    ['everything', policyOf('*')],
    ['everything, in other words', policyOf('*:*')],
    ['a service in part', policyOf('i?m:GetRole')],
    ['whatever it does not name', statement({ Action: undefined, NotAction: 'iam:*' })],
    [
      'whatever it does not name, where that is all that escalates',
      statement({ Action: undefined, NotAction: ESCALATING }),
    ],
    [
      'IAM, behind a condition',
      statement({ Action: 'iam:GetRole', Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
    ],
    ['IAM, in another case', policyOf('IAM:getrole')],
    ['IAM, among others', policyOf(['s3:GetObject', 'iam:ListRoles'])],
    ['roles', policyOf('sts:AssumeRole', WAREHOUSE)],
    ['an access entry', policyOf('eks:Create*')],
    ['no policy', '{"Statement":'],
    ['an empty text', ''],
    ['a policy with a principal', statement({ Principal: '*' })],
    ['a policy of a thousand levels', '['.repeat(1000)],
    ['a policy that is much too long', policyOf('s3:GetObject', `arn:aws:s3:::${'x'.repeat(200_000)}`)],
    ['what nobody could read', undefined],
  ])('%s', (_, document) => {
    expect(inline(document)).toEqual(expect.any(String));
  });

  it.each<[string, string]>([
    ['an excluded role', policyOf('sts:AssumeRole', role('break-glass'))],
    ['an excluded role of ours', policyOf('sts:AssumeRole', role('podid/secret-1'))],
    ["podid's own role", policyOf('sts:AssumeRole', role('podid-call-spoke', '444455556666'))],
    ["AWS's own role", policyOf('sts:AssumeRole', role('aws-reserved/sso.amazonaws.com/x'))],
    ["another partition's role", policyOf('sts:AssumeRole', 'arn:aws-cn:iam::444455556666:role/warehouse')],
    ['an excluded role among others', policyOf('sts:AssumeRole', [WAREHOUSE, role('team/lead')])],
    ['a user', policyOf('sts:AssumeRole', 'arn:aws:iam::444455556666:user/x')],
    ['a variable', policyOf('sts:AssumeRole', `arn:aws:iam::444455556666:role/\${aws:PrincipalTag/x}`)],
    ['every resource but one', statement({ Action: 'sts:AssumeRole', Resource: undefined, NotResource: WAREHOUSE })],
    ['web identities', policyOf('sts:AssumeRoleWithWebIdentity', WAREHOUSE)],
  ])('as a target: %s', (_, document) => {
    expect(inline(document, TARGETS)).toEqual(expect.any(String));
  });

  it("targets under another grant's name", () => {
    expect(inline(policyOf('sts:AssumeRole', WAREHOUSE), 'podid-targets-g-aaaaaaaaaaaaaaaa')).toEqual(
      expect.any(String),
    );
  });

  it('all of them, for one', () => {
    const good = { name: 'podid-inline', document: policyOf('s3:GetObject') };
    const bad = { name: 'podid-template', document: policyOf('iam:GetRole') };
    expect(forbiddenAmong([good, bad], GRANT, bounds)).toContain('podid-template');
    expect(forbiddenAmong([good], GRANT, bounds)).toBeUndefined();
  });
});

it.each([
  ['podid-inline', policyOf(['s3:GetObject', 'dynamodb:*'])],
  ['podid-inline', '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}'],
  [TARGETS, policyOf(['sts:AssumeRole', 'sts:TagSession'], [WAREHOUSE, role('podid/other')])],
  // The exclusions are this account's: of another account's roles, their trust decides.
  [TARGETS, policyOf('sts:AssumeRole', role('break-glass', '444455556666'))],
])('%s may be written: %s', (name, document) => {
  expect(forbiddenIn({ name, document }, GRANT, bounds)).toBeUndefined();
});
