/** The client of the API: what it sends, when it tries again, and what it makes of what comes back. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { type Api, at, openApi } from '../../cli/api.ts';
import { readAnswer } from '../../cli/api-answer.ts';
import { printable } from '../../cli/api-problem.ts';
import { address, timeoutMillis } from '../../cli/api-settings.ts';
import { Told } from '../../cli/told.ts';
import { problem, type StandIn, startStandIn } from './api-stand-in.ts';

const before = { ...process.env };
let standIn: StandIn;
const Thing = z.strictObject({ name: z.string() });

beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.end());
afterEach(() => {
  process.env = { ...before };
});

const opened = (options: Parameters<typeof openApi>[0] = {}): Api => {
  process.env.PODID_API = standIn.url;
  process.env.PODID_TOKEN = 'dana.token';
  return openApi({ timeout: 300, ...options });
};
const post = (api: Api) =>
  api.call({ method: 'POST', path: '/things', body: { name: 'a' }, ifMatch: '"3"', answer: Thing });
const told = async (work: Promise<unknown>): Promise<{ message: string; exitCode: number }> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Told)) throw error ?? new Error('nothing was thrown');
  return error;
};
const OK = { status: 201, headers: { etag: '"4"' }, body: { name: 'b' } };

it('sends the token, the key, what it is based on, and the body', async () => {
  standIn.tell({ 'POST /things': OK });
  expect(await post(opened({ idempotencyKey: 'k-1' }))).toEqual({
    body: { name: 'b' },
    whole: { name: 'b' },
    etag: '"4"',
  });
  expect(standIn.asked).toEqual([
    {
      method: 'POST',
      path: '/things',
      body: { name: 'a' },
      headers: expect.objectContaining({
        authorization: 'Bearer dana.token',
        'idempotency-key': 'k-1',
        'if-match': '"3"',
        'content-type': 'application/json',
      }),
    },
  ]);
});

/** What API Gateway says of a function that crashed or ran out of time ("Troubleshooting issues with HTTP API Lambda integrations"). */
const GATEWAY = { message: 'Internal Server Error' };

it.each([
  ['503', { status: 503, headers: { 'retry-after': '0' } }],
  ["the gateway's 500", { status: 500, headers: { 'content-type': 'application/json' }, body: GATEWAY }],
  ['429', { status: 429, headers: { 'retry-after': '0' } }],
  ['the same request being answered', { status: 409, headers: { 'retry-after': '0' } }],
  ['a cut connection', { cut: true }],
  ['no answer', { never: true }],
])('tries again after %s, with the same key', async (_what, first) => {
  standIn.tell({ 'POST /things': [first, OK] });
  expect(await post(opened())).toMatchObject({ body: { name: 'b' } });
  const keys = standIn.asked.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys[1]).toBe(keys[0]);
});

it.each([400, 401, 403, 404, 409, 412, 422, 500])('does not try again after %d', async (status) => {
  standIn.tell({ 'POST /things': { status, body: problem(status, 'No.') } });
  await told(post(opened()));
  expect(standIn.asked).toHaveLength(1);
});

it.each([
  [400, 1],
  [401, 3],
  [403, 4],
  [404, 5],
  [409, 6],
  [412, 6],
  [422, 1],
  [428, 6],
  [429, 7],
  [500, 7],
  [503, 7],
])('of %d makes the exit code %d', async (status, exitCode) => {
  standIn.tell({ 'POST /things': { status, body: problem(status, 'No.') } });
  expect((await told(post(opened({ tries: 1 })))).exitCode).toBe(exitCode);
});

it('shows each place that is wrong, and each guardrail that refuses, in a line', async () => {
  const more = {
    problems: [
      { path: '$.namespace', problem: "no namespace's name" },
      { path: '$.clusters', problem: 'too many', limit: '40' },
    ],
    because: [{ id: 'never-admin', reason: 'Not for sale.', about: 'iam:*' }],
  };
  standIn.tell({ 'POST /things': { status: 422, body: problem(422, 'The wish is\nnot right.', more) } });
  expect((await told(post(opened()))).message).toBe(
    `The wish is not right.
  $.namespace: no namespace's name
  $.clusters: too many (40)
  Not for sale. (never-admin, iam:*)`,
  );
});

it('says a single problem once, with its place', async () => {
  const problems = [{ path: '$.namespace', problem: 'no name' }];
  standIn.tell({ 'POST /things': { status: 422, body: problem(422, '$.namespace: no name', { problems }) } });
  expect((await told(post(opened()))).message).toBe('$.namespace: no name');
  const because = [{ id: 'owner', reason: 'Not yours.', about: 'g' }];
  standIn.tell({ 'POST /things': { status: 403, body: problem(403, 'Not yours.', { because }) } });
  expect((await told(post(opened()))).message).toBe('Not yours. (owner, g)');
});

