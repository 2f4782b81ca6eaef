/** OpenID Connect providers through the SDK client: their life, their tags, who may touch them, and what each call refuses. */

import * as iam from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { ACCOUNT, allow, type Listening, startListening, trustOf } from '../../wire/listening.ts';

let here: Listening;
const HOST = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const arnOf = (host: string) => `arn:aws:iam::${ACCOUNT}:oidc-provider/${host}`;
const GHOST = { OpenIDConnectProviderArn: arnOf('ghost.example') };
const THUMBPRINT = 'a'.repeat(40);

beforeAll(async () => {
  here = await startListening();
});
afterAll(() => here.cloud.close());

const create = (Url: string, more: Partial<iam.CreateOpenIDConnectProviderCommandInput> = {}) =>
  here.iam.send(new iam.CreateOpenIDConnectProviderCommand({ Url, ...more }));
const get = (host: string) =>
  here.iam.send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arnOf(host) }));

test('a provider as it is created, read, changed, listed and deleted', async () => {
  const created = await create(`https://${HOST}`, {
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [THUMBPRINT],
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  expect(created).toMatchObject({ OpenIDConnectProviderArn: arnOf(HOST), Tags: [{ Key: 'team', Value: 'a' }] });
  expect(await get(HOST)).toMatchObject({
    Url: HOST,
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [THUMBPRINT],
    CreateDate: expect.any(Date),
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  const OpenIDConnectProviderArn = arnOf(HOST);
  for (const ClientID of ['other', 'other']) {
    await here.iam.send(new iam.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
  }
  expect((await get(HOST)).ClientIDList).toEqual(['sts.amazonaws.com', 'other']);
  for (const ClientID of ['sts.amazonaws.com', 'never-there']) {
    await here.iam.send(new iam.RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
  }
  expect((await get(HOST)).ClientIDList).toEqual(['other']);
  const ThumbprintList = ['b'.repeat(40), 'c'.repeat(40)];
  await here.iam.send(
    new iam.UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }),
  );
  expect((await get(HOST)).ThumbprintList).toEqual(ThumbprintList);

  await create('https://another.example/path');
  expect((await get('another.example/path')).ThumbprintList).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)]);
  const list = () => here.iam.send(new iam.ListOpenIDConnectProvidersCommand({}));
  expect((await list()).OpenIDConnectProviderList?.map(({ Arn }) => Arn)).toEqual([
    arnOf('another.example/path'),
    arnOf(HOST),
  ]);
  // The second time it is gone already, and that is no error.
  for (let time = 0; time < 2; time += 1) {
    await here.iam.send(new iam.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  }
  expect((await list()).OpenIDConnectProviderList).toHaveLength(1);
  await expect(get(HOST)).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: `OpenIDConnect Provider not found for arn ${arnOf(HOST)}`,
  });
});

test('tags, in pages', async () => {
  const OpenIDConnectProviderArn = arnOf('tagged.example');
  await create('https://tagged.example');
  const Tags = ['a', 'b', 'c'].map((Key) => ({ Key, Value: Key }));
  await here.iam.send(new iam.TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags }));
  await here.iam.send(new iam.UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: ['b'] }));
  const page = (Marker?: string) =>
    here.iam.send(
      new iam.ListOpenIDConnectProviderTagsCommand({
        OpenIDConnectProviderArn,
        MaxItems: 1,
        ...(Marker === undefined ? {} : { Marker }),
      }),
    );
  const first = await page();
  expect(first).toMatchObject({ Tags: [{ Key: 'a', Value: 'a' }], IsTruncated: true });
  expect(await page(first.Marker)).toMatchObject({ Tags: [{ Key: 'c', Value: 'c' }], IsTruncated: false });
  const many = Array.from({ length: 49 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
  await expect(
    here.iam.send(new iam.TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: many })),
  ).rejects.toMatchObject({ name: 'LimitExceededException' });
});

test.each<[string, string, Partial<iam.CreateOpenIDConnectProviderCommandInput>, string, string]>([
  ['one that is there', 'https://taken.example', {}, 'EntityAlreadyExistsException', 'https://taken.example'],
  ['http', 'http://x.example', {}, 'InvalidInputException', 'URL'],
  ['a host without a scheme', 'x.example', {}, 'InvalidInputException', 'URL'],
  ['a query', 'https://x.example/?a=b', {}, 'InvalidInputException', 'URL'],
  ['a port', 'https://x.example:8443', {}, 'InvalidInputException', 'URL'],
  ['too long a URL', `https://${'x'.repeat(250)}`, {}, 'InvalidInputException', 'URL'],
  ['a short thumbprint', 'https://x.example', { ThumbprintList: ['abc'] }, 'ValidationError', 'thumbprintList'],
  [
    'six thumbprints',
    'https://x.example',
    { ThumbprintList: Array.from({ length: 6 }, () => THUMBPRINT) },
    'InvalidInputException',
    'Thumbprint',
  ],
  ['an empty client id', 'https://x.example', { ClientIDList: [''] }, 'ValidationError', 'clientID'],
  [
    'too many client ids',
    'https://x.example',
    { ClientIDList: Array.from({ length: 101 }, (_, index) => `id-${index}`) },
    'LimitExceededException',
    'ClientIdsPerOpenIdConnectProvider: 100',
  ],
])('CreateOpenIDConnectProvider refuses %s', async (_what, url, more, name, text) => {
  await create('https://taken.example').catch(() => undefined);
  await expect(create(url, more)).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
});

