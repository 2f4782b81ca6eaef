/** The OpenAPI document is kept: every answer that it promises is produced here, and each has the form that it says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { PROBLEMS } from '../../../../functions/provisioning/api/problems.ts';
import * as routes from '../../../../functions/provisioning/api/routes.ts';
import { GrantView, ProblemView } from '../../../../functions/provisioning/api/schemas.ts';
import { Failure } from '../../../../functions/runtime/errors.ts';
import {
  type Answered,
  ada,
  bob,
  type More,
  mallory,
  openStage,
  PAYMENTS,
  root,
  type Stage,
  type Who,
  wish,
} from './stage.ts';

const ID = 'g-0000000000000000';
const BIG = 'x'.repeat(600 * 1024);
const IDENTITY = `/identities/${PAYMENTS}/eu-west-1/payments/checkout/api`;

const stages: Stage[] = [];
const opened = async (...options: Parameters<typeof openStage>): Promise<Stage> => {
  const stage = await openStage(...options);
  stages.push(stage);
  return stage;
};
let stage: Stage;
let limited: Stage;
let buggy: Stage;
let throttled: Stage;
/** Ada's: one that waits, and one that is in force. */
let waiting: string;
let active: string;
/** In force, and left alone. */
let settled: string;

const grant = async (serviceAccount: string): Promise<string> =>
  GrantView.parse((await stage.ask(ada, 'POST', '/grants', { body: { ...wish, serviceAccount } })).body).id;
const activated = async (serviceAccount: string): Promise<string> => {
  const id = await grant(serviceAccount);
  await stage.ask(bob, 'POST', `/grants/${id}/approve`, { body: { version: 1 } });
  await stage.happen(id, { kind: 'provisioned', id: 'done', version: 1, notes: [] });
  return id;
};

beforeAll(async () => {
  [stage, limited, buggy, throttled] = await Promise.all([
    opened({ api: { callerLimit: { burst: 1000 } } }),
    opened({ api: { callerLimit: { burst: 1, perSecond: 0.1 } } }),
    opened({ broken: new TypeError('a bug') }),
    opened({ broken: new Failure('Throttled', 'the table says slow down') }),
  ]);
  waiting = await grant('waiting');
  active = await activated('active');
  settled = await activated('settled');
  const unanswered = { caller: 'https://id.example#ada', key: 'running', requestHash: '' };
  await stage.store.answers.ask(unanswered, new Date(stage.clock.now));
});
afterAll(async () => {
  await Promise.all(stages.map((each) => each.close()));
});

