/** The credentials endpoint answers as the EKS Pod Identity agent does, and keeps credentials as it does. */
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Listening, serveAgent } from '../../cli/pod-agent.ts';
import { type CredentialCache, credentialCache, type PodCredentials } from '../../cli/pod-credentials.ts';
import { AwsRefused } from '../../cli/signed-call.ts';

const START = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;

const token = (claims: object): string =>
  ['{}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');
const GOOD = token({ exp: START / 1000 + 600, nbf: START / 1000 });

const refused = (code: string, status = 400) =>
  new AwsRefused(code, `because of ${code}`, { status, requestId: 'r-1' });

/** EKS Auth as a queue of answers, each an error or how long its credentials last; the last one stays. */
const eksAuth = (...answers: ReadonlyArray<Error | number>) => {
  let asked = 0;
  const clock = { now: START };
  const ask = async (): Promise<PodCredentials> => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof Error) throw answer;
    return {
      AccessKeyId: `ASIA${asked}`,
      SecretAccessKey: 's',
      Token: 't',
      AccountId: '222222222222',
      Expiration: new Date(clock.now + (answer ?? 0)).toISOString(),
    };
  };
  const cache = (retentionMs = 3 * HOUR): CredentialCache => credentialCache(ask, retentionMs, () => clock.now);
  return { clock, cache, asked: () => asked };
};

describe('what is kept', () => {
  it('serves the same credentials for three hours, then renews them', async () => {
    const auth = eksAuth(6 * HOUR);
    const cache = auth.cache();
    expect((await cache.get(GOOD)).AccessKeyId).toBe('ASIA1');
    auth.clock.now += 3 * HOUR - 1;
    await cache.renew();
    expect((await cache.get(GOOD)).AccessKeyId).toBe('ASIA1');
    auth.clock.now += 1;
    await cache.renew();
    expect((await cache.get(GOOD)).AccessKeyId).toBe('ASIA2');
    expect(auth.asked()).toBe(2);
  });

  it('asks once for callers that come together, and for each token by itself', async () => {
    const auth = eksAuth(HOUR);
    const cache = auth.cache();
    await Promise.all([cache.get(GOOD), cache.get(GOOD), cache.get('another')]);
    expect(auth.asked()).toBe(2);
  });

  it.each(['ResourceNotFoundException', 'AccessDeniedException', 'ExpiredTokenException', 'InvalidTokenException'])(
    'is dropped at the renewal when EKS Auth says %s, and callers are told so',
    async (code) => {
      const auth = eksAuth(6 * HOUR, refused(code));
      const cache = auth.cache();
      await cache.get(GOOD);
      auth.clock.now += 3 * HOUR;
      await cache.renew();
      await expect(cache.get(GOOD)).rejects.toMatchObject({ name: code });
    },
  );

  it('is kept through other errors, as long as it lasts, and tried again after a minute', async () => {
    const auth = eksAuth(4 * HOUR, refused('InternalServerException', 500), refused('Throttling', 429), 6 * HOUR);
    const cache = auth.cache();
    await cache.get(GOOD);
    auth.clock.now += 3 * HOUR;
    await cache.renew();
    await cache.renew();
    expect([(await cache.get(GOOD)).AccessKeyId, auth.asked()]).toEqual(['ASIA1', 2]);
    auth.clock.now += 60_000;
    await cache.renew();
    auth.clock.now += 60_000;
    await cache.renew();
    expect([(await cache.get(GOOD)).AccessKeyId, auth.asked()]).toEqual(['ASIA4', 4]);
  });

  it('is none with less than 15 seconds left, and nothing at all with a retention of 0', async () => {
    const auth = eksAuth(59 * 60_000, HOUR);
    const cache = auth.cache();
    await cache.get(GOOD);
    auth.clock.now += 59 * 60_000 - 15_000;
    expect((await cache.get(GOOD)).AccessKeyId).toBe('ASIA2');
    await expect(eksAuth(15_000).cache().get(GOOD)).rejects.toThrow(/expire within the next 15.00 seconds/);
    const none = eksAuth(HOUR);
    const uncached = none.cache(0);
    await uncached.get(GOOD);
    await uncached.get(GOOD);
    expect(none.asked()).toBe(2);
  });
});

