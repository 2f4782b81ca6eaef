/** The gateway's pure parts, as tables. */
import { describe, expect, test } from '@jest/globals';
import { answerOf } from '../../../../local/services/apigateway/answer.ts';
import type { Cors, HttpApi } from '../../../../local/services/apigateway/api.ts';
import { flatClaims } from '../../../../local/services/apigateway/claims.ts';
import { preflight, withCors } from '../../../../local/services/apigateway/cors.ts';
import { eventOf } from '../../../../local/services/apigateway/event.ts';
import { routeOf } from '../../../../local/services/apigateway/route.ts';
import { throttleOf } from '../../../../local/services/apigateway/throttle.ts';
import { utf8, type WireRequest } from '../../../../local/wire/message.ts';

const apiOf = (...keys: string[]): HttpApi => ({
  id: 'a1b2c3d4e5',
  name: 'podid-api',
  account: '111122223333',
  region: 'eu-west-1',
  integrations: new Map(),
  authorizers: new Map(),
  routes: new Map(keys.map((key) => [key, { key, integration: 'i' }])),
});
const request = (given: Partial<WireRequest> = {}): WireRequest => ({
  method: 'GET',
  path: '/grants',
  query: new URLSearchParams(),
  headers: { host: '127.0.0.1:4748' },
  body: new Uint8Array(),
  sourceIp: '127.0.0.1',
  ...given,
});

test.each([
  ['a list', ['a', 'b'], '[a b]'],
  ['a list of one, which looks like nothing else', ['a'], '[a]'],
  ['a name with a space in it', ['a b', 'c'], '[a b c]'],
  ['no list', [], '[]'],
  ['a number', 1_583_798_639, '1583798639'],
  ['a truth', true, 'true'],
  ['nothing', null, '<nil>'],
  ['an object', { b: 1, a: ['x'] }, 'map[a:[x] b:1]'],
])('a claim that is %s is flattened', (_, value, expected) => {
  expect(flatClaims({ claim: value })).toEqual({ claim: expected });
});

test.each([
  ['GET', '/docs', 'GET /docs'],
  ['POST', '/docs', '$default'],
  ['GET', '/docs/', '$default'],
  ['GET', '/', '$default'],
  ['GET', '/grants/g-1', 'GET /grants/{id}'],
  ['POST', '/grants/g-1', 'ANY /grants/{id}'],
  ['GET', '/grants/mine', 'GET /grants/mine'],
  ['GET', '/grants/', '$default'],
  ['GET', '/files/a/b', 'GET /files/{proxy+}'],
  ['GET', '/files/one', 'GET /files/{name}'],
])('%s %s takes %s', (method, path, key) => {
  const api = apiOf(
    '$default',
    'GET /files/{proxy+}',
    'ANY /grants/{id}',
    'GET /grants/{id}',
    'GET /grants/mine',
    'GET /files/{name}',
    'GET /docs',
  );
  expect(routeOf(api, method, path)?.route.key).toBe(key);
});

test('a request that no route takes has none; variables of the path have names', () => {
  expect(routeOf(apiOf('GET /docs'), 'GET', '/grants')).toBeUndefined();
  expect(routeOf(apiOf('GET /files/{proxy+}'), 'GET', '/files/a/b')?.pathParameters).toEqual({ proxy: 'a/b' });
  expect(routeOf(apiOf('GET /a/{x}/{y}'), 'GET', '/a/1/2')?.pathParameters).toEqual({ x: '1', y: '2' });
});