type Ask = readonly [who: Who, path: () => string, more?: More];
/** For each operation, requests that produce each of its own answers. */
const ASKS: Readonly<Record<string, Readonly<Record<number, Ask>>>> = {
  'post /grants': {
    201: [ada, () => '/grants', { body: { ...wish, serviceAccount: 'new' } }],
    ...ofBody('/grants'),
    403: [mallory, () => '/grants', { body: { ...wish, team: 'billing' } }],
    409: [ada, () => '/grants', { body: { ...wish, serviceAccount: 'active' } }],
    422: [ada, () => '/grants', { body: { ...wish, namespace: 'No' } }],
  },
  'get /grants': { 200: [ada, () => '/grants?requester=me&limit=1'], 400: [ada, () => '/grants?limit=0'] },
  'post /grants/preview': {
    200: [ada, () => '/grants/preview', { body: wish }],
    ...ofBody('/grants/preview'),
    403: [
      mallory,
      () => `/grants/preview?changes=${active}`,
      { body: { ...wish, serviceAccount: 'other', team: 'billing' } },
    ],
    404: [ada, () => `/grants/preview?changes=${ID}`, { body: { ...wish, serviceAccount: 'other' } }],
    409: [ada, () => `/grants/preview?changes=${active}`, { body: { ...wish, serviceAccount: 'other' } }],
    422: [ada, () => '/grants/preview', { body: { ...wish, targets: [{}] } }],
  },
  'get /grants/{id}': {
    200: [ada, () => `/grants/${waiting}`],
    304: [ada, () => `/grants/${waiting}`, { headers: { 'if-none-match': '*' } }],
    400: [ada, () => '/grants/42'],
    403: [mallory, () => `/grants/${waiting}`],
    404: [ada, () => `/grants/${ID}`],
  },
  'put /grants/{id}': {
    200: [
      ada,
      () => `/grants/${active}`,
      { body: { ...wish, serviceAccount: 'active', reason: 'anew' }, headers: { 'if-match': '*' } },
    ],
    ...ofBody(`/grants/${ID}`),
    403: [mallory, () => `/grants/${active}`, { body: wish, headers: { 'if-match': '*' } }],
    404: [ada, () => `/grants/${ID}`, { body: wish, headers: { 'if-match': '*' } }],
    409: [
      ada,
      () => `/grants/${waiting}`,
      { body: { ...wish, serviceAccount: 'other' }, headers: { 'if-match': '*' } },
    ],
    412: [ada, () => `/grants/${active}`, { body: wish, headers: { 'if-match': '"99"' } }],
    422: [ada, () => `/grants/${active}`, { body: { ...wish, reason: '' }, headers: { 'if-match': '*' } }],
    428: [ada, () => `/grants/${active}`, { body: wish }],
  },
  ...onGrant('approve', { version: 1 }, bob, () => grant('approve')),
  ...onGrant('reject', { version: 1, why: 'not now' }, bob, () => grant('reject')),
  ...onGrant('withdraw', { why: 'not needed' }, ada, () => grant('withdraw')),
  ...onGrant('revoke', {}, bob, () => activated('revoke')),
  ...onGrant('extend', { lifetime: { for: 'P10D' } }, ada, () => activated('extend')),
  'get /me': { 200: [ada, () => '/me'] },
  'get /approvals': { 200: [bob, () => '/approvals'], 400: [ada, () => '/approvals?cursor=bogus'] },
  'get /catalogue': { 200: [ada, () => '/catalogue'] },
  'get /identities/{account}/{region}/{cluster}/{namespace}/{serviceAccount}': {
    200: [ada, () => IDENTITY],
    400: [ada, () => IDENTITY.replace('checkout', 'Check_out')],
    403: [mallory, () => IDENTITY],
    404: [ada, () => IDENTITY.replace('payments', 'nowhere')],
  },
  'get /roles/{account}/{name}/impact': {
    200: [root, () => `/roles/${PAYMENTS}/team%2Forders/impact`],
    400: [root, () => '/roles/12/orders/impact'],
    403: [ada, () => `/roles/${PAYMENTS}/orders/impact`],
    404: [root, () => '/roles/999999999999/orders/impact'],
  },
  'get /findings': { 200: [root, () => '/findings'], 400: [ada, () => '/findings?limit=many'] },
  'get /events': { 200: [root, () => '/events'], 400: [ada, () => '/events?limit=0'] },
  'get /revocations': { 200: [root, () => '/revocations'], 400: [ada, () => '/revocations?cursor=e30'] },
};

const Content = z.object({ content: z.record(z.string(), z.object({ schema: z.instanceof(z.ZodType) })) });
const OPERATIONS = Object.values(routes).flatMap((route) =>
  Object.entries(route.responses).map(([status, response]): [string, number, z.ZodType | undefined] => [
    `${route.method} ${route.path}`,
    Number(status),
    Object.values(Content.safeParse(response).data?.content ?? {})[0]?.schema,
  ]),
);

describe.each(OPERATIONS)('%s answers %i', (operation, status, schema) => {
  test('as it says', async () => {
    const answer = await produced(operation, status);
    expect(answer.status).toBe(status);
    if (schema === undefined) return expect(answer.text).toBe('');
    const read = schema.safeParse(answer.body);
    expect(read.error).toBeUndefined();
    const type = answer.headers.get('content-type');
    expect(type).toBe(status < 400 ? 'application/json' : 'application/problem+json');
    if (status < 400) return;
    const problem = ProblemView.parse(answer.body);
    expect(problem.status).toBe(status);
    expect(Object.keys(PROBLEMS).map((name) => `urn:podid:problem:${name}`)).toContain(problem.type);
  });
});

