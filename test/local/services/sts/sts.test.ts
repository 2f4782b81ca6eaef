/** STS through SDK clients: who am I, sessions, tags, chaining, session policies. */

import {
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Credentials } from '../../../../local/contract.ts';
import { ACCOUNT, allow, type Listening, OTHER, startListening, trustOf } from '../../wire/listening.ts';

let here: Listening;
const arnOf = (name: string, account = ACCOUNT) => `arn:aws:iam::${account}:role/${name}`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

/** Makes a role in ACCOUNT (or with the clients of another). */
const role = async (name: string, trust: string, policy?: string, iam = here.iam): Promise<void> => {
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  if (policy) await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'p', PolicyDocument: policy }));
};

const assume = async (
  name: string,
  more: Partial<AssumeRoleCommandInput> = {},
  as: Credentials = here.config().credentials,
): Promise<Credentials & { accessKeyId: string }> => {
  const RoleArn = name.startsWith('arn:') ? name : arnOf(name);
  const { Credentials: given } = await new STSClient(here.config(as)).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ...more }),
  );
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
};

beforeAll(async () => {
  here = await startListening();
  await role('reader', trustOf(ROOT), allow('iam:GetRole'));
});
afterAll(() => here.cloud.close());

test('GetCallerIdentity tells users and sessions apart, and needs no permission', async () => {
  expect(await here.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: ACCOUNT,
    Arn: `arn:aws:iam::${ACCOUNT}:user/admin`,
    UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
  });
  const session = new STSClient(here.config(await assume('reader')));
  expect(await session.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/test`,
    UserId: expect.stringMatching(/^AROA[A-Z2-7]{17}:test$/),
  });
});

test('a session can do what its role may, and nothing else', async () => {
  const iam = new IAMClient(here.config(await assume('reader')));
  await expect(iam.send(new GetRoleCommand({ RoleName: 'reader' }))).resolves.toMatchObject({
    Role: { RoleName: 'reader' },
  });
  await expect(iam.send(new ListRolesCommand({}))).rejects.toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
    message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/reader/test is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::${ACCOUNT}:role/ because no identity-based policy allows the iam:ListRoles action`,
  });
});

test('the trust policy decides, also about roles that are not there', async () => {
  await role('nobody', trustOf(`arn:aws:iam::${OTHER}:root`));
  for (const name of ['nobody', 'never-made']) {
    await expect(assume(name)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`is not authorized to perform: sts:AssumeRole on resource: ${arnOf(name)}`),
    });
  }
});

test('across accounts both sides must allow', async () => {
  await role('shared', trustOf(`arn:aws:iam::${OTHER}:root`));
  const theirs = here.cloud.administrator(OTHER).credentials;
  await expect(assume('shared', {}, theirs)).resolves.toBeDefined();
  const [caller, owner] = here.records.slice(-2);
  expect([caller?.account, owner?.account]).toEqual([OTHER, ACCOUNT]);
  expect(owner?.detail.sharedEventID).toBe(caller?.detail.sharedEventID);
  expect(owner?.detail.eventID).not.toBe(caller?.detail.eventID);
  const otherIam = new IAMClient(here.config(theirs));
  await role('powerless', trustOf(`arn:aws:iam::${OTHER}:root`), undefined, otherIam);
  const powerless = await assume(arnOf('powerless', OTHER), {}, theirs);
  await expect(assume('shared', {}, powerless)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('the external id is a condition of the trust', async () => {
  const trust = JSON.parse(trustOf(ROOT));
  trust.Statement[0].Condition = { StringEquals: { 'sts:ExternalId': 'secret' } };
  await role('external', JSON.stringify(trust));
  await expect(assume('external')).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(assume('external', { ExternalId: 'other' })).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(assume('external', { ExternalId: 'secret' })).resolves.toBeDefined();
});

test('tags need sts:TagSession, and are condition keys of the trust', async () => {
  const untagged = JSON.parse(trustOf(ROOT));
  untagged.Statement[0].Action = 'sts:AssumeRole';
  await role('untagged', JSON.stringify(untagged));
  const Tags = [{ Key: 'team', Value: 'a' }];
  await expect(assume('untagged')).resolves.toBeDefined();
  await expect(assume('untagged', { Tags })).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('sts:TagSession'),
  });
  const conditioned = JSON.parse(trustOf(ROOT));
  conditioned.Statement[0].Condition = { StringEquals: { 'aws:RequestTag/team': 'b' } };
  await role('team-b', JSON.stringify(conditioned));
  await expect(assume('team-b', { Tags })).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(assume('team-b', { Tags: [{ Key: 'team', Value: 'b' }] })).resolves.toBeDefined();
});

test('session tags are PrincipalTags and lie over the role’s own', async () => {
  const condition = { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'a' } } };
  await role('tagged', trustOf(ROOT), allow('iam:GetRole', '*', condition));
  await here.iam.send(new TagRoleCommand({ RoleName: 'tagged', Tags: [{ Key: 'team', Value: 'b' }] }));
  const get = async (credentials: Credentials) =>
    new IAMClient(here.config(credentials)).send(new GetRoleCommand({ RoleName: 'tagged' }));
  await expect(get(await assume('tagged'))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(get(await assume('tagged', { Tags: [{ Key: 'Team', Value: 'a' }] }))).resolves.toBeDefined();
});