describe('the endpoint', () => {
  let agent: Listening;
  let said: string[];
  let auth: ReturnType<typeof eksAuth>;

  const serve = async (...answers: ReadonlyArray<Error | number>) => {
    auth = eksAuth(...answers);
    agent = await serveAgent(
      auth.cache(),
      () => new Date(auth.clock.now),
      (line) => said.push(line),
    );
  };
  beforeEach(() => {
    said = [];
  });
  afterEach(() => agent.close());

  const ask = (headers: Record<string, string>, path = '/v1/credentials') =>
    new Promise<{ status: number | undefined; type: string | undefined; body: string }>((resolve, reject) => {
      get(`${agent.address}${path}`, { headers }, async (response) => {
        const { statusCode: status, headers: answered } = response;
        resolve({ status, type: answered['content-type'], body: await text(response) });
      }).on('error', reject);
    });

  it('gives what SDKs expect', async () => {
    await serve(HOUR);
    const { status, type, body } = await ask({ authorization: GOOD });
    expect([status, type]).toEqual([200, 'application/json']);
    expect(JSON.parse(body)).toEqual({
      AccessKeyId: 'ASIA1',
      SecretAccessKey: 's',
      Token: 't',
      AccountId: '222222222222',
      Expiration: '2026-11-21T13:00:00.000Z',
    });
    expect(said).toEqual([]);
  });

  // Messages and codes: pkg/errors, internal/validation/request.go of the agent.
  it.each([
    ['no token', {}, 400, 'Service account token cannot be empty'],
    [
      'what is no token',
      { authorization: 'abc' },
      400,
      'Service account token cannot be parsed: token is malformed: token contains an invalid number of segments',
    ],
    [
      'claims that are no JSON',
      { authorization: 'a.b.c' },
      400,
      'Service account token cannot be parsed: token is malformed: could not JSON decode claim',
    ],
    [
      'a token of the past',
      { authorization: token({ exp: START / 1000 }) },
      400,
      'Service account token failed basic claim validations: token has invalid claims: token is expired',
    ],
    [
      'a token of the future',
      { authorization: token({ nbf: START / 1000 + 1 }) },
      400,
      'Service account token failed basic claim validations: token has invalid claims: token is not valid yet',
    ],
    [
      'another host, as a rebound name would bring',
      { authorization: GOOD, host: 'evil.example' },
      403,
      'Access Denied. Called agent through invalid address, please use either [127.0.0.1 localhost] address not evil.example',
    ],
  ])('refuses %s by itself', async (_, headers, status, message) => {
    await serve(HOUR);
    expect(await ask(headers as Record<string, string>)).toEqual({
      status,
      type: 'text/plain; charset=utf-8',
      body: `${message}\n`,
    });
    expect(auth.asked()).toBe(0);
    expect(said).toEqual([`the credentials endpoint answered ${status}: ${message}`]);
  });

  it.each([
    ['ResourceNotFoundException', 404, 'client'],
    ['AccessDeniedException', 400, 'client'],
    ['InternalServerException', 500, 'server'],
  ])('passes %s on', async (code, status, fault) => {
    await serve(refused(code, status));
    expect(await ask({ authorization: GOOD })).toEqual({
      status,
      type: 'text/plain; charset=utf-8',
      body: `[r-1]: (${code}): because of ${code}, fault: ${fault}\n`,
    });
  });

  it('answers 500 when EKS Auth can not be asked, and 404 elsewhere', async () => {
    await serve(new TypeError('fetch failed'));
    expect(await ask({ authorization: GOOD })).toMatchObject({ status: 500, body: 'fetch failed\n' });
    expect(await ask({ authorization: GOOD }, '/')).toMatchObject({ status: 404, body: '404 page not found\n' });
  });
});
