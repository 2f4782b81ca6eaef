/** EKS Auth: tokens for credentials, who refuses, what the sessions can do, and until when. */

import * as eks from '@aws-sdk/client-eks';
import {
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Hash } from '@smithy/core/serde';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../../../local/contract.ts';
import {
  ACCOUNT,
  allow,
  CLUSTER_ARN,
  type Listening,
  OTHER,
  PODS_TRUST,
  podToken,
  REGION,
  startListening,
  trustOf,
} from '../../wire/listening.ts';

let here: Listening;
const arnOf = (name: string, account = ACCOUNT) => `arn:aws:iam::${account}:role/${name}`;
const root = `arn:aws:iam::${ACCOUNT}:root`;

beforeAll(async () => {
  here = await startListening();
  await role('node', trustOf(root), allow('eks-auth:AssumeRoleForPodIdentity', CLUSTER_ARN));
  await role('app', PODS_TRUST, allow(['iam:GetRole', 'iam:ListRoles']));
  await associate('api', { roleArn: arnOf('app') });
  await associate('worker', { roleArn: arnOf('app') });
});
afterAll(() => here.cloud.close());

const role = async (name: string, trust: string, policy?: string, iam = here.iam) => {
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  if (policy) await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'p', PolicyDocument: policy }));
};

const associate = (serviceAccount: string, more: Partial<eks.CreatePodIdentityAssociationCommandInput>) =>
  here.eks.send(
    new eks.CreatePodIdentityAssociationCommand({
      clusterName: 'payments',
      namespace: 'checkout',
      serviceAccount,
      roleArn: arnOf('app'),
      ...more,
    }),
  );

const nodeCredentials = () => here.cloud.issueSession(arnOf('node'), 'i-0123456789', 'ec2.amazonaws.com').credentials;

/** The agent's call, byte by byte: there is no client for it. */
const assumeForPod = async (
  token: string,
  { cluster = 'payments', credentials = nodeCredentials() as Credentials } = {},
): Promise<{ status: number; error: string | null; body: Record<string, unknown>; session: Credentials }> => {
  const { host, hostname, port } = new URL(here.endpoint);
  const path = `/clusters/${cluster}/assume-role-for-pod-identity`;
  const body = JSON.stringify({ token, eksNodeName: 'node-1', instanceId: 'i-0123456789', zone: 'eu-west-1a' });
  const signer = new SignatureV4({
    credentials,
    region: REGION,
    service: 'eks-auth',
    sha256: Hash.bind(null, 'sha256'),
  });
  const request = new HttpRequest({
    method: 'POST',
    hostname,
    port: Number(port),
    path,
    headers: { host, 'content-type': 'application/json' },
    body,
  });
  const { host: _host, ...headers } = (await signer.sign(request)).headers;
  const answer = await fetch(here.endpoint + path, { method: 'POST', headers, body });
  const value = JSON.parse(await answer.text());
  const { accessKeyId, secretAccessKey, sessionToken } = value.credentials ?? {};
  return {
    status: answer.status,
    error: answer.headers.get('x-amzn-errortype'),
    body: value,
    session: { accessKeyId, secretAccessKey, sessionToken },
  };
};

const arnOfSession = async (session: Credentials) =>
  (await new STSClient(here.config(session)).send(new GetCallerIdentityCommand({}))).Arn;

test('a pod’s token is worth credentials of the association’s role, for six hours', async () => {
  const { status, body, session } = await assumeForPod(podToken('checkout', 'api', 'api-7d9c5b6f4-x2x2x'));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    subject: { namespace: 'checkout', serviceAccount: 'api' },
    audience: 'pods.eks.amazonaws.com',
    podIdentityAssociation: { associationId: expect.stringMatching(/^a-/), associationArn: expect.any(String) },
    assumedRoleUser: {
      arn: expect.stringMatching(
        new RegExp(`^arn:aws:sts::${ACCOUNT}:assumed-role/app/eks-payments-api-7d9c5b-[0-9a-f-]{36}$`),
      ),
      assumeRoleId: expect.stringMatching(/^AROA.*:eks-payments-api-7d9c5b-/),
    },
    credentials: { expiration: expect.any(Number) },
  });
  const { expiration } = body.credentials as { expiration: number };
  expect(Number.isInteger(expiration)).toBe(true);
  expect(Math.abs(expiration * 1000 - Date.now() - 6 * 3_600_000)).toBeLessThan(60_000);
  expect(await arnOfSession(session)).toBe((body.assumedRoleUser as { arn: string }).arn);
});