test('transitive tags are inherited through a chain, and cannot be replaced', async () => {
  const condition = { Condition: { StringEquals: { 'aws:PrincipalTag/ns': 'checkout' } } };
  await role('first', trustOf(ROOT), allow(['sts:AssumeRole', 'sts:TagSession']));
  await role('second', trustOf(arnOf('first')), allow('iam:GetRole', '*', condition));
  const Tags = [
    { Key: 'ns', Value: 'checkout' },
    { Key: 'mine', Value: '1' },
  ];
  const first = await assume('first', { Tags, TransitiveTagKeys: ['ns'] });
  await expect(assume('second', { Tags: [{ Key: 'NS', Value: 'other' }] }, first)).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  const second = await assume('second', {}, first);
  const iam = new IAMClient(here.config(second));
  await expect(iam.send(new GetRoleCommand({ RoleName: 'first' }))).resolves.toBeDefined();
  const plain = await assume('second', {}, await assume('first'));
  await expect(new IAMClient(here.config(plain)).send(new GetRoleCommand({ RoleName: 'first' }))).rejects.toMatchObject(
    { name: 'AccessDenied' },
  );
});

test.each<[string, Partial<AssumeRoleCommandInput>, string]>([
  ['too short', { DurationSeconds: 899 }, 'durationSeconds'],
  ['longer than the role allows', { DurationSeconds: 7200 }, 'MaxSessionDuration'],
  ['a name with a slash', { RoleSessionName: 'a/b' }, 'roleSessionName'],
  ['a transitive key without its tag', { TransitiveTagKeys: ['x'] }, 'transitive tag key'],
  [
    'a tag twice',
    {
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'A', Value: '2' },
      ],
    },
    'Duplicate tag keys',
  ],
  ['a malformed session policy', { Policy: '{"Version":"2012-10-17"}' }, 'Statement'],
  ['a session policy that is too long', { Policy: ' '.repeat(2049) }, '2048'],
])('AssumeRole refuses what is %s', async (_what, input, text) => {
  await expect(assume('reader', input)).rejects.toMatchObject({
    message: expect.stringContaining(text),
    $metadata: { httpStatusCode: 400 },
  });
});

test('a chained session lives for an hour at most', async () => {
  await role('long', trustOf(ROOT, arnOf('reader')));
  await here.iam.send(new UpdateRoleCommand({ RoleName: 'long', MaxSessionDuration: 43_200 }));
  await expect(assume('long', { DurationSeconds: 43_200 })).resolves.toBeDefined();
  await expect(assume('long', { DurationSeconds: 3601 }, await assume('reader'))).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining('role chaining'),
  });
});

test('a session policy narrows the role', async () => {
  const iam = new IAMClient(here.config(await assume('reader', { Policy: allow('iam:ListRoles') })));
  await expect(iam.send(new GetRoleCommand({ RoleName: 'reader' }))).rejects.toMatchObject({
    message: expect.stringContaining('because no session policy allows the iam:GetRole action'),
  });
  await expect(iam.send(new ListRolesCommand({}))).rejects.toMatchObject({
    message: expect.stringContaining('because no identity-based policy allows the iam:ListRoles action'),
  });
});

test('tags and policies must fit the packed size together, inherited tags included', async () => {
  const tag = (key: string, length: number) => ({ Key: key, Value: 'v'.repeat(length) });
  const sizeOf = async (more: Partial<AssumeRoleCommandInput>) => {
    const input = { RoleArn: arnOf('first'), RoleSessionName: 'test', ...more };
    return (await here.sts.send(new AssumeRoleCommand(input))).PackedPolicySize;
  };
  expect(await sizeOf({})).toBeUndefined();
  const small = await sizeOf({ Tags: [tag('a', 10)] });
  expect(await sizeOf({ Tags: [tag('a', 10)], Policy: allow('*') })).toBeGreaterThan(small ?? 0);
  const Tags = [tag('a', 200), tag('b', 200)];
  expect(await sizeOf({ Tags })).toBeLessThanOrEqual(100);
  const tooLarge = { name: 'PackedPolicyTooLargeException', $metadata: { httpStatusCode: 400 } };
  await expect(sizeOf({ Tags: [...Tags, tag('c', 60)] })).rejects.toMatchObject({
    ...tooLarge,
    message: expect.stringMatching(/^Packed policy consumes 1\d\d% of allotted space, please use smaller policy\.$/),
  });
  const first = await assume('first', { Tags, TransitiveTagKeys: ['a', 'b'] });
  await expect(assume('second', { Tags: [tag('c', 60)] }, first)).rejects.toMatchObject(tooLarge);
});

test('AssumeRole is recorded, succeeded or not, and shows no secret', async () => {
  await assume('reader', { Tags: [{ Key: 'k', Value: 'v' }] });
  await expect(assume('nobody')).rejects.toBeDefined();
  const [good, bad] = here.records.filter(({ detail }) => detail.eventName === 'AssumeRole').slice(-2);
  expect(good).toMatchObject({ source: 'aws.sts', region: 'eu-west-1', account: ACCOUNT });
  expect(good?.detail).toMatchObject({
    readOnly: true,
    requestParameters: { roleArn: arnOf('reader'), roleSessionName: 'test', tags: [{ key: 'k', value: 'v' }] },
    responseElements: {
      credentials: { expiration: expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M$/) },
      assumedRoleUser: { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/test` },
    },
  });
  expect(JSON.stringify(good)).not.toMatch(/secretAccessKey/i);
  expect(bad?.detail).toMatchObject({ errorCode: 'AccessDenied', requestParameters: null, responseElements: null });
});

test('GetSessionToken is not here', async () => {
  await expect(here.sts.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'NotImplemented' });
});