describe('the event', () => {
  const admit = (given: Partial<WireRequest>, claims?: object) =>
    eventOf(request(given), {
      api: apiOf(),
      stage: { name: '$default' },
      taken: { route: { key: '$default', integration: 'i' }, pathParameters: {} },
      requestId: 'r-1',
      now: new Date('2026-11-21T09:08:07Z'),
      ...(claims === undefined ? {} : { claims: { ...claims } }),
    });

  test('has the request, and the claims as text', () => {
    const given = {
      method: 'POST',
      path: '/roles/a%20b/impact',
      query: new URLSearchParams('limit=5&state=active&state=failed'),
      headers: { host: '127.0.0.1:4748', cookie: 'a=1; b=2', 'content-type': 'application/json', 'user-agent': 'curl' },
      body: utf8('{"ü":1}'),
    };
    expect(admit(given, { sub: 'dana', groups: ['a', 'b'] })).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/roles/a b/impact',
      rawQueryString: 'limit=5&state=active&state=failed',
      queryStringParameters: { limit: '5', state: 'active,failed' },
      cookies: ['a=1', 'b=2'],
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '127.0.0.1' },
      body: '{"ü":1}',
      isBase64Encoded: false,
      requestContext: {
        accountId: '111122223333',
        apiId: 'a1b2c3d4e5',
        authorizer: { jwt: { claims: { sub: 'dana', groups: '[a b]' } } },
        http: { method: 'POST', path: '/roles/a b/impact', sourceIp: '127.0.0.1', userAgent: 'curl' },
        time: '21/Nov/2026:09:08:07 +0000',
        timeEpoch: Date.parse('2026-11-21T09:08:07Z'),
      },
    });
  });

  test('has neither authorizer, query, cookies nor body where there are none', () => {
    const event = admit({});
    expect(event.requestContext).not.toHaveProperty('authorizer');
    for (const absent of ['queryStringParameters', 'cookies', 'body', 'pathParameters']) {
      expect(event).not.toHaveProperty(absent);
    }
  });

  test.each([
    ['application/json', false],
    ['application/problem+json; charset=utf-8', false],
    ['text/plain', false],
    ['application/octet-stream', true],
    ['application/x-www-form-urlencoded', true],
    ['', true],
  ])('a body of type %j is in base64: %s', (type, inBase64) => {
    const body = Uint8Array.from([0xc3, 0xbc]);
    const event = admit({ method: 'POST', body, headers: type === '' ? {} : { 'content-type': type } });
    expect(event).toMatchObject({ isBase64Encoded: inBase64, body: inBase64 ? 'w7w=' : 'ü' });
  });

  test('a path that cannot be decoded stays', () => {
    expect(admit({ path: '/%E0%A4%A' }).rawPath).toBe('/%E0%A4%A');
  });
});

describe('the answer', () => {
  const read = (payload: string) => {
    const answer = answerOf(payload);
    return answer && { ...answer, body: Buffer.from(answer.body).toString() };
  };

  test.each([
    [
      'with everything',
      { statusCode: 201, headers: { ETag: '"1"', 'X-Number': 5 }, body: 'made' },
      {
        status: 201,
        headers: { etag: '"1"', 'x-number': '5', 'content-type': 'text/plain;charset=UTF-8' },
        body: 'made',
      },
    ],
    [
      'in base64',
      { statusCode: 200, headers: { 'content-type': 'image/png' }, body: 'w7w=', isBase64Encoded: true },
      { status: 200, headers: { 'content-type': 'image/png' }, body: 'ü' },
    ],
    ['without a body', { statusCode: 204 }, { status: 204, body: '' }],
    [
      'without a status',
      { hello: 'world' },
      { status: 200, headers: { 'content-type': 'application/json' }, body: '{"hello":"world"}' },
    ],
  ])('%s', (_, payload, expected) => {
    expect(read(JSON.stringify(payload))).toMatchObject(expected);
  });

  test.each([{ statusCode: 'many' }, { statusCode: 200, body: { no: 'text' } }, { statusCode: 99 }])(
    '%j is none',
    (payload) => {
      expect(read(JSON.stringify(payload))).toBeUndefined();
    },
  );
});

test('the bucket lets a burst through, then as many as the rate fills in', () => {
  const let1 = throttleOf({ rate: 2, burst: 3 });
  const at = (ms: number) => let1(new Date(ms));
  expect([at(0), at(0), at(0), at(0)]).toEqual([true, true, true, false]);
  expect([at(499), at(500), at(500)]).toEqual([false, true, false]);
  expect([at(10_000), at(10_000), at(10_000), at(10_000)]).toEqual([true, true, true, false]);
});

describe('CORS', () => {
  const cors: Cors = {
    origins: ['https://console.example'],
    methods: ['GET'],
    headers: ['if-match'],
    exposed: ['etag'],
  };
  const asks = (origin: string) =>
    request({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });

  test('a preflight of a known origin is answered with what it may, of another with nothing', () => {
    expect(preflight(cors, asks('https://console.example'))).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://console.example',
        'access-control-allow-methods': 'GET',
        'access-control-allow-headers': 'if-match',
      },
    });
    expect(preflight(cors, asks('https://evil.example'))).toMatchObject({ status: 204, headers: {} });
  });

  test('it is none without the settings, without an origin, or with another method', () => {
    expect(preflight(undefined, asks('https://console.example'))).toBeUndefined();
    expect(preflight(cors, request({ method: 'OPTIONS' }))).toBeUndefined();
    expect(preflight(cors, request({ headers: { origin: 'https://console.example' } }))).toBeUndefined();
  });

  test('an answer is readable for a known origin alone', () => {
    const answer = { status: 200, headers: { etag: '"1"' }, body: new Uint8Array() };
    expect(withCors(answer, cors, 'https://console.example').headers).toEqual({
      etag: '"1"',
      'access-control-allow-origin': 'https://console.example',
      'access-control-expose-headers': 'etag',
      vary: 'origin',
    });
    for (const origin of ['https://evil.example', undefined]) expect(withCors(answer, cors, origin)).toBe(answer);
  });
});
