/** AssumeRoleWithWebIdentity through SDK clients: who gets a session, what each refusal is called, and what CloudTrail shows. */

import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  type AssumeRoleWithWebIdentityCommandOutput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { addIssuer } from '../../../../local/issuers.ts';
import { call, start } from '../../kubernetes/harness.ts';
import { ACCOUNT, allow, type Listening, startListening } from '../../wire/listening.ts';
import { ISSUER, irsaTrust, newKeys, startIssuer, type TestIssuer } from './issuer.ts';

let here: Listening;
let issuer: TestIssuer;
let now = new Date('2026-11-21T12:00:00Z');
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`;
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const only = (sub: string) => ({ StringEquals: { [`${ISSUER}:sub`]: sub, [`${ISSUER}:aud`]: 'sts.amazonaws.com' } });

beforeAll(async () => {
  here = await startListening({ now: () => now });
  issuer = await startIssuer(here.cloud);
  await here.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: `https://${ISSUER}`, ClientIDList: ['sts.amazonaws.com'] }),
  );
  await role('api', only('system:serviceaccount:checkout:api'));
  await role('anybody');
});
afterAll(() => here.cloud.close());

const role = async (name: string, conditions?: object) => {
  const AssumeRolePolicyDocument = irsaTrust(ACCOUNT, ISSUER, conditions);
  await here.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  await here.iam.send(
    new PutRolePolicyCommand({ RoleName: name, PolicyName: 'p', PolicyDocument: allow('iam:GetRole') }),
  );
};

/** As a pod's SDK calls it: without credentials. */
const assume = (WebIdentityToken: string, more: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) => {
  const { endpoint, region, maxAttempts } = here.config();
  const client = new STSClient({
    endpoint,
    region,
    maxAttempts,
    credentials: async () => Promise.reject(new Error('nobody has credentials here')),
  });
  return client.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn('api'),
      RoleSessionName: 'pod',
      WebIdentityToken,
      ...more,
    }),
  );
};

const credentialsOf = ({ Credentials: given }: AssumeRoleWithWebIdentityCommandOutput) => ({
  accessKeyId: given?.AccessKeyId ?? '',
  secretAccessKey: given?.SecretAccessKey ?? '',
  sessionToken: given?.SessionToken ?? '',
});

const lastRecord = () => here.records.filter(({ detail }) => detail.eventName === 'AssumeRoleWithWebIdentity').at(-1);

