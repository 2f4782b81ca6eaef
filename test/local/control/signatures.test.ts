/** Signature Version 4 as the receiver judges it: requests of the SDK's own signer, and what somebody made of them on the way. */
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Hash } from '@smithy/core/serde';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../../local/contract.ts';
import { service as events } from '../../../local/services/events/index.ts';
import { ACCOUNT, type Listening, REGION, startListening, trustOf } from '../wire/listening.ts';

let here: Listening;
let session: Credentials;
let otherSession: Credentials;
let time = new Date();
const MINUTES = 60_000;

beforeAll(async () => {
  here = await startListening({ now: () => time });
  const admin = `arn:aws:iam::${ACCOUNT}:user/admin`;
  await here.iam.send(new CreateRoleCommand({ RoleName: 'api', AssumeRolePolicyDocument: trustOf(admin) }));
  [session, otherSession] = await Promise.all([assumed(), assumed()]);
});
afterAll(() => here.cloud.close());

const assumed = async (): Promise<Credentials> => {
  const command = new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/api`, RoleSessionName: 'session' });
  const { Credentials: made } = await here.sts.send(command);
  return {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
    sessionToken: made?.SessionToken ?? '',
  };
};

/** One call of each family of protocols. */
const CALLS = {
  query: {
    service: 'sts',
    method: 'POST',
    path: '/',
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
    type: 'application/x-www-form-urlencoded',
  },
  rest: {
    service: 'eks',
    method: 'POST',
    path: '/clusters/payments/pod-identity-associations',
    body: '{}',
    type: 'application/json',
  },
} as const;
type Family = keyof typeof CALLS;

type Signed = { method: string; path: string; query: string; headers: Record<string, string>; body: string };
type Tampering = {
  readonly credentials?: (admin: Credentials) => Credentials;
  /** Minutes by which the signer's clock is off. */
  readonly off?: number;
  /** Signed as well. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly unsigned?: readonly string[];
  readonly tamper?: (signed: Signed) => Partial<Signed>;
};

const send = async (family: Family, { credentials, off = 0, headers = {}, unsigned = [], tamper }: Tampering) => {
  const { service, method, path, body, type } = CALLS[family];
  const { host, hostname, port } = new URL(here.endpoint);
  const signer = new SignatureV4({
    credentials: credentials?.(here.config().credentials) ?? here.config().credentials,
    region: REGION,
    service,
    sha256: Hash.bind(null, 'sha256'),
  });
  const signed = await signer.sign(
    new HttpRequest({
      method,
      hostname,
      port: Number(port),
      path,
      headers: { host, 'content-type': type, ...headers },
      body,
    }),
    { signingDate: new Date(Date.now() + off * MINUTES), unsignableHeaders: new Set(unsigned) },
  );
  const made: Signed = { method, path, query: '', headers: signed.headers, body };
  const sent = { ...made, ...tamper?.(made) };
  const { host: _host, ...sentHeaders } = sent.headers;
  const answer = await fetch(here.endpoint + sent.path + sent.query, {
    method: sent.method,
    headers: sentHeaders,
    ...(sent.method === 'GET' ? {} : { body: sent.body }),
  });
  const text = await answer.text();
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? answer.headers.get('x-amzn-errortype');
  return { status: answer.status, code, text };
};

const header = (name: string, change: (value: string) => string) => ({
  tamper: ({ headers }: Signed) => ({ headers: { ...headers, [name]: change(headers[name] ?? '') } }),
});
const without = (name: string) => ({
  tamper: ({ headers }: Signed) => ({
    headers: Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)),
  }),
});

const MISMATCH = ['SignatureDoesNotMatch', 'InvalidSignatureException'] as const;
const UNKNOWN = ['InvalidClientTokenId', 'UnrecognizedClientException'] as const;
const INCOMPLETE = ['IncompleteSignature', 'IncompleteSignatureException'] as const;
const MISSING = ['MissingAuthenticationToken', 'MissingAuthenticationTokenException'] as const;

test.each<[string, Tampering, readonly [string, string], string?]>([
  ['a wrong secret', { credentials: (admin) => ({ ...admin, secretAccessKey: 'x' }) }, MISMATCH],
  ['another body', { tamper: ({ body }) => ({ body: `${body} ` }) }, MISMATCH],
  [
    'another body, and its hash beside it',
    {
      tamper: ({ headers }) => ({
        body: 'x',
        headers: {
          ...headers,
          'x-amz-content-sha256': '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
        },
      }),
    },
    MISMATCH,
  ],
  ['a hash that is not of the body', { headers: { 'x-amz-content-sha256': '0'.repeat(64) } }, MISMATCH],
  ['a payload declared unsigned', { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, MISMATCH],
  ['a query added', { tamper: () => ({ query: '?x=1' }) }, MISMATCH],
  ['a signed header changed', header('content-type', (value) => `${value}; charset=utf-8`), MISMATCH],
  [
    'a later date',
    header('x-amz-date', (value) => value.replace(/.Z$/, (end) => (end === '0Z' ? '1Z' : '0Z'))),
    MISMATCH,
  ],
  ['another region', header('authorization', (value) => value.replace(REGION, 'us-east-1')), MISMATCH],
  [
    'another signature',
    header('authorization', (value) => value.replace(/.$/, (end) => (end === '0' ? '1' : '0'))),
    MISMATCH,
  ],
  ['a header taken from the list', header('authorization', (value) => value.replace('content-type;', '')), MISMATCH],
  ['no host among the signed headers', { unsigned: ['host'] }, MISMATCH],
  ['a clock 20 minutes late', { off: -20 }, MISMATCH, 'Signature expired: '],
  ['a clock 20 minutes early', { off: 20 }, MISMATCH, 'Signature not yet current: '],
  ['an unknown key', { credentials: (admin) => ({ ...admin, accessKeyId: 'AKIAUNKNOWN' }) }, UNKNOWN],
  ['a token with a long-lived key', { credentials: (admin) => ({ ...admin, sessionToken: 'x' }) }, UNKNOWN],
  [
    'a session without its token',
    { credentials: () => ({ accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey }) },
    UNKNOWN,
  ],
  [
    'a session with the token of another',
    { credentials: () => ({ ...session, sessionToken: otherSession.sessionToken ?? '' }) },
    UNKNOWN,
  ],
  ['no Authorization', without('authorization'), MISSING],
  [
    'no signature in it',
    header('authorization', (value) => value.replace(/, Signature=.*/, '')),
    INCOMPLETE,
    "requires 'Signature' parameter",
  ],
  ['no date', without('x-amz-date'), INCOMPLETE, "either a 'X-Amz-Date' or a 'Date' header"],
  ['a date that is none', header('x-amz-date', () => 'yesterday'), INCOMPLETE],
  [
    'a credential of no scope',
    header('authorization', (value) => value.replace(/Credential=[^,]+/, 'Credential=AKIA')),
    INCOMPLETE,
  ],
])('%s is refused', async (_what, tampering, codes, text = '') => {
  const [query, rest] = [await send('query', tampering), await send('rest', tampering)];
  expect([query.code, rest.code]).toEqual(codes);
  expect(query.status).toBe(codes === INCOMPLETE ? 400 : 403);
  expect(rest.status).toBe(403);
  for (const answer of [query, rest]) expect(answer.text.replaceAll('&apos;', "'")).toContain(text);
});

test.each<[string, Tampering]>([
  ['an untouched request', {}],
  ['one of a session', { credentials: () => session }],
  ['a clock a little late', { off: -4 }],
  ['a clock a little early', { off: 4 }],
  ['a header that came on the way', header('x-forwarded-for', () => '10.0.0.1')],
])('%s is let in', async (_what, tampering) => {
  expect(await send('query', tampering)).toMatchObject({ status: 200 });
  // The signature is good, so it is the input that is found wanting, or the session's missing permission.
  expect((await send('rest', tampering)).code).toMatch(/^(ValidationException|AccessDeniedException)$/);
});

test('STS allows fifteen minutes, the others five', async () => {
  expect(await send('query', { off: -14 })).toMatchObject({ status: 200 });
  const late = await send('rest', { off: -14 });
  expect([late.code, late.text]).toEqual([
    'InvalidSignatureException',
    expect.stringMatching(
      /Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)/,
    ),
  ]);
});

test('an SDK client whose clock is wrong is told so, and sets it right', async () => {
  const wrong = (maxAttempts: number) =>
    new EKSClient({ ...here.config(), maxAttempts, systemClockOffset: -60 * MINUTES });
  await expect(wrong(1).send(new ListClustersCommand({}))).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  await expect(wrong(2).send(new ListClustersCommand({}))).resolves.toMatchObject({ $metadata: { attempts: 2 } });
});

test('the same in the words of EC2 and of JSON services', async () => {
  here.cloud.addService(events);
  const admin = here.config().credentials;
  const refusals = async (change: object) => {
    const config = { ...here.config(), ...change };
    const name = (error: Error) => error.name;
    return [
      await new EC2Client(config).send(new DescribeInstancesCommand({})).catch(name),
      await new EventBridgeClient(config).send(new ListRulesCommand({})).catch(name),
    ];
  };
  expect(await refusals({ systemClockOffset: -60 * MINUTES })).toEqual(['RequestExpired', 'InvalidSignatureException']);
  expect(await refusals({ credentials: { ...admin, secretAccessKey: 'x' } })).toEqual([
    'SignatureDoesNotMatch',
    'InvalidSignatureException',
  ]);
  expect(await refusals({ credentials: { ...admin, accessKeyId: 'AKIAUNKNOWN' } })).toEqual([
    'AuthFailure',
    'UnrecognizedClientException',
  ]);
});

test('a key that was deleted, and a session that is over', async () => {
  await here.iam.send(new CreateUserCommand({ UserName: 'ci' }));
  const { AccessKey } = await here.iam.send(new CreateAccessKeyCommand({ UserName: 'ci' }));
  const AccessKeyId = AccessKey?.AccessKeyId ?? '';
  const key = { accessKeyId: AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  expect((await send('query', { credentials: () => key })).status).toBe(200);
  await here.iam.send(new DeleteAccessKeyCommand({ UserName: 'ci', AccessKeyId }));
  expect((await send('query', { credentials: () => key })).code).toBe('InvalidClientTokenId');

  const over = await assumed();
  time = new Date(time.getTime() + 3_600_001);
  const ask = (family: Family) => send(family, { credentials: () => over });
  expect([(await ask('query')).code, (await ask('rest')).code]).toEqual(['ExpiredToken', 'ExpiredTokenException']);
});

/** As `aws eks get-token` makes it: a presigned GetCallerIdentity with the cluster's name in a signed header. */
const presigned = async (off: number, change: (url: URL) => void = () => {}, cluster = 'payments') => {
  const { host, hostname, port } = new URL(here.endpoint);
  const signer = new SignatureV4({
    credentials: here.config().credentials,
    region: REGION,
    service: 'sts',
    sha256: Hash.bind(null, 'sha256'),
  });
  const request = await signer.presign(
    new HttpRequest({
      method: 'GET',
      hostname,
      port: Number(port),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host, 'x-k8s-aws-id': 'payments' },
    }),
    { expiresIn: 60, signingDate: new Date(Date.now() + off * MINUTES), unhoistableHeaders: new Set(['x-k8s-aws-id']) },
  );
  const url = new URL(here.endpoint);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, String(value));
  change(url);
  const answer = await fetch(url, { headers: { 'x-k8s-aws-id': cluster } });
  return { status: answer.status, text: await answer.text() };
};

test('a presigned GetCallerIdentity serves for fifteen minutes, as it was signed and for the cluster it names', async () => {
  const refused = (text: string) => ({
    status: 403,
    text: expect.stringMatching(new RegExp(`<Code>SignatureDoesNotMatch</Code>[^]*${text}`)),
  });
  expect(await presigned(0)).toMatchObject({ status: 200, text: expect.stringContaining('user/admin') });
  expect((await presigned(-14)).status).toBe(200);
  expect(await presigned(-16)).toEqual(refused('Signature expired: '));
  expect(await presigned(16)).toEqual(refused('Signature not yet current: '));
  expect(await presigned(0, undefined, 'analytics')).toEqual(refused('does not match'));
  expect(await presigned(0, ({ searchParams }) => searchParams.set('X-Amz-Expires', '3600'))).toEqual(
    refused('does not match'),
  );
  expect(await presigned(0, ({ searchParams }) => searchParams.set('Version', 'x'))).toEqual(refused('does not match'));
});

test('the SDK itself gets in', async () => {
  await expect(new STSClient(here.config()).send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
    Account: ACCOUNT,
  });
});