test.each([
  ['a token of another cluster or a forged one', 'y.checkout=api=p.x', 400, 'InvalidTokenException'],
  ['an expired token', 'expired.checkout=api=p.x', 400, 'ExpiredTokenException'],
  ['no token at all', 'hello', 400, 'InvalidTokenException'],
  ['a token that is bound to no pod', 'x.checkout=api=.x', 400, 'InvalidTokenException'],
  ['a service account without an association', podToken('checkout', 'nobody'), 404, 'ResourceNotFoundException'],
])('%s is refused', async (_what, token, status, error) => {
  expect(await assumeForPod(token)).toMatchObject({ status, error, body: { message: expect.any(String) } });
});

test('a cluster that is not there, and a caller who may not', async () => {
  const admin = here.config().credentials;
  expect(await assumeForPod(podToken('checkout', 'api'), { cluster: 'nothing', credentials: admin })).toMatchObject({
    status: 404,
    error: 'ResourceNotFoundException',
  });
  expect(await assumeForPod(podToken('checkout', 'api'), { cluster: 'other' })).toMatchObject({
    status: 403,
    error: 'AccessDeniedException',
    body: { message: expect.stringContaining('is not authorized to perform: eks-auth:AssumeRoleForPodIdentity') },
  });
});

test.each<[string, object, 'allowed' | 'refused']>([
  ['without TagSession', { Action: 'sts:AssumeRole' }, 'refused'],
  ['of another service', { Principal: { Service: 'ec2.amazonaws.com' } }, 'refused'],
  [
    'for this service account',
    {
      Condition: {
        StringEquals: {
          'aws:RequestTag/kubernetes-service-account': 'api',
          'aws:RequestTag/kubernetes-namespace': 'checkout',
        },
      },
    },
    'allowed',
  ],
  [
    'for another service account',
    { Condition: { StringEquals: { 'aws:RequestTag/kubernetes-service-account': 'worker' } } },
    'refused',
  ],
  [
    'for this cluster',
    {
      Condition: {
        ArnEquals: { 'aws:SourceArn': CLUSTER_ARN },
        StringEquals: { 'aws:SourceAccount': ACCOUNT, 'aws:RequestTag/eks-cluster-arn': CLUSTER_ARN },
      },
    },
    'allowed',
  ],
  ['for another cluster', { Condition: { ArnEquals: { 'aws:SourceArn': `${CLUSTER_ARN}2` } } }, 'refused'],
])('the trust decides: %s', async (_what, change, outcome) => {
  const statement = { ...JSON.parse(PODS_TRUST).Statement[0], ...change };
  const put = (PolicyDocument: string) =>
    here.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'app', PolicyDocument }));
  await put(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  const { status, error, body } = await assumeForPod(podToken('checkout', 'api'));
  await put(PODS_TRUST);
  if (outcome === 'allowed') expect(status).toBe(200);
  else {
    expect({ status, error }).toEqual({ status: 400, error: 'AccessDeniedException' });
    expect(body.message).toBe('Unauthorized Exception! EKS does not have permissions to assume the associated role.');
  }
});

test('a deny by session tags ends one service account’s sessions and leaves the others that share the role', async () => {
  const api = await assumeForPod(podToken('checkout', 'api'));
  const worker = await assumeForPod(podToken('checkout', 'worker'));
  const get = ({ session }: { session: Credentials }) =>
    new IAMClient(here.config(session)).send(new GetRoleCommand({ RoleName: 'app' }));
  await expect(get(api)).resolves.toBeDefined();
  const tags = {
    'eks-cluster-arn': CLUSTER_ARN,
    'kubernetes-namespace': 'checkout',
    'kubernetes-service-account': 'api',
  };
  const condition = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]));
  const deny = { Effect: 'Deny', Action: '*', Resource: '*', Condition: { StringEquals: condition } };
  await here.iam.send(
    new PutRolePolicyCommand({
      RoleName: 'app',
      PolicyName: 'deny',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [deny] }),
    }),
  );
  await expect(get(api)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('with an explicit deny in an identity-based policy'),
  });
  await expect(get(await assumeForPod(podToken('checkout', 'api')))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(get(worker)).resolves.toBeDefined();
  const before = {
    ...deny,
    Condition: {
      ...deny.Condition,
      DateLessThan: { 'aws:TokenIssueTime': new Date(Date.now() - 60_000).toISOString() },
    },
  };
  await here.iam.send(
    new PutRolePolicyCommand({
      RoleName: 'app',
      PolicyName: 'deny',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [before] }),
    }),
  );
  await expect(get(api)).resolves.toBeDefined();
});

