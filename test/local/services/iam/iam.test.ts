/** IAM through the SDK client: roles, policies, tags, boundaries, profiles, and what each refuses. */

import * as iam from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ACCOUNT, allow, type Listening, OTHER, PODS_TRUST, startListening, trustOf } from '../../wire/listening.ts';

let here: Listening;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

beforeAll(async () => {
  here = await startListening();
});
afterAll(() => here.cloud.close());

const create = (
  RoleName: string,
  AssumeRolePolicyDocument = PODS_TRUST,
  more: Partial<iam.CreateRoleCommandInput> = {},
) => here.iam.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...more }));

test('a role as it is created, read, listed and deleted', async () => {
  const { Role } = await create('whole', PODS_TRUST, {
    Path: '/apps/',
    Description: 'a b&c<d>',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'team', Value: 'a b+c@d' }],
  });
  expect(Role).toMatchObject({
    Arn: `arn:aws:iam::${ACCOUNT}:role/apps/whole`,
    RoleId: expect.stringMatching(/^AROA/),
  });
  const got = await here.iam.send(new iam.GetRoleCommand({ RoleName: 'whole' }));
  expect(got.Role).toMatchObject({
    Path: '/apps/',
    Description: 'a b&c<d>',
    MaxSessionDuration: 7200,
    AssumeRolePolicyDocument: encodeURIComponent(PODS_TRUST),
    Tags: [{ Key: 'team', Value: 'a b+c@d' }],
    CreateDate: expect.any(Date),
  });
  const { Roles } = await here.iam.send(new iam.ListRolesCommand({ PathPrefix: '/apps/' }));
  expect(Roles?.map(({ RoleName }) => RoleName)).toEqual(['whole']);
  await here.iam.send(new iam.DeleteRoleCommand({ RoleName: 'whole' }));
  await expect(here.iam.send(new iam.GetRoleCommand({ RoleName: 'whole' }))).rejects.toBeInstanceOf(
    iam.NoSuchEntityException,
  );
});

test('lists come in pages', async () => {
  for (const name of ['page-a', 'page-b', 'page-c']) await create(name, PODS_TRUST, { Path: '/pages/' });
  const names: string[] = [];
  for await (const page of iam.paginateListRoles({ client: here.iam, pageSize: 2 }, { PathPrefix: '/pages/' })) {
    expect(page.Roles?.length).toBeLessThanOrEqual(2);
    names.push(...(page.Roles ?? []).map(({ RoleName = '' }) => RoleName));
  }
  expect(names).toEqual(['page-a', 'page-b', 'page-c']);
  await expect(here.iam.send(new iam.ListRolesCommand({ Marker: 'nonsense' }))).rejects.toMatchObject({
    name: 'ValidationError',
  });
});

test.each<[string, Partial<iam.CreateRoleCommandInput>, string, string]>([
  ['a taken name in other case', { RoleName: 'TAKEN' }, 'EntityAlreadyExistsException', 'already exists'],
  ['a name that is too long', { RoleName: 'n'.repeat(65) }, 'ValidationError', '64'],
  ['a bad name', { RoleName: 'a/b' }, 'ValidationError', 'roleName'],
  ['a bad path', { Path: 'apps' }, 'ValidationError', 'path'],
  ['a trust that is no JSON', { AssumeRolePolicyDocument: '{' }, 'MalformedPolicyDocumentException', ''],
  [
    'a trust with resources',
    { AssumeRolePolicyDocument: allow('sts:AssumeRole') },
    'MalformedPolicyDocumentException',
    '',
  ],
  [
    'a trust in a role that is not there',
    { AssumeRolePolicyDocument: trustOf(`arn:aws:iam::${OTHER}:role/ghost`) },
    'MalformedPolicyDocumentException',
    `Invalid principal in policy: "AWS":"arn:aws:iam::${OTHER}:role/ghost"`,
  ],
  [
    'a trust in an account that is not there',
    { AssumeRolePolicyDocument: trustOf('arn:aws:iam::999999999999:root') },
    'MalformedPolicyDocumentException',
    'Invalid principal',
  ],
  [
    'a trust over 2,048 characters',
    {
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Sid: 'S'.repeat(2048), Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'sts:AssumeRole' }],
      }),
    },
    'LimitExceededException',
    'ACLSizePerRole',
  ],
  [
    'a boundary that is not there',
    { PermissionsBoundary: 'arn:aws:iam::aws:policy/Nothing' },
    'NoSuchEntityException',
    'Nothing',
  ],
  ['a session longer than 12 hours', { MaxSessionDuration: 43_201 }, 'ValidationError', 'maxSessionDuration'],
])('CreateRole refuses %s', async (_what, input, name, text) => {
  await create('taken').catch(() => undefined);
  await expect(create('fresh', PODS_TRUST, input)).rejects.toMatchObject({
    name,
    message: expect.stringContaining(text),
  });
});

