/** What a policy's permissions are taken for. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Permission, permissionsOf } from '../../../../functions/grants/guardrails/index.ts';

type Flag = { [Key in keyof Permission]: Permission[Key] extends boolean ? Key : never }[keyof Permission];
const flags = (permission: Permission): Flag[] =>
  (Object.entries(permission).flatMap(([name, value]) => (value === true ? [name] : [])) as Flag[]).sort();
const read = (statement: object) =>
  permissionsOf({ name: 'p', document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] } });
const TABLE = 'arn:aws:dynamodb:eu-west-1:222222222222:table/orders';
const TAG = { 'aws:ResourceTag/team': `\${aws:PrincipalTag/team}` };

describe('actions', () => {
  test.each<[string, Flag[]]>([
    ['dynamodb:GetItem', ['knowsResources']],
    ['dynamodb:Get*', ['knowsResources', 'wildcardAction']],
    ['dynamodb:*', ['knowsResources', 'wholeService', 'wildcardAction']],
    ['dynamodb:??*', ['knowsResources', 'wholeService', 'wildcardAction']],
    ['dynamodb:G*', ['knowsResources', 'wholeService', 'wildcardAction']],
    ['dynamodb:*Item', ['knowsResources', 'wholeService', 'wildcardAction']],
    ['DynamoDB:GETITEM', ['knowsResources']],
    ['nosuch:Thing', ['knowsResources']],
    ['sts:GetCallerIdentity', []],
    ['STS:getcalleridentity', []],
    ['iam:CreateRole', ['escalates', 'knowsResources']],
    ['iam:createROLE', ['escalates', 'knowsResources']],
    ['iam:Create*', ['escalates', 'knowsResources', 'wildcardAction']],
    ['iam:Get*', ['knowsResources', 'wildcardAction']],
    ['iam:PassRole', ['knowsResources', 'passesRoles']],
    ['iam:Pass????', ['knowsResources', 'passesRoles', 'wildcardAction']],
    ['sts:AssumeRole', ['assumesRoles', 'knowsResources']],
    ['sts:Assume*', ['assumesRoles', 'knowsResources', 'wildcardAction']],
    ['eks:UpdatePodIdentityAssociation', ['escalates', 'knowsResources']],
    ['lambda:UpdateFunctionCode', ['actsAsOthers', 'knowsResources']],
    [
      '*',
      ['actsAsOthers', 'assumesRoles', 'escalates', 'everyService', 'knowsResources', 'passesRoles', 'wildcardAction'],
    ],
  ])('%s', (Action, expected) => {
    expect(read({ Action, Resource: TABLE }).map(flags)).toEqual([expected]);
  });
});

describe('resources', () => {
  test.each<[string, Flag[]]>([
    [TABLE, []],
    ['*', ['everyResource', 'openRoles']],
    ['**', ['everyResource', 'openRoles']],
    ['arn:aws:s3:::*', ['everyResource', 'openRoles']],
    ['arn:aws:s3:::*/*', ['everyResource', 'openRoles']],
    ['arn:*:*:*:*:*', ['everyResource', 'openRoles']],
    ['arn:aws:s3*', ['everyResource', 'openRoles']],
    ['arn:aws:s3:::a*', ['everyResource', 'openRoles']],
    ['arn:aws:s3:::receipts/*', ['openRoles']],
    ['arn:aws:s3:::r', []],
    [`arn:aws:s3:::receipts/\${aws:PrincipalTag/kubernetes-namespace}/x`, ['openRoles']],
    ['arn:aws:iam::222222222222:role/a?', ['openRoles']],
  ])('%s', (Resource, expected) => {
    expect(read({ Action: 'sts:GetCallerIdentity', Resource }).map(flags)).toEqual([expected]);
  });

  test('one open resource among many is open', () => {
    expect(read({ Action: 's3:GetObject', Resource: [TABLE, '*'] }).map(flags)).toEqual([
      ['everyResource', 'knowsResources', 'openRoles'],
    ]);
  });
});

describe('negated elements', () => {
  test('NotResource', () => {
    expect(read({ Action: 'sts:GetCallerIdentity', NotResource: TABLE }).map(flags)).toEqual([
      ['everyResource', 'notResource', 'openRoles'],
    ]);
  });
  test('NotAction is what it leaves', () => {
    const [left] = read({ NotAction: ['iam:*', 'lambda:*'], Resource: TABLE });
    expect(left).toMatchObject({
      notAction: true,
      passesRoles: false,
      assumesRoles: true,
      escalates: true,
      text: expect.stringContaining('every action but iam:*, lambda:*'),
    });
  });
});

describe('bound by a tag', () => {
  test.each<[boolean, object]>([
    [true, { StringEquals: TAG }],
    [true, { StringEquals: { 'AWS:resourcetag/Team': `\${AWS:principaltag/Team}` } }],
    [false, { StringEqualsIfExists: TAG }],
    [false, { StringLike: TAG }],
    [false, { 'ForAllValues:StringEquals': TAG }],
    [false, { StringNotEquals: TAG }],
    [false, { StringEquals: { 'aws:ResourceTag/team': [`\${aws:PrincipalTag/team}`, 'anybody'] } }],
    [false, { StringEquals: { 'aws:ResourceTag/team': `\${aws:PrincipalTag/team, 'all'}` } }],
    [false, { StringEquals: { 'aws:RequestTag/team': `\${aws:PrincipalTag/team}` } }],
    [false, { StringEquals: { 'aws:ResourceTag/team': [] } }],
  ])('%s: %j', (expected, Condition) => {
    const [permission] = read({ Action: 's3:GetObject', Resource: '*', Condition });
    expect(permission?.boundByTag).toBe(expected);
  });
  test('the keys of conditions are told in lower case', () => {
    expect(
      read({
        Action: 'a:b',
        Resource: '*',
        Condition: { StringEquals: { 'iam:PassedToService': 'x' }, Bool: { 'aws:SecureTransport': true } },
      })[0]?.conditions,
    ).toEqual(['iam:passedtoservice', 'aws:securetransport']);
  });
});

describe('what nobody can read', () => {
  test.each<[string, unknown]>([
    ['no document', undefined],
    ['no JSON', '{'],
    ['no policy', {}],
    [
      'a trust policy',
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }] },
    ],
  ])('%s', (_what, document) => {
    expect(permissionsOf({ name: 'p', document }).map(flags)).toEqual([['unreadable']]);
  });
});

test('a Deny takes nothing away, and gives nothing', () => {
  const document = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: '*', Resource: '*' },
    ],
  };
  expect(permissionsOf({ name: 'p', document })).toHaveLength(1);
  expect(permissionsOf({ name: 'p', document })[0]?.everyService).toBe(true);
});

test('every action of every Allow statement is one permission, whatever the policy', () => {
  const word = fc.stringMatching(/^[A-Za-z*?]{1,6}$/);
  const actions = fc.array(
    fc.tuple(fc.stringMatching(/^[a-z0-9]{1,4}$/), word).map((parts) => parts.join(':')),
    { minLength: 1, maxLength: 4 },
  );
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: actions,
    Resource: fc.constantFrom('*', TABLE),
  });
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), (Statement) => {
      const allowed = Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
      expect(
        permissionsOf({ name: 'p', document: { Version: '2012-10-17', Statement } }).map(({ action }) => action),
      ).toEqual(allowed);
    }),
  );
});