const produced = async (operation: string, status: number): Promise<Answered> => {
  const [method = '', pattern = ''] = operation.split(' ');
  const asks = ASKS[operation] ?? {};
  const own = asks[status];
  if (own !== undefined) {
    const [who, path, more] = own;
    return stage.ask(who, method.toUpperCase(), await path(), more);
  }
  // What everybody gets, whatever they ask for: from any request that is right otherwise.
  const [who, , more] = asks[200] ?? asks[201] ?? [ada, () => ''];
  const path = pattern.includes('{id}')
    ? pattern.replace('{id}', ID)
    : await (asks[200] ?? asks[201] ?? [ada, () => pattern])[1]();
  const ask = (at: Stage, by: Who | undefined) => at.ask(by, method.toUpperCase(), path, more);
  if (status === 401) return ask(stage, undefined);
  if (status === 429) {
    await ask(limited, who);
    return ask(limited, who);
  }
  return ask(status === 500 ? buggy : throttled, who);
};

test('no answer is asked for here that the document does not have', () => {
  const documented = OPERATIONS.map(([operation, status]) => `${operation} ${status}`);
  const asked = Object.entries(ASKS).flatMap(([operation, each]) =>
    Object.keys(each).map((status) => `${operation} ${status}`),
  );
  expect(asked.filter((each) => !documented.includes(each))).toEqual([]);
});

test('the document is OpenAPI 3.1, names every schema that it refers to, and asks for a token', async () => {
  const { body, text } = await stage.ask(undefined, 'GET', '/openapi.json');
  const document = z
    .object({
      openapi: z.literal('3.1.0'),
      paths: z.record(z.string(), z.record(z.string(), z.unknown())),
      components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
    })
    .parse(body);
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  expect(operations.toSorted()).toEqual(Object.keys(ASKS).toSorted());
  const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(referred.filter((name) => name === undefined || !(name in document.components.schemas))).toEqual([]);
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item)) expect(operation).toMatchObject({ security: [{ token: [] }] });
  }
});

test('the document has what API Gateway answers by itself', async () => {
  const { body } = await stage.ask(undefined, 'GET', '/openapi.json');
  const Responses = z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() }));
  const Operation = z.object({ responses: Responses });
  const { paths } = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) }).parse(body);
  for (const { responses } of Object.values(paths).flatMap((item) => Object.values(item))) {
    for (const status of [401, 413, 429, 500, 503]) {
      expect(Object.keys(responses[status]?.content ?? {})).toContain('application/json');
    }
    // Ours, beside it, where the function answers the status, too.
    expect(Object.keys(responses[401]?.content ?? {})).toEqual(['application/problem+json', 'application/json']);
    expect(responses[431]).toEqual({});
  }
});

test('the page shows every operation, and loads nothing', async () => {
  const { text, headers, status } = await stage.ask(undefined, 'GET', '/docs');
  expect(status).toBe(200);
  for (const operation of Object.keys(ASKS)) {
    const [method = '', path = ''] = operation.split(' ');
    expect(text).toContain(`<code>${method.toUpperCase()} ${path}</code>`);
  }
  expect(text).not.toMatch(/<(script|link|img|iframe)\b|url\(|@import|src=/);
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
});

function ofBody(path: string): Readonly<Record<number, Ask>> {
  return {
    400: [ada, () => path, { text: '{', headers: { 'if-match': '*' } }],
    413: [ada, () => path, { body: BIG }],
    415: [ada, () => path, { text: 'namespace: checkout', headers: { 'content-type': 'application/yaml' } }],
  };
}

/** `fresh` makes a grant for which it is right. */
function onGrant(
  name: string,
  body: object,
  who: Who,
  fresh: () => Promise<string>,
): Readonly<Record<string, Readonly<Record<number, Ask>>>> {
  const at = (id: () => string) => () => `/grants/${id()}/${name}`;
  let made = '';
  beforeAll(async () => {
    made = await fresh();
  });
  // Who approves twice is answered as the first time; a version that nobody has asked for is another matter.
  const late = name === 'extend' || name === 'revoke' || name === 'approve' ? () => waiting : () => settled;
  const latest = name === 'approve' ? { version: 2 } : body;
  return {
    [`post /grants/{id}/${name}`]: {
      200: [who, at(() => made), { body }],
      ...ofBody(`/grants/${ID}/${name}`),
      403: [mallory, at(() => waiting), { body }],
      404: [who, at(() => ID), { body }],
      409: [who, at(late), { body: latest }],
      412: [who, at(() => waiting), { body, headers: { 'if-match': '"99"' } }],
      422: [who, at(() => waiting), { body: { ...body, unknown: true } }],
    },
  };
}