test('a trust pins the unique id: a recreated principal is not trusted, and its old id is shown', async () => {
  const principal = `arn:aws:iam::${ACCOUNT}:role/principal`;
  const { Role } = await create('principal', trustOf(ROOT));
  await here.iam.send(
    new iam.PutRolePolicyCommand({ RoleName: 'principal', PolicyName: 'p', PolicyDocument: allow('sts:*') }),
  );
  await create('trusting', trustOf(principal));
  const assume = async () => {
    const { Credentials } = await here.sts.send(new AssumeRoleCommand({ RoleArn: principal, RoleSessionName: 's1' }));
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    const sts = new STSClient(here.config(credentials));
    return {
      sts,
      chain: () =>
        sts.send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/trusting`, RoleSessionName: 's2' })),
    };
  };
  const before = await assume();
  await expect(before.chain()).resolves.toBeDefined();
  await here.iam.send(new iam.DeleteRolePolicyCommand({ RoleName: 'principal', PolicyName: 'p' }));
  await here.iam.send(new iam.DeleteRoleCommand({ RoleName: 'principal' }));
  await create('principal', trustOf(ROOT));
  await here.iam.send(
    new iam.PutRolePolicyCommand({ RoleName: 'principal', PolicyName: 'p', PolicyDocument: allow('sts:*') }),
  );
  await expect(before.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
  });
  await expect((await assume()).chain()).rejects.toMatchObject({ name: 'AccessDenied' });
  const shown = await here.iam.send(new iam.GetRoleCommand({ RoleName: 'trusting' }));
  expect(decodeURIComponent(shown.Role?.AssumeRolePolicyDocument ?? '')).toContain(`"${Role?.RoleId}"`);
  await here.iam.send(
    new iam.UpdateAssumeRolePolicyCommand({ RoleName: 'trusting', PolicyDocument: trustOf(principal) }),
  );
  await expect((await assume()).chain()).resolves.toBeDefined();
});

test('inline policies share one budget of 10,240 characters, white space not counted', async () => {
  await create('budget');
  const put = (PolicyName: string, size: number) => {
    const empty = allow('s3:*', 'arn:aws:s3:::');
    const document = allow('s3:*', `arn:aws:s3:::${'a'.repeat(size - empty.length)}`);
    return here.iam.send(
      new iam.PutRolePolicyCommand({ RoleName: 'budget', PolicyName, PolicyDocument: ` ${document}\n` }),
    );
  };
  await put('one', 5000);
  await put('two', 5240);
  await put('two', 5240);
  await expect(put('three', 100)).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: expect.stringContaining('10240'),
  });
  const { PolicyNames } = await here.iam.send(new iam.ListRolePoliciesCommand({ RoleName: 'budget' }));
  expect(PolicyNames).toEqual(['one', 'two']);
  await here.iam.send(new iam.DeleteRolePolicyCommand({ RoleName: 'budget', PolicyName: 'one' }));
  await expect(put('three', 100)).resolves.toBeDefined();
  await expect(
    here.iam.send(new iam.DeleteRolePolicyCommand({ RoleName: 'budget', PolicyName: 'one' })),
  ).rejects.toBeInstanceOf(iam.NoSuchEntityException);
  await expect(here.iam.send(new iam.DeleteRoleCommand({ RoleName: 'budget' }))).rejects.toBeInstanceOf(
    iam.DeleteConflictException,
  );
});

test.each([
  ['no statement', '{"Version":"2012-10-17"}'],
  ['a principal', PODS_TRUST],
  ['an unknown operator', allow('s3:*', '*', { Condition: { StringSortOf: { a: 'b' } } })],
])('PutRolePolicy refuses a document with %s', async (_what, PolicyDocument) => {
  await create('inline').catch(() => undefined);
  await expect(
    here.iam.send(new iam.PutRolePolicyCommand({ RoleName: 'inline', PolicyName: 'p', PolicyDocument })),
  ).rejects.toBeInstanceOf(iam.MalformedPolicyDocumentException);
});

test('managed policies: versions, attachment, and what hangs on them', async () => {
  await create('managed');
  const { Policy } = await here.iam.send(
    new iam.CreatePolicyCommand({ PolicyName: 'mine', PolicyDocument: allow('s3:Get*') }),
  );
  const PolicyArn = Policy?.Arn ?? '';
  expect(PolicyArn).toBe(`arn:aws:iam::${ACCOUNT}:policy/mine`);
  await here.iam.send(new iam.AttachRolePolicyCommand({ RoleName: 'managed', PolicyArn }));
  const listed = async (Scope: iam.PolicyScopeType) =>
    (await here.iam.send(new iam.ListPoliciesCommand({ Scope, OnlyAttached: true }))).Policies?.map(({ Arn }) => Arn);
  expect(await listed('Local')).toEqual([PolicyArn]);
  expect(await listed('AWS')).toEqual(['arn:aws:iam::aws:policy/AdministratorAccess']);
  await here.iam.send(
    new iam.AttachRolePolicyCommand({
      RoleName: 'managed',
      PolicyArn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    }),
  );
  const attached = await here.iam.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: 'managed' }));
  expect(attached.AttachedPolicies?.map(({ PolicyName }) => PolicyName).sort()).toEqual([
    'AWSLambdaBasicExecutionRole',
    'mine',
  ]);
  const version = await here.iam.send(
    new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('s3:Put*'), SetAsDefault: true }),
  );
  expect(version.PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: true });
  const got = await here.iam.send(new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  expect(decodeURIComponent(got.PolicyVersion?.Document ?? '')).toBe(allow('s3:Put*'));
  await here.iam.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  expect((await here.iam.send(new iam.GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
    DefaultVersionId: 'v1',
    AttachmentCount: 1,
  });
  await expect(
    here.iam.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' })),
  ).rejects.toBeInstanceOf(iam.DeleteConflictException);
  await expect(here.iam.send(new iam.DeletePolicyCommand({ PolicyArn }))).rejects.toBeInstanceOf(
    iam.DeleteConflictException,
  );
  await here.iam.send(new iam.DetachRolePolicyCommand({ RoleName: 'managed', PolicyArn }));
  await here.iam.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  await here.iam.send(new iam.DeletePolicyCommand({ PolicyArn }));
  await expect(
    here.iam.send(new iam.AttachRolePolicyCommand({ RoleName: 'managed', PolicyArn })),
  ).rejects.toBeInstanceOf(iam.NoSuchEntityException);
});

test('who bears a policy, in pages: by attachment, as a boundary, and of which kind', async () => {
  const { Policy } = await here.iam.send(
    new iam.CreatePolicyCommand({ PolicyName: 'shared', PolicyDocument: allow('s3:Get*') }),
  );
  const PolicyArn = Policy?.Arn ?? '';
  for (const RoleName of ['bears-a', 'bears-b', 'bears-c']) {
    await create(RoleName, PODS_TRUST, { Path: RoleName === 'bears-c' ? '/far/' : '/' });
    await here.iam.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  await create('bears-none');
  await create('bounded-by', PODS_TRUST, { PermissionsBoundary: PolicyArn });
  await here.iam.send(new iam.CreateUserCommand({ UserName: 'bearer' }));
  await here.iam.send(new iam.AttachUserPolicyCommand({ UserName: 'bearer', PolicyArn }));
  const bearers = async (more: Partial<iam.ListEntitiesForPolicyCommandInput> = {}, pageSize = 2) => {
    const names: string[] = [];
    for await (const page of iam.paginateListEntitiesForPolicy(
      { client: here.iam, pageSize },
      { PolicyArn, ...more },
    )) {
      const found = [...(page.PolicyRoles ?? []), ...(page.PolicyUsers ?? [])];
      expect(found.length).toBeLessThanOrEqual(pageSize);
      names.push(
        ...found.map((one) => ('RoleName' in one ? one.RoleName : 'UserName' in one ? one.UserName : '') ?? ''),
      );
    }
    return names.sort();
  };
  const attached = ['bears-a', 'bears-b', 'bears-c'];
  expect(await bearers()).toEqual(['bearer', ...attached, 'bounded-by']);
  expect(await bearers({ EntityFilter: 'Role' })).toEqual([...attached, 'bounded-by']);
  expect(await bearers({ EntityFilter: 'User' })).toEqual(['bearer']);
  expect(await bearers({ EntityFilter: 'Group' })).toEqual([]);
  expect(await bearers({ EntityFilter: 'Role', PolicyUsageFilter: 'PermissionsPolicy' })).toEqual(attached);
  expect(await bearers({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual(['bounded-by']);
  expect(await bearers({ PathPrefix: '/far/' })).toEqual(['bears-c']);
  expect((await here.iam.send(new iam.GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
    AttachmentCount: 4,
    PermissionsBoundaryUsageCount: 1,
  });
  const roles = await here.iam.send(new iam.ListEntitiesForPolicyCommand({ PolicyArn, EntityFilter: 'Role' }));
  expect(roles.PolicyRoles?.[0]).toEqual({ RoleName: expect.any(String), RoleId: expect.stringMatching(/^AROA/) });
  await expect(
    here.iam.send(new iam.ListEntitiesForPolicyCommand({ PolicyArn: `${PolicyArn}-other` })),
  ).rejects.toBeInstanceOf(iam.NoSuchEntityException);
});

test('a boundary limits what the role may do', async () => {
  await create('bounded', trustOf(ROOT), { PermissionsBoundary: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' });
  await here.iam.send(
    new iam.PutRolePolicyCommand({ RoleName: 'bounded', PolicyName: 'all', PolicyDocument: allow('*') }),
  );
  const { credentials } = here.cloud.issueSession(`arn:aws:iam::${ACCOUNT}:role/bounded`, 's1', 'lambda.amazonaws.com');
  const bounded = new iam.IAMClient(here.config(credentials));
  await expect(bounded.send(new iam.GetRoleCommand({ RoleName: 'bounded' }))).resolves.toMatchObject({
    Role: { PermissionsBoundary: { PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' } },
  });
  await expect(bounded.send(new iam.DeleteRoleCommand({ RoleName: 'x' }))).rejects.toMatchObject({
    message: expect.stringContaining('because no permissions boundary allows the iam:DeleteRole action'),
  });
  await here.iam.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName: 'bounded' }));
  await expect(bounded.send(new iam.DeleteRoleCommand({ RoleName: 'x' }))).rejects.toBeInstanceOf(
    iam.NoSuchEntityException,
  );
});

test('permissions can hang on a role’s tags and on the policy that is attached', async () => {
  await create('guarded', PODS_TRUST, { Tags: [{ Key: 'owner', Value: 'them' }] });
  await create('ours', PODS_TRUST, { Tags: [{ Key: 'owner', Value: 'us' }] });
  await create('limited', trustOf(ROOT));
  const statements = [
    {
      Effect: 'Allow',
      Action: 'iam:PutRolePolicy',
      Resource: '*',
      Condition: { StringEquals: { 'iam:ResourceTag/owner': 'us' } },
    },
    {
      Effect: 'Allow',
      Action: 'iam:AttachRolePolicy',
      Resource: '*',
      Condition: { ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' } },
    },
  ];
  await here.iam.send(
    new iam.PutRolePolicyCommand({
      RoleName: 'limited',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    }),
  );
  const { credentials } = here.cloud.issueSession(`arn:aws:iam::${ACCOUNT}:role/limited`, 's1', 'lambda.amazonaws.com');
  const limited = new iam.IAMClient(here.config(credentials));
  const put = (RoleName: string) =>
    limited.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'deny', PolicyDocument: allow('s3:*') }));
  await expect(put('ours')).resolves.toBeDefined();
  await expect(put('guarded')).rejects.toMatchObject({ name: 'AccessDenied' });
  const attach = (name: string) =>
    limited.send(new iam.AttachRolePolicyCommand({ RoleName: 'ours', PolicyArn: `arn:aws:iam::aws:policy/${name}` }));
  await expect(attach('IAMReadOnlyAccess')).resolves.toBeDefined();
  await expect(attach('AdministratorAccess')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('tags survive the wire, whatever is in them', async () => {
  await create('tags');
  // What IAM takes in a tag.
  const text = fc
    .string({ unit: 'grapheme', minLength: 0, maxLength: 40 })
    .map((value) => value.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, ''));
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(
        text.filter((key) => key !== ''),
        text,
        { maxKeys: 5, noNullPrototype: true },
      ),
      async (tags) => {
        const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        await here.iam.send(new iam.TagRoleCommand({ RoleName: 'tags', Tags }));
        const listed = await here.iam.send(new iam.ListRoleTagsCommand({ RoleName: 'tags' }));
        expect(Object.fromEntries((listed.Tags ?? []).map(({ Key, Value }) => [Key, Value]))).toEqual(tags);
        await here.iam.send(new iam.UntagRoleCommand({ RoleName: 'tags', TagKeys: Object.keys(tags) }));
        expect((await here.iam.send(new iam.ListRoleTagsCommand({ RoleName: 'tags' }))).Tags).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});

test('instance profiles lead to a role', async () => {
  await create('node', trustOf(ROOT));
  await here.iam.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: 'node' }));
  await here.iam.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: 'node', RoleName: 'node' }));
  const { InstanceProfile } = await here.iam.send(new iam.GetInstanceProfileCommand({ InstanceProfileName: 'node' }));
  expect(InstanceProfile?.Roles?.map(({ RoleName }) => RoleName)).toEqual(['node']);
  await expect(
    here.iam.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: 'node', RoleName: 'node' })),
  ).rejects.toBeInstanceOf(iam.LimitExceededException);
  await expect(here.iam.send(new iam.DeleteRoleCommand({ RoleName: 'node' }))).rejects.toBeInstanceOf(
    iam.DeleteConflictException,
  );
});

test('a user’s keys work until they are deleted', async () => {
  await here.iam.send(new iam.CreateUserCommand({ UserName: 'ada' }));
  await here.iam.send(
    new iam.PutUserPolicyCommand({
      UserName: 'ada',
      PolicyName: 'self',
      PolicyDocument: allow('iam:GetUser', `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`),
    }),
  );
  const { AccessKey } = await here.iam.send(new iam.CreateAccessKeyCommand({ UserName: 'ada' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const ada = new iam.IAMClient(here.config(credentials));
  expect((await ada.send(new iam.GetUserCommand({}))).User).toMatchObject({ UserName: 'ada' });
  await expect(ada.send(new iam.GetUserCommand({ UserName: 'admin' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  await here.iam.send(new iam.DeleteAccessKeyCommand({ UserName: 'ada', AccessKeyId: credentials.accessKeyId }));
  await expect(ada.send(new iam.GetUserCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
});

test('records are in us-east-1, with raw documents in the request and encoded ones in the response', async () => {
  await create('recorded', PODS_TRUST, { Tags: [{ Key: 'a', Value: 'b' }] });
  const made = here.records.at(-1);
  expect(made).toMatchObject({
    source: 'aws.iam',
    region: 'us-east-1',
    account: ACCOUNT,
    'detail-type': 'AWS API Call via CloudTrail',
  });
  expect(made?.detail).toMatchObject({
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateRole',
    awsRegion: 'us-east-1',
    readOnly: false,
    userIdentity: { type: 'IAMUser', userName: 'admin', accountId: ACCOUNT },
    requestParameters: { roleName: 'recorded', assumeRolePolicyDocument: PODS_TRUST, tags: [{ key: 'a', value: 'b' }] },
    responseElements: {
      role: {
        assumeRolePolicyDocument: encodeURIComponent(PODS_TRUST),
        createDate: expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M$/),
      },
    },
  });
  await here.iam.send(new iam.UntagRoleCommand({ RoleName: 'recorded', TagKeys: ['a'] }));
  expect(here.records.at(-1)?.detail).toMatchObject({
    requestParameters: { roleName: 'recorded', tagKeys: ['a'] },
    responseElements: null,
  });
  const before = here.records.length;
  await here.iam.send(new iam.GetRoleCommand({ RoleName: 'recorded' }));
  expect(here.records).toHaveLength(before);
  await here.iam.send(new iam.DeleteRoleCommand({ RoleName: 'gone' })).catch(() => undefined);
  expect(here.records.at(-1)?.detail).toMatchObject({
    errorCode: 'NoSuchEntityException',
    requestParameters: { roleName: 'gone' },
  });
});
