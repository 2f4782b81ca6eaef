/** Requests at the edge: tokens, methods, cursors, limits, and whatever people and programs get wrong. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { callerOf } from '../../../../functions/provisioning/api/caller.ts';
import { callerLimit } from '../../../../functions/provisioning/api/limit.ts';
import { GrantPage, ProblemView } from '../../../../functions/provisioning/api/schemas.ts';
import { ada, bob, ISSUER, openStage, type Stage, tokenOf, wish } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ api: { callerLimit: { burst: 1000 } } });
});
afterAll(() => stage.close());

describe('who is asking', () => {
  const claims = { iss: ISSUER, sub: 'ada', groups: '[checkout platform]' };
  const of = (groups: unknown, verified: unknown = claims) =>
    callerOf(`Bearer ${tokenOf({ ...ada, groups })}`, verified, { teamsClaim: 'groups' });

  test("teams come from the token itself: the gateway's copy is flattened", () => {
    expect(of(['checkout', 'platform', 'checkout'])).toEqual({
      subject: `${ISSUER}#ada`,
      name: 'Ada',
      teams: ['checkout', 'platform'],
      client: 'cli',
    });
    expect(of('checkout').teams).toEqual(['checkout']);
    expect(of(undefined).teams).toEqual([]);
    // As the gateway writes a list: one team of a name that nobody has.
    expect(of('[checkout platform]').teams).toEqual(['[checkout platform]']);
  });

  const NOBODY: readonly [what: string, token: string | undefined, verified: unknown][] = [
    ['no token', undefined, claims],
    ['no authorizer', `Bearer ${tokenOf(ada)}`, undefined],
    ["somebody else's token", `Bearer ${tokenOf(bob)}`, claims],
    ['another issuer', `Bearer ${tokenOf(ada)}`, { ...claims, iss: 'https://evil.example' }],
    ['teams that are no list', `Bearer ${tokenOf({ ...ada, groups: { checkout: true } })}`, claims],
    ['a payload that is no JSON', 'Bearer a.b.c', claims],
    ['another scheme', `Basic ${tokenOf(ada)}`, claims],
  ];
  test.each(NOBODY)('%s is nobody', (_what, token, verified) => {
    expect(() => callerOf(token, verified, { teamsClaim: 'groups' })).toThrow(
      expect.objectContaining({ problem: 'unauthenticated' }),
    );
  });
});

const METHODS: readonly [method: string, path: string, allow: string][] = [
  ['DELETE', '/grants', 'POST, GET, HEAD'],
  ['GET', '/grants/preview', 'POST'],
  ['PATCH', '/grants/g-0000000000000000', 'GET, HEAD, PUT'],
  ['GET', '/grants/g-0000000000000000/approve', 'POST'],
  ['POST', '/me', 'GET, HEAD'],
  ['POST', '/openapi.json', 'GET, HEAD'],
];
test.each(METHODS)('%s %s is not allowed: %s', async (method, path, allow) => {
  const answer = await stage.ask(ada, method, path);
  expect(answer).toMatchObject({ status: 405, body: { type: 'urn:podid:problem:method-not-allowed' } });
  expect(answer.headers.get('allow')).toBe(allow);
});

test('a path that is not there', async () => {
  expect(await stage.ask(ada, 'GET', '/nowhere')).toMatchObject({
    status: 404,
    body: { type: 'urn:podid:problem:no-such-thing' },
  });
});

test('pages hold every grant once, whatever their size', async () => {
  const names = Array.from({ length: 7 }, (_, index) => `page-${index}`);
  for (const serviceAccount of names) await stage.ask(ada, 'POST', '/grants', { body: { ...wish, serviceAccount } });
  for (const query of ['requester=me', 'team=checkout', 'state=awaiting-approval', '']) {
    const seen: string[] = [];
    let cursor = '';
    do {
      const path = `/grants?limit=3&${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const page = GrantPage.parse((await stage.ask(ada, 'GET', path)).body);
      seen.push(...page.grants.map(({ serviceAccount }) => serviceAccount));
      cursor = page.next ?? '';
    } while (cursor !== '');
    expect(seen.toSorted()).toEqual(names);
  }
  const { body } = await stage.ask(ada, 'GET', '/grants?limit=3');
  const other = await stage.ask(ada, 'GET', `/grants?requester=me&cursor=${GrantPage.parse(body).next}`);
  expect(other).toMatchObject({ status: 400, body: { problems: [{ path: 'query.cursor' }] } });
});

describe('a wish that is wrong names the place', () => {
  const WRONG: readonly [change: object, path: string][] = [
    [{ namespace: 'Kube_System' }, '$.namespace'],
    [{ source: { role: '' } }, '$.source.role'],
    [{ source: { role: 'arn:aws:iam::333333333333:role/other' } }, '$.source.role'],
    [{ clusters: [] }, '$.clusters'],
    [{ targets: [{ account: '12', permissions: {} }] }, '$.targets[0].account'],
    [{ source: { role: 'managed', permissions: { inline: '{"Statement":' } } }, '$.source.permissions.inline'],
    [{ lifetime: { for: 'forever' } }, '$.lifetime.for'],
    [{ nonsense: 1 }, '$'],
  ];
  test.each(WRONG)('%j: %s', async (change, path) => {
    for (const route of ['/grants', '/grants/preview']) {
      const { status, body } = await stage.ask(ada, 'POST', route, { body: { ...wish, ...change } });
      expect(status).toBe(422);
      const problem = ProblemView.parse(body);
      expect(problem.type).toBe('urn:podid:problem:wish-invalid');
      expect(problem.problems?.map((each) => each.path)).toContain(path);
    }
  });

  test('whatever is sent, the answer is a problem of the sender, never of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string(), fc.constant('{"__proto__":{}}')), async (text) => {
        const { status, body } = await stage.ask(ada, 'POST', '/grants', { text });
        expect([400, 422]).toContain(status);
        ProblemView.parse(body);
      }),
      { numRuns: 60 },
    );
    expect(stage.failures).toEqual([]);
  });
});

test('an Idempotency-Key is visible ASCII', async () => {
  const headers = { 'idempotency-key': 'two words' };
  expect(await stage.ask(ada, 'POST', '/grants', { body: wish, headers })).toMatchObject({
    status: 400,
    body: { problems: [{ path: 'header.idempotency-key' }] },
  });
});

test('a caller gets the burst at once, then what is given back a second; others are not held up', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 10 }),
      (burst, perSecond, seconds) => {
        const take = callerLimit({ burst, perSecond });
        const passed = (caller: string, at: number): number =>
          Array.from({ length: 200 }, () => take(caller, at)).filter((wait) => wait === 0).length;
        expect(passed('ada', 0)).toBe(burst);
        expect(take('ada', 0)).toBe(Math.ceil(1 / perSecond));
        expect(passed('bob', 0)).toBe(burst);
        expect(passed('ada', seconds * 1000)).toBe(Math.min(burst, seconds * perSecond));
      },
    ),
  );
});
