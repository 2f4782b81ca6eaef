/** ListStacks as eksctl sends it: byte by byte, there is no client for it among our packages. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Hash } from '@smithy/core/serde';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { service as cloudformation } from '../../../../local/services/cloudformation/index.ts';
import { type Listening, REGION, startListening } from '../../wire/listening.ts';

let here: Listening;
beforeAll(async () => {
  here = await startListening();
  here.cloud.addService(cloudformation);
});
afterAll(() => here.cloud.close());

const listStacks = async (parameters: Record<string, string> = {}, credentials = here.config().credentials) => {
  const { host, hostname, port } = new URL(here.endpoint);
  const body = new URLSearchParams({ Action: 'ListStacks', Version: '2010-05-15', ...parameters }).toString();
  const signer = new SignatureV4({
    credentials,
    region: REGION,
    service: 'cloudformation',
    sha256: Hash.bind(null, 'sha256'),
  });
  const signed = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      headers: { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
    }),
  );
  const answer = await fetch(here.endpoint, { method: 'POST', headers: signed.headers, body });
  return { status: answer.status, text: await answer.text() };
};

test('there is no stack, with a filter or without', async () => {
  const filter = { 'StackStatusFilter.member.1': 'CREATE_COMPLETE', 'StackStatusFilter.member.2': 'UPDATE_FAILED' };
  for (const parameters of [{}, filter]) {
    const { status, text } = await listStacks(parameters);
    expect(status).toBe(200);
    expect(text).toContain('<ListStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">');
    expect(text).toMatch(/<ListStacksResult>\s*<StackSummaries\s*(\/>|><\/StackSummaries>)\s*<\/ListStacksResult>/);
  }
});

test.each([
  ['a status that is none', { 'StackStatusFilter.member.1': 'GONE' }, 'GONE is no stack status'],
  ['a token of no page', { NextToken: 'x' }, 'Invalid NextToken'],
])('%s is a ValidationError', async (_, parameters, message) => {
  const { status, text } = await listStacks(parameters);
  expect([status, text]).toEqual([400, expect.stringContaining('<Code>ValidationError</Code>')]);
  expect(text).toContain(message);
});

test('who may not list them is told', async () => {
  const { cloud } = here;
  const arn = 'arn:aws:iam::111111111111:role/nobody';
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }] };
  const as = { caller: cloud.administrator('111111111111').caller, region: REGION };
  const role = { RoleName: 'nobody', AssumeRolePolicyDocument: JSON.stringify(trust) };
  await cloud.call('iam', 'CreateRole', role, as);
  const { status, text } = await listStacks({}, cloud.issueSession(arn, 'session', 'test').credentials);
  expect([status, text]).toEqual([403, expect.stringContaining('cloudformation:ListStacks')]);
});
