/** GetAccountAuthorizationDetails through the SDK client: everything of an account, by kind and in pages. */

import * as iam from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ACCOUNT, allow, type Listening, OTHER, PODS_TRUST, startListening } from '../../wire/listening.ts';

let here: Listening;
const OWN = `arn:aws:iam::${ACCOUNT}:policy/own`;
const READ_ONLY = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess';

beforeAll(async () => {
  here = await startListening();
  const { iam: client } = here;
  await client.send(
    new iam.CreatePolicyCommand({ PolicyName: 'own', PolicyDocument: allow('s3:*'), Description: 'mine' }),
  );
  await client.send(
    new iam.CreatePolicyVersionCommand({ PolicyArn: OWN, PolicyDocument: allow('s3:Get*'), SetAsDefault: true }),
  );
  await client.send(
    new iam.CreateRoleCommand({
      RoleName: 'app',
      AssumeRolePolicyDocument: PODS_TRUST,
      PermissionsBoundary: READ_ONLY,
      Tags: [{ Key: 'team', Value: 'a' }],
    }),
  );
  await client.send(new iam.CreateRoleCommand({ RoleName: 'plain', AssumeRolePolicyDocument: PODS_TRUST }));
  const PolicyDocument = allow('dynamodb:Scan');
  await client.send(new iam.PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'inline', PolicyDocument }));
  await client.send(new iam.AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: OWN }));
  await client.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: 'node' }));
  await client.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: 'node', RoleName: 'app' }));
});
afterAll(() => here.cloud.close());

const details = (input: iam.GetAccountAuthorizationDetailsCommandInput = {}, client = here.iam) =>
  client.send(new iam.GetAccountAuthorizationDetailsCommand(input));

test('everything, with documents URL-encoded', async () => {
  const answer = await details();
  expect(answer).toMatchObject({
    IsTruncated: false,
    GroupDetailList: [],
    UserDetailList: [
      {
        UserName: 'admin',
        UserPolicyList: [],
        GroupList: [],
        AttachedManagedPolicies: [
          { PolicyName: 'AdministratorAccess', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
        ],
      },
    ],
    RoleDetailList: [
      {
        RoleName: 'app',
        Arn: `arn:aws:iam::${ACCOUNT}:role/app`,
        AssumeRolePolicyDocument: encodeURIComponent(PODS_TRUST),
        InstanceProfileList: [{ InstanceProfileName: 'node', Roles: [{ RoleName: 'app' }] }],
        RolePolicyList: [{ PolicyName: 'inline', PolicyDocument: encodeURIComponent(allow('dynamodb:Scan')) }],
        AttachedManagedPolicies: [{ PolicyName: 'own', PolicyArn: OWN }],
        PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: READ_ONLY },
        Tags: [{ Key: 'team', Value: 'a' }],
        RoleLastUsed: {},
      },
      { RoleName: 'plain', InstanceProfileList: [], RolePolicyList: [], AttachedManagedPolicies: [] },
    ],
  });
  const [own, ...aws] = answer.Policies ?? [];
  expect(own).toMatchObject({
    Arn: OWN,
    DefaultVersionId: 'v2',
    AttachmentCount: 1,
    PolicyVersionList: [
      { VersionId: 'v1', IsDefaultVersion: false, Document: encodeURIComponent(allow('s3:*')) },
      { VersionId: 'v2', IsDefaultVersion: true, Document: encodeURIComponent(allow('s3:Get*')) },
    ],
  });
  // Of AWS's own those that somebody bears, be it as a boundary.
  expect(
    aws.map(({ PolicyName, AttachmentCount, PermissionsBoundaryUsageCount }) => [
      PolicyName,
      AttachmentCount,
      PermissionsBoundaryUsageCount,
    ]),
  ).toEqual([
    ['AdministratorAccess', 1, 0],
    ['IAMReadOnlyAccess', 0, 1],
  ]);
});

test.each<[iam.EntityType[], string[]]>([
  [['User'], ['admin']],
  [['Role'], ['app', 'plain']],
  [['Group'], []],
  [['LocalManagedPolicy'], ['own']],
  [['AWSManagedPolicy'], ['AdministratorAccess', 'IAMReadOnlyAccess']],
  [
    ['Role', 'LocalManagedPolicy'],
    ['app', 'plain', 'own'],
  ],
])('of the kinds %j', async (Filter, names) => {
  const { UserDetailList = [], RoleDetailList = [], Policies = [] } = await details({ Filter });
  expect([
    ...UserDetailList.map(({ UserName }) => UserName),
    ...RoleDetailList.map(({ RoleName }) => RoleName),
    ...Policies.map(({ PolicyName }) => PolicyName),
  ]).toEqual(names);
});

test('in pages of whatever kind', async () => {
  const sizes: number[][] = [];
  for await (const page of iam.paginateGetAccountAuthorizationDetails({ client: here.iam, pageSize: 2 }, {})) {
    sizes.push([page.UserDetailList?.length ?? 0, page.RoleDetailList?.length ?? 0, page.Policies?.length ?? 0]);
  }
  expect(sizes).toEqual([
    [1, 1, 0],
    [0, 1, 1],
    [0, 0, 2],
  ]);
  await expect(details({ MaxItems: 1001 })).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(details({ Marker: 'nonsense' })).rejects.toMatchObject({ name: 'ValidationError' });
});

test('of the caller’s account only', async () => {
  const other = new iam.IAMClient(here.config(here.cloud.administrator(OTHER).credentials));
  expect((await details({}, other)).RoleDetailList).toEqual([]);
});