test.each<[string, () => Promise<unknown>]>([
  ['AddClientID', () => here.iam.send(new iam.AddClientIDToOpenIDConnectProviderCommand({ ...GHOST, ClientID: 'x' }))],
  [
    'RemoveClientID',
    () => here.iam.send(new iam.RemoveClientIDFromOpenIDConnectProviderCommand({ ...GHOST, ClientID: 'x' })),
  ],
  [
    'UpdateThumbprint',
    () =>
      here.iam.send(new iam.UpdateOpenIDConnectProviderThumbprintCommand({ ...GHOST, ThumbprintList: [THUMBPRINT] })),
  ],
  ['Tag', () => here.iam.send(new iam.TagOpenIDConnectProviderCommand({ ...GHOST, Tags: [] }))],
  ['Untag', () => here.iam.send(new iam.UntagOpenIDConnectProviderCommand({ ...GHOST, TagKeys: [] }))],
  ['ListTags', () => here.iam.send(new iam.ListOpenIDConnectProviderTagsCommand(GHOST))],
])('%s of a provider that is not there', async (_what, ask) => {
  await expect(ask()).rejects.toMatchObject({ name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } });
});

test('an account has at most a hundred', async () => {
  const { length: there = 0 } = (await here.iam.send(new iam.ListOpenIDConnectProvidersCommand({})))
    .OpenIDConnectProviderList ?? { length: 0 };
  for (let number = there; number < 100; number += 1) await create(`https://n${number}.example`);
  await expect(create('https://one-more.example')).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100',
  });
});

describe('permissions', () => {
  let limited: iam.IAMClient;
  beforeAll(async () => {
    const AssumeRolePolicyDocument = trustOf(`arn:aws:iam::${ACCOUNT}:root`);
    await here.iam.send(new iam.CreateRoleCommand({ RoleName: 'limited', AssumeRolePolicyDocument }));
    const PolicyDocument = allow('iam:GetOpenIDConnectProvider', arnOf('tagged.example'), {
      Condition: { StringEquals: { 'aws:ResourceTag/a': 'a' } },
    });
    await here.iam.send(new iam.PutRolePolicyCommand({ RoleName: 'limited', PolicyName: 'p', PolicyDocument }));
    const { credentials } = here.cloud.issueSession(
      `arn:aws:iam::${ACCOUNT}:role/limited`,
      'test',
      'ec2.amazonaws.com',
    );
    limited = new iam.IAMClient(here.config(credentials));
  });

  it('are asked on the provider, by its tags too', async () => {
    const read = (host: string) =>
      limited.send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arnOf(host) }));
    await expect(read('tagged.example')).resolves.toBeDefined();
    await expect(read('taken.example')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  const provider = { OpenIDConnectProviderArn: arnOf('taken.example') };
  const ThumbprintList = [THUMBPRINT];
  it.each<[string, () => Promise<unknown>, string?]>([
    [
      'CreateOpenIDConnectProvider',
      () => limited.send(new iam.CreateOpenIDConnectProviderCommand({ Url: 'https://taken.example' })),
    ],
    ['GetOpenIDConnectProvider', () => limited.send(new iam.GetOpenIDConnectProviderCommand(provider))],
    [
      'ListOpenIDConnectProviders',
      () => limited.send(new iam.ListOpenIDConnectProvidersCommand({})),
      `arn:aws:iam::${ACCOUNT}:oidc-provider/*`,
    ],
    ['DeleteOpenIDConnectProvider', () => limited.send(new iam.DeleteOpenIDConnectProviderCommand(provider))],
    [
      'AddClientIDToOpenIDConnectProvider',
      () => limited.send(new iam.AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID: 'x' })),
    ],
    [
      'RemoveClientIDFromOpenIDConnectProvider',
      () => limited.send(new iam.RemoveClientIDFromOpenIDConnectProviderCommand({ ...provider, ClientID: 'x' })),
    ],
    [
      'UpdateOpenIDConnectProviderThumbprint',
      () => limited.send(new iam.UpdateOpenIDConnectProviderThumbprintCommand({ ...provider, ThumbprintList })),
    ],
    [
      'TagOpenIDConnectProvider',
      () => limited.send(new iam.TagOpenIDConnectProviderCommand({ ...provider, Tags: [{ Key: 'a', Value: 'a' }] })),
    ],
    [
      'UntagOpenIDConnectProvider',
      () => limited.send(new iam.UntagOpenIDConnectProviderCommand({ ...provider, TagKeys: ['a'] })),
    ],
    ['ListOpenIDConnectProviderTags', () => limited.send(new iam.ListOpenIDConnectProviderTagsCommand(provider))],
  ])('%s is refused by its name', async (action, ask, resource = arnOf('taken.example')) => {
    await expect(ask()).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`iam:${action} on resource: ${resource} because`),
    });
  });
});

test('CloudTrail shows the creation in IAM’s region', async () => {
  const record = here.records.find(({ detail }) => detail.eventName === 'CreateOpenIDConnectProvider');
  expect(record?.region).toBe('us-east-1');
  expect(record?.detail).toMatchObject({
    requestParameters: { url: `https://${HOST}`, clientIDList: ['sts.amazonaws.com'], thumbprintList: [THUMBPRINT] },
    responseElements: { openIDConnectProviderArn: arnOf(HOST) },
  });
});