test('a target role: its credentials, 59 minutes, tags inherited', async () => {
  const theirs = new IAMClient(here.config(here.cloud.administrator(OTHER).credentials));
  await role('source', PODS_TRUST, allow(['sts:AssumeRole', 'sts:TagSession'], arnOf('target', OTHER)));
  const trust = JSON.parse(trustOf(arnOf('source')));
  trust.Statement[0].Condition = { StringEquals: { 'aws:RequestTag/kubernetes-service-account': 'chained' } };
  const tagged = { Condition: { StringEquals: { 'aws:PrincipalTag/kubernetes-namespace': 'checkout' } } };
  await role('target', JSON.stringify(trust), allow('iam:ListRoles', '*', tagged), theirs);
  await associate('chained', { roleArn: arnOf('source'), targetRoleArn: arnOf('target', OTHER) });
  const { body, session } = await assumeForPod(podToken('checkout', 'chained'));
  expect(await arnOfSession(session)).toMatch(new RegExp(`^arn:aws:sts::${OTHER}:assumed-role/target/eks-payments-`));
  const { expiration } = body.credentials as { expiration: number };
  expect(Math.abs(expiration * 1000 - Date.now() - 59 * 60_000)).toBeLessThan(60_000);
  await expect(new IAMClient(here.config(session)).send(new ListRolesCommand({}))).resolves.toBeDefined();
  await associate('stranger', { roleArn: arnOf('source'), targetRoleArn: arnOf('target', OTHER) });
  expect(await assumeForPod(podToken('checkout', 'stranger'))).toMatchObject({
    status: 400,
    error: 'AccessDeniedException',
  });
});

test('without session tags: an external id, no tags, and a session policy', async () => {
  const theirs = new IAMClient(here.config(here.cloud.administrator(OTHER).credentials));
  const externalId = `${REGION}/${ACCOUNT}/payments/checkout/untagged`;
  const trust = JSON.parse(trustOf(arnOf('source')));
  trust.Statement[0].Condition = {
    StringEquals: { 'sts:ExternalId': externalId },
    Null: { 'aws:RequestTag/kubernetes-namespace': 'true' },
  };
  await role('target-external', JSON.stringify(trust), allow('iam:*'), theirs);
  await here.iam.send(
    new PutRolePolicyCommand({ RoleName: 'source', PolicyName: 'more', PolicyDocument: allow('sts:AssumeRole') }),
  );
  const made = await associate('untagged', {
    roleArn: arnOf('source'),
    targetRoleArn: arnOf('target-external', OTHER),
    disableSessionTags: true,
    policy: allow('iam:ListRoles'),
  });
  expect(made.association?.externalId).toBe(externalId);
  const { session } = await assumeForPod(podToken('checkout', 'untagged'));
  const iam = new IAMClient(here.config(session));
  await expect(iam.send(new ListRolesCommand({}))).resolves.toBeDefined();
  await expect(iam.send(new GetRoleCommand({ RoleName: 'target' }))).rejects.toMatchObject({
    message: expect.stringContaining('no session policy allows'),
  });
});

test('two records: the agent’s call without a name, and STS’s with the six tags', async () => {
  await assumeForPod(podToken('checkout', 'api', 'api-1'));
  const [sts, agent] = here.records.slice(-2);
  expect(agent).toMatchObject({ source: 'aws.eks-auth', region: REGION });
  expect(agent?.detail).toMatchObject({
    eventName: 'AssumeRoleForPodIdentity',
    readOnly: true,
    userIdentity: { type: 'AssumedRole', sessionContext: { sessionIssuer: { userName: 'node' } } },
    requestParameters: { clusterName: 'payments', token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    responseElements: null,
  });
  expect(JSON.stringify(agent)).not.toContain('checkout');
  expect(sts?.detail).toMatchObject({
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    userIdentity: { type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' },
    sourceIPAddress: 'pods.eks.amazonaws.com',
    requestParameters: { roleArn: arnOf('app'), durationSeconds: 21_600 },
    sharedEventID: expect.any(String),
    resources: [{ accountId: ACCOUNT, type: 'AWS::IAM::Role', ARN: arnOf('app') }],
  });
  const tags = [
    ['eks-cluster-arn', CLUSTER_ARN],
    ['eks-cluster-name', 'payments'],
    ['kubernetes-namespace', 'checkout'],
    ['kubernetes-service-account', 'api'],
    ['kubernetes-pod-name', 'api-1'],
    ['kubernetes-pod-uid', 'uid-of-api-1'],
  ];
  expect(sts?.detail.requestParameters).toMatchObject({
    tags: tags.map(([key, value]) => ({ key, value })),
    transitiveTagKeys: tags.map(([key]) => key),
  });
});

test('a refusal is recorded as AccessDenied, with the parameters', async () => {
  await role('untrusting', PODS_TRUST);
  await associate('refused', { roleArn: arnOf('untrusting') });
  await here.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'untrusting', PolicyDocument: trustOf(root) }));
  await assumeForPod(podToken('checkout', 'refused'));
  expect(here.records.at(-1)?.detail).toMatchObject({
    errorCode: 'AccessDenied',
    errorMessage: 'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
    requestParameters: { clusterName: 'payments' },
  });
});