it.each([
  ['a problem without its parts', '{}', 'The API answers 400.'],
  ['a page of a proxy', '<html>', 'The API answers 400, and says nothing that podid understands.'],
  ['problems that are none', JSON.stringify({ detail: 'No.', problems: 'x' }), 'No.'],
])('makes something of %s', async (_what, body, message) => {
  standIn.tell({ 'POST /things': { status: 400, body } });
  expect((await told(post(opened()))).message).toBe(message);
});

it.each([
  ['no JSON', '<html>', /^What answers at http\S+ is not podid's API/],
  ['another shape', { name: 1 }, /^The API answers what this podid doesn't understand \(name: /],
])('does not take %s for an answer', async (_what, body, message) => {
  standIn.tell({ 'POST /things': { body } });
  expect(await told(post(opened()))).toMatchObject({ message: expect.stringMatching(message), exitCode: 7 });
});

it('says what it waited for', async () => {
  standIn.tell({ 'POST /things': { never: true } });
  expect(await told(post(opened({ tries: 1, timeout: 50 })))).toMatchObject({
    message: `The API at ${standIn.url} can't be reached: no answer within 0.05 s. Is PODID_API right?`,
    exitCode: 7,
  });
});

it('sends its token nowhere else', async () => {
  standIn.tell({ 'GET /things': { status: 307, headers: { location: '/elsewhere' } }, 'GET /elsewhere': OK });
  await told(opened({ tries: 1 }).call({ method: 'GET', path: '/things', answer: Thing }));
  expect(standIn.asked.map(({ path }) => path)).toEqual(['/things']);
});

it('encodes what it puts into a path or a query', async () => {
  standIn.tell({ 'GET /things/a%2F..%2Fb': OK });
  await opened().call({
    method: 'GET',
    path: at('/things', 'a/../b'),
    query: { q: 'a&b', r: undefined },
    answer: Thing,
  });
  expect(standIn.asked[0]?.path).toBe('/things/a%2F..%2Fb?q=a%26b');
});

describe('settings', () => {
  it.each([
    ['https://podid.example/', 'https://podid.example'],
    ['https://podid.example/v1/', 'https://podid.example/v1'],
    ['http://127.0.0.1:4748', 'http://127.0.0.1:4748'],
    ['http://[::1]:4748', 'http://[::1]:4748'],
    ['http://localhost:1', 'http://localhost:1'],
  ])('%s', (value, is) => {
    expect(address('X', value, 'what')).toBe(is);
  });

  it.each([
    [undefined, /^Set X: what$/],
    ['', /^Set X: what$/],
    ['podid.example', /no address of the web: "podid.example"/],
    ['file:///etc/passwd', /no address of the web/],
    ['http://podid.example', /has to be https/],
    ['http://127.0.0.1.evil.example', /has to be https/],
    ['http://localhost.evil.example', /has to be https/],
  ])('%s is none', (value, message) => {
    expect(() => address('X', value, 'what')).toThrow(message);
  });

  it('takes a time limit in seconds', () => {
    expect(timeoutMillis({})).toBe(35_000);
    expect(timeoutMillis({ PODID_API_TIMEOUT: '1.5' })).toBe(1_500);
    for (const PODID_API_TIMEOUT of ['0', '-1', 'x', '601'])
      expect(() => timeoutMillis({ PODID_API_TIMEOUT })).toThrow(Told);
  });

  it('takes no token that would be more than one header', () => {
    process.env.PODID_API = standIn.url;
    process.env.PODID_TOKEN = 'a\r\nx: y';
    expect(() => openApi()).toThrow('PODID_TOKEN is no token');
  });
});

describe('readAnswer', () => {
  const Schema = z.strictObject({ a: z.string(), list: z.array(z.strictObject({ b: z.number() })) });

  it('passes over what a newer API adds, at any depth', () => {
    const body = { a: 'x', list: [{ b: 1, new: true }], more: {} };
    expect(readAnswer(Schema, body).data).toEqual({ a: 'x', list: [{ b: 1 }] });
    expect(body).toEqual({ a: 'x', list: [{ b: 1, new: true }], more: {} });
  });

  it('but not over what is wrong', () => {
    expect(readAnswer(Schema, { a: 1, list: [], more: {} }).success).toBe(false);
    expect(readAnswer(Schema, { list: [] }).success).toBe(false);
  });
});

it("leaves out what would steer the reader's terminal", () => {
  expect(printable('a\u001b[2Jb\nc\u202ed')).toBe('a [2Jb c d');
});
