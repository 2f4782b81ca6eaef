/** What comes before any operation: signatures, unknown names, malformed bytes, sizes, ports. */

import { DescribeInstancesCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { GetRoleCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Hash } from '@smithy/core/serde';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { createCloud, PortTaken } from '../../../local/cloud.ts';
import { type Listening, REGION, startListening } from './listening.ts';

let here: Listening;
let time = new Date('2026-11-21T10:00:00Z');

beforeAll(async () => {
  here = await startListening({ now: () => time });
});
afterAll(() => here.cloud.close());

/** A signed request of our own making, for what no SDK would send. */
const send = async (
  service: string,
  request: { method?: string; path?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; text: string; headers: Headers }> => {
  const { hostname, port, host } = new URL(here.endpoint);
  const signer = new SignatureV4({
    credentials: here.config().credentials,
    region: REGION,
    service,
    sha256: Hash.bind(null, 'sha256'),
  });
  const { method = 'POST', path = '/', headers = {}, body = '' } = request;
  const signed = await signer.sign(
    new HttpRequest({ method, hostname, port: Number(port), path, headers: { host, ...headers }, body }),
  );
  const { host: _host, ...sent } = signed.headers;
  const answer = await fetch(here.endpoint + path, { method, headers: sent, ...(method === 'GET' ? {} : { body }) });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
};

test('a request without a signature is refused', async () => {
  const answer = await fetch(here.endpoint);
  expect(answer.status).toBe(403);
  expect(answer.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  const form = await fetch(here.endpoint, {
    method: 'POST',
    body: new URLSearchParams({ Action: 'GetCallerIdentity' }),
  });
  expect(await form.text()).toContain('<Code>MissingAuthenticationToken</Code>');
});

test.each([
  [
    'an unknown key',
    { accessKeyId: 'AKIAUNKNOWN' },
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'AuthFailure',
  ],
  [
    'a wrong secret',
    { secretAccessKey: 'wrong' },
    'SignatureDoesNotMatch',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
  ],
  [
    'a token with a long-lived key',
    { sessionToken: 'x' },
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'AuthFailure',
  ],
])('%s is refused in the words of each protocol', async (_what, change, query, rest, ec2) => {
  const config = here.config({ ...here.config().credentials, ...change });
  await expect(new STSClient(config).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: query });
  await expect(new IAMClient(config).send(new GetRoleCommand({ RoleName: 'r' }))).rejects.toMatchObject({
    name: query,
  });
  await expect(new EKSClient(config).send(new DescribeClusterCommand({ name: 'payments' }))).rejects.toMatchObject({
    name: rest,
    $metadata: { httpStatusCode: 403 },
  });
  await expect(new EC2Client(config).send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ name: ec2 });
});

test('a changed byte after signing is noticed', async () => {
  const signer = new SignatureV4({
    credentials: here.config().credentials,
    region: REGION,
    service: 'sts',
    sha256: Hash.bind(null, 'sha256'),
  });
  const { hostname, port, host } = new URL(here.endpoint);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const signed = await signer.sign(
    new HttpRequest({
      method: 'POST',
      hostname,
      port: Number(port),
      path: '/',
      headers: { host, ...form },
      body: 'Action=A',
    }),
  );
  const { host: _host, ...headers } = signed.headers;
  const answer = await fetch(here.endpoint, { method: 'POST', headers, body: 'Action=B' });
  expect(await answer.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
});

test('an expired session is told so, by each protocol', async () => {
  const role = 'arn:aws:iam::111111111111:role/short';
  await here.cloud.call(
    'iam',
    'CreateRole',
    {
      RoleName: 'short',
      AssumeRolePolicyDocument:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
    },
    { caller: here.cloud.administrator('111111111111').caller, region: REGION },
  );
  const { credentials } = here.cloud.issueSession(role, 'fn', 'lambda.amazonaws.com');
  const sts = new STSClient(here.config(credentials));
  await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({ Account: '111111111111' });
  time = new Date(time.getTime() + 3_600_001);
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
  await expect(
    new EKSClient(here.config(credentials)).send(new DescribeClusterCommand({ name: 'payments' })),
  ).rejects.toMatchObject({ name: 'ExpiredTokenException' });
});

test('what is not here answers NotImplemented and names the call', async () => {
  await expect(here.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({
    name: 'NotImplemented',
    message: 'iam:ListUsers is not supported by the local cloud.',
    $metadata: { httpStatusCode: 501 },
  });
  await expect(
    here.eks.send(new CreateClusterCommand({ name: 'x', roleArn: 'r', resourcesVpcConfig: {} })),
  ).rejects.toMatchObject({ name: 'NotImplemented', message: expect.stringContaining('eks:CreateCluster') });
  await expect(new EC2Client(here.config()).send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('ec2:DescribeVpcs'),
  });
  const unknown = await send('s3', { method: 'GET', path: '/bucket' });
  expect([unknown.status, unknown.text]).toEqual([501, expect.stringContaining('s3:')]);
});

test('operations that no service has', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const query = await send('iam', { headers: form, body: 'Action=MakeRole&Version=2010-05-08' });
  expect([query.status, query.text]).toEqual([400, expect.stringContaining('<Code>InvalidAction</Code>')]);
  const none = await send('sts', { headers: form, body: 'Version=2011-06-15' });
  expect([none.status, none.text]).toEqual([400, expect.stringContaining('<Code>InvalidAction</Code>')]);
  const rest = await send('eks', { method: 'GET', path: '/nothing/here' });
  expect([rest.status, rest.headers.get('x-amzn-errortype')]).toEqual([404, 'UnknownOperationException']);
});

test.each([
  ['no JSON', '{"namespace":', 'SerializationException', 'not JSON'],
  ['no object', '[]', 'SerializationException', 'not a JSON object'],
  ['a wrong type', '{"namespace": 7}', 'SerializationException', 'Expected a string for namespace'.slice(0, 19)],
  ['a wrong type inside', '{"tags": {"a": {}}}', 'SerializationException', 'Expected a string'],
  ['nothing that is required', '{}', 'ValidationException', "Value null at 'namespace'"],
])('a body that is %s', async (_what, body, name, text) => {
  const path = '/clusters/payments/pod-identity-associations';
  const answer = await send('eks', { path, headers: { 'content-type': 'application/json' }, body });
  expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([400, name]);
  expect(answer.text).toContain(text);
});

test('hostile form keys do no harm', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const deep = await send('iam', { headers: form, body: `Action=CreateRole&${'a.'.repeat(5000)}b=1` });
  expect([deep.status, deep.text]).toEqual([400, expect.stringContaining('<Code>MalformedInput</Code>')]);
  const proto = await send('iam', {
    headers: form,
    body: 'Action=CreateRole&__proto__.polluted=1&RoleName.__proto__=x',
  });
  expect(proto.status).toBe(400);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('a body that is too large is refused', async () => {
  const answer = await fetch(here.endpoint, { method: 'POST', body: Buffer.alloc(18 * 1024 * 1024) });
  expect(answer.status).toBe(413);
});

test('a taken port is named, with the way to choose another', async () => {
  const port = Number(new URL(here.endpoint).port);
  const second = createCloud();
  await expect(second.listen(port)).rejects.toThrow(PortTaken);
  await expect(second.listen(port)).rejects.toThrow(new RegExp(`${port}.*--port N.*PODID_PORT`));
});