test('a service account that the trust names gets a session of the role, and can use it', async () => {
  const answer = await assume(await issuer.tokenOf('checkout', 'api'), { DurationSeconds: 1800 });
  expect(answer).toMatchObject({
    SubjectFromWebIdentityToken: 'system:serviceaccount:checkout:api',
    Audience: 'sts.amazonaws.com',
    Provider: PROVIDER,
    AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/api/pod` },
    Credentials: { Expiration: new Date(now.getTime() + 1_800_000) },
  });
  const config = here.config(credentialsOf(answer));
  await expect(new STSClient(config).send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/api/pod`,
  });
  const iam = new IAMClient(config);
  await expect(iam.send(new GetRoleCommand({ RoleName: 'api' }))).resolves.toBeDefined();
  // Records of what the session does tell where it came from.
  await expect(
    iam.send(new CreateRoleCommand({ RoleName: 'x', AssumeRolePolicyDocument: '{}' })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(here.records.at(-1)?.detail.userIdentity).toMatchObject({
    type: 'AssumedRole',
    sessionContext: { webIdFederationData: { federatedProvider: PROVIDER, attributes: {} } },
  });
});

test('a session policy narrows it', async () => {
  const token = await issuer.tokenOf('checkout', 'api');
  const answer = await assume(token, { Policy: allow('s3:*') });
  expect(answer.PackedPolicySize).toBeGreaterThan(0);
  const iam = new IAMClient(here.config(credentialsOf(answer)));
  await expect(iam.send(new GetRoleCommand({ RoleName: 'api' }))).rejects.toMatchObject({
    message: expect.stringContaining('because no session policy allows'),
  });
  await expect(assume(token, { Policy: ' '.repeat(2049) })).rejects.toMatchObject({ name: 'ValidationError' });
});

test('the provider is a condition key, of the request and of the session; keys of signed requests are not there', async () => {
  const absent = ['aws:PrincipalArn', 'aws:PrincipalAccount', 'aws:PrincipalIsAWSService', 'aws:userid'];
  const provider = { 'aws:FederatedProvider': PROVIDER };
  await role('keyed', { StringEquals: provider, Null: Object.fromEntries(absent.map((key) => [key, 'true'])) });
  const PolicyDocument = allow('iam:GetRole', '*', { Condition: { StringEquals: provider } });
  await here.iam.send(new PutRolePolicyCommand({ RoleName: 'keyed', PolicyName: 'p', PolicyDocument }));
  const keyed = await assume(await issuer.tokenOf('any', 'body'), { RoleArn: roleArn('keyed') });
  const iam = new IAMClient(here.config(credentialsOf(keyed)));
  await expect(iam.send(new GetRoleCommand({ RoleName: 'keyed' }))).resolves.toBeDefined();
  await role('other-keyed', { StringNotEquals: provider });
  await expect(assume(await issuer.tokenOf('any', 'body'), { RoleArn: roleArn('other-keyed') })).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});

describe('refused', () => {
  const token = (more?: object) => () => issuer.tokenOf('checkout', 'api', { ...more });
  const NO_KEY = "Couldn't retrieve verification key from your identity provider,  please reference";
  it.each<[string, () => Promise<string>, Partial<AssumeRoleWithWebIdentityCommandInput>, string, number, string]>([
    [
      'another service account',
      () => issuer.tokenOf('checkout', 'worker'),
      {},
      'AccessDenied',
      403,
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'a role that is not there',
      token(),
      { RoleArn: roleArn('ghost') },
      'AccessDenied',
      403,
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    ['a text that is no token', async () => 'nonsense', {}, 'InvalidIdentityTokenException', 400, 'not a valid JWT'],
    [
      'a token for Kubernetes itself',
      token({ aud: ['https://kubernetes.default.svc'] }),
      {},
      'InvalidIdentityTokenException',
      400,
      'Incorrect token audience',
    ],
    [
      'a token without an audience',
      token({ aud: undefined }),
      {},
      'InvalidIdentityTokenException',
      400,
      'Missing a required claim: aud',
    ],
    [
      'an issuer that the account has no provider for',
      token({ iss: 'https://elsewhere.example' }),
      {},
      'InvalidIdentityTokenException',
      400,
      'No OpenIDConnect provider found in your account for https://elsewhere.example',
    ],
    [
      'a role of an account without the provider',
      token(),
      { RoleArn: 'arn:aws:iam::222222222222:role/api' },
      'InvalidIdentityTokenException',
      400,
      `No OpenIDConnect provider found in your account for https://${ISSUER}`,
    ],
    [
      'a token that has expired',
      token({ exp: now.getTime() / 1000 - 60 }),
      {},
      'ExpiredTokenException',
      400,
      `Token expired: current date/time ${now.getTime() / 1000} must be before the expiration date/time ${now.getTime() / 1000 - 60}`,
    ],
    [
      'a token that is not valid yet',
      token({ nbf: now.getTime() / 1000 + 600 }),
      {},
      'InvalidIdentityTokenException',
      400,
      'could not be verified',
    ],
    [
      'a bad role ARN',
      token(),
      { RoleArn: 'arn:aws:iam::role/api-with-no-account' },
      'ValidationError',
      400,
      'Request ARN is invalid',
    ],
    ['a bad session name', token(), { RoleSessionName: 'a b' }, 'ValidationError', 400, 'roleSessionName'],
    ['too short a session', token(), { DurationSeconds: 60 }, 'ValidationError', 400, 'durationSeconds'],
    ['a session longer than the role allows', token(), { DurationSeconds: 7200 }, 'ValidationError', 400, 'MaxSession'],
    ['an OAuth 2.0 provider', token(), { ProviderId: 'www.amazon.com' }, 'NotImplemented', 501, 'ProviderId'],
  ])('%s', async (_what, make, more, name, httpStatusCode, text) => {
    await expect(assume(await make(), more)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(text),
      $metadata: { httpStatusCode },
    });
  });

  it('another key than the published one', async () => {
    const { privateKey } = await newKeys();
    const url = 'oidc.eks.eu-west-1.amazonaws.com/id/FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF';
    const forger = await startIssuer(here.cloud, { url, signingKey: privateKey });
    const create = { Url: `https://${url}`, ClientIDList: ['sts.amazonaws.com'] };
    await here.iam.send(new CreateOpenIDConnectProviderCommand(create));
    await expect(assume(await forger.tokenOf('checkout', 'api'))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: expect.stringContaining('signature verification failed'),
    });
    // The cluster is deleted: nobody publishes its keys.
    addIssuer(here.cloud, { url: `https://${url}`, region: 'eu-west-1', keys: () => [] });
    await expect(assume(await forger.tokenOf('checkout', 'api'))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: expect.stringContaining(NO_KEY),
    });
  });

  it('a provider that was deleted', async () => {
    const url = 'oidc.eks.eu-west-1.amazonaws.com/id/EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE';
    const other = await startIssuer(here.cloud, { url });
    const create = { Url: `https://${url}`, ClientIDList: ['sts.amazonaws.com'] };
    const { OpenIDConnectProviderArn } = await here.iam.send(new CreateOpenIDConnectProviderCommand(create));
    const AssumeRolePolicyDocument = irsaTrust(ACCOUNT, url);
    await here.iam.send(new CreateRoleCommand({ RoleName: 'deleted', AssumeRolePolicyDocument }));
    const ask = async () => assume(await other.tokenOf('a', 'b'), { RoleArn: roleArn('deleted') });
    await expect(ask()).resolves.toBeDefined();
    await here.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('No OpenIDConnect provider found') });
  });

  it('a missing token, by the name of the member', async () => {
    const query = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn('api'),
      RoleSessionName: 'x',
    });
    const answer = await fetch(here.endpoint, { method: 'POST', body: query });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringMatching(/null at .{1,6}webIdentityToken/),
    ]);
  });

  it('every other call without a signature', async () => {
    const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
    const answer = await fetch(here.endpoint, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('MissingAuthenticationToken')]);
  });
});

