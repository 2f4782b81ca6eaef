import { GetAccountAuthorizationDetailsCommand, IAMClient, type RoleDetail } from '@aws-sdk/client-iam';
import { beforeEach, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { roleDetails } from '../../../functions/aws/iam-account.ts';

const iam = mockClient(IAMClient);
beforeEach(() => {
  iam.reset();
});

const ACCOUNT = 'arn:aws:iam::111122223333';
const TRUST = '{"Version":"2012-10-17","Statement":[{"Sid":"50% + more"}]}';
const PLAIN: RoleDetail = {
  Arn: `${ACCOUNT}:role/plain`,
  RoleId: 'AROAPLAIN',
  RoleName: 'plain',
  CreateDate: new Date('2026-03-01T10:00:00Z'),
  AssumeRolePolicyDocument: encodeURIComponent(TRUST),
};
const asked = () => iam.commandCalls(GetAccountAuthorizationDetailsCommand).map(({ args }) => args[0].input);

it('reads a role with everything that decides who gets it and what it gives', async () => {
  iam.on(GetAccountAuthorizationDetailsCommand).resolves({
    RoleDetailList: [
      {
        ...PLAIN,
        Arn: `${ACCOUNT}:role/team/orders`,
        RoleId: 'AROAORDERS',
        Tags: [
          { Key: 'team', Value: 'a' },
          { Key: 'empty', Value: '' },
        ],
        PermissionsBoundary: {
          PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
          PermissionsBoundaryArn: `${ACCOUNT}:policy/edge`,
        },
        AttachedManagedPolicies: [{ PolicyName: 'own', PolicyArn: `${ACCOUNT}:policy/own` }],
        RolePolicyList: [{ PolicyName: 'inline', PolicyDocument: encodeURIComponent('{"a":"%"}') }],
      },
      PLAIN,
    ],
  });
  expect(await roleDetails()).toEqual({
    roles: [
      {
        arn: `${ACCOUNT}:role/team/orders`,
        id: 'AROAORDERS',
        createdAt: '2026-03-01T10:00:00.000Z',
        trust: TRUST,
        tags: { team: 'a', empty: '' },
        boundaryArn: `${ACCOUNT}:policy/edge`,
        managedPolicyArns: [`${ACCOUNT}:policy/own`],
        inline: { inline: '{"a":"%"}' },
      },
      {
        arn: `${ACCOUNT}:role/plain`,
        id: 'AROAPLAIN',
        createdAt: '2026-03-01T10:00:00.000Z',
        trust: TRUST,
        tags: {},
        managedPolicyArns: [],
        inline: {},
      },
    ],
    policies: {},
  });
});

it("reads the default versions of the account's own policies", async () => {
  const version = (VersionId: string, IsDefaultVersion: boolean) => ({
    VersionId,
    IsDefaultVersion,
    Document: encodeURIComponent(`{"Id":"${VersionId}"}`),
  });
  iam.on(GetAccountAuthorizationDetailsCommand).resolves({
    Policies: [
      { Arn: `${ACCOUNT}:policy/own`, PolicyVersionList: [version('v1', false), version('v2', true)] },
      { Arn: `${ACCOUNT}:policy/other`, PolicyVersionList: [version('v1', true)] },
    ],
  });
  expect(await roleDetails()).toEqual({
    roles: [],
    policies: { [`${ACCOUNT}:policy/own`]: '{"Id":"v2"}', [`${ACCOUNT}:policy/other`]: '{"Id":"v1"}' },
  });
});

it('asks for roles and own policies, page by page', async () => {
  iam
    .on(GetAccountAuthorizationDetailsCommand)
    .resolvesOnce({ IsTruncated: true, Marker: 'm' })
    // A marker of a list that has come to its end says nothing.
    .resolvesOnce({ IsTruncated: false, Marker: 'm' });
  expect(await roleDetails()).toEqual({ roles: [], policies: {}, next: 'm' });
  expect(await roleDetails({ next: 'm', limit: 50 })).toEqual({ roles: [], policies: {} });
  const Filter = ['Role', 'LocalManagedPolicy'];
  expect(asked()).toEqual([
    { Filter, MaxItems: 1_000 },
    { Filter, MaxItems: 50, Marker: 'm' },
  ]);
});

it.each([
  ['its id', { RoleDetailList: [{ ...PLAIN, RoleId: '' }] }],
  ['its trust', { RoleDetailList: [{ ...PLAIN, AssumeRolePolicyDocument: '' }] }],
  ['its date', { RoleDetailList: [{ Arn: `${ACCOUNT}:role/x`, RoleId: 'A', AssumeRolePolicyDocument: '%7B%7D' }] }],
  ['an inline document', { RoleDetailList: [{ ...PLAIN, RolePolicyList: [{ PolicyName: 'inline' }] }] }],
  ['a default version', { Policies: [{ Arn: `${ACCOUNT}:policy/own`, PolicyVersionList: [] }] }],
])('refuses an answer without %s', async (_, answer) => {
  iam.on(GetAccountAuthorizationDetailsCommand).resolves(answer);
  await expect(roleDetails()).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining(ACCOUNT) });
});

it('says which call was not allowed', async () => {
  iam.on(GetAccountAuthorizationDetailsCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
  await expect(roleDetails()).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('iam:GetAccountAuthorizationDetails'),
  });
});