describe('CloudTrail', () => {
  const userIdentity = {
    type: 'WebIdentityUser',
    principalId: `${PROVIDER}:sts.amazonaws.com:system:serviceaccount:checkout:api`,
    userName: 'system:serviceaccount:checkout:api',
    identityProvider: PROVIDER,
  };
  const resources = (name: string) => [{ accountId: ACCOUNT, type: 'AWS::IAM::Role', ARN: roleArn(name) }];

  it('shows who came, and neither token nor secret', async () => {
    const token = await issuer.tokenOf('checkout', 'api');
    const { Credentials } = await assume(token, { DurationSeconds: 900 });
    const record = lastRecord();
    expect(record).toMatchObject({ account: ACCOUNT, region: 'eu-west-1', source: 'aws.sts' });
    expect(record?.detail).toMatchObject({
      userIdentity,
      eventSource: 'sts.amazonaws.com',
      readOnly: true,
      requestParameters: { roleArn: roleArn('api'), roleSessionName: 'pod', durationSeconds: 900 },
      responseElements: {
        credentials: { accessKeyId: Credentials?.AccessKeyId, expiration: 'Nov 21, 2026, 12:15:00 PM' },
        subjectFromWebIdentityToken: 'system:serviceaccount:checkout:api',
        assumedRoleUser: { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/api/pod` },
        provider: PROVIDER,
        audience: 'sts.amazonaws.com',
      },
      resources: resources('api'),
      additionalEventData: { identityProviderConnectionVerificationMethod: 'IAMTrustStore' },
    });
    const text = JSON.stringify(record);
    expect([text.includes(token), text.includes(Credentials?.SecretAccessKey ?? '')]).toEqual([false, false]);
  });

  it('says of a refusal that something unknown happened', async () => {
    await role('nobody', only('system:serviceaccount:a:b'));
    await expect(assume(await issuer.tokenOf('checkout', 'api'), { RoleArn: roleArn('nobody') })).rejects.toBeDefined();
    expect(lastRecord()?.detail).toMatchObject({
      userIdentity,
      errorCode: 'AccessDenied',
      errorMessage: 'An unknown error occurred',
      requestParameters: { roleArn: roleArn('nobody'), roleSessionName: 'pod' },
      responseElements: null,
      resources: resources('nobody'),
    });
  });
});

describe('a cluster’s own issuer', () => {
  it('publishes the keys that verify its tokens, and its tokens open sessions until they expire', async () => {
    const cluster = await start({ now: () => now });
    try {
      addIssuer(here.cloud, { url: cluster.issuer, region: 'eu-west-1', keys: () => cluster.jwks().keys });
      const path = new URL(cluster.issuer).pathname;
      const discovery = await fetch(`${here.endpoint}${path}/.well-known/openid-configuration`);
      const { issuer: named, jwks_uri } = Object(await discovery.json());
      expect(named).toBe(cluster.issuer);
      expect(await (await fetch(String(jwks_uri))).json()).toEqual(cluster.jwks());

      await cluster.apply([
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'api', namespace: 'default' } },
      ]);
      const { body } = await call(cluster, 'POST', '/api/v1/namespaces/default/serviceaccounts/api/token', {
        body: { spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 600 } },
      });
      const token = String(Object(body.status).token);
      await here.iam.send(
        new CreateOpenIDConnectProviderCommand({ Url: cluster.issuer, ClientIDList: ['sts.amazonaws.com'] }),
      );
      const AssumeRolePolicyDocument = irsaTrust(ACCOUNT, cluster.issuer.replace('https://', ''));
      await here.iam.send(new CreateRoleCommand({ RoleName: 'real', AssumeRolePolicyDocument }));
      const ask = () => assume(token, { RoleArn: roleArn('real') });
      expect(await ask()).toMatchObject({ SubjectFromWebIdentityToken: 'system:serviceaccount:default:api' });
      // STS sees nothing of the cluster: the token outlives its service account.
      await call(cluster, 'DELETE', '/api/v1/namespaces/default/serviceaccounts/api');
      await expect(ask()).resolves.toBeDefined();
      now = new Date(now.getTime() + 601_000);
      await expect(ask()).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    } finally {
      await cluster.close();
    }
  });
});
