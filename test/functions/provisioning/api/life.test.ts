/** A grant's way through the API: asked for, approved by others, changed, extended, ended; and what is not written on the way. */
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { GrantView } from '../../../../functions/provisioning/api/schemas.ts';
import { Failure } from '../../../../functions/runtime/errors.ts';
import { ada, bob, emptyAccounts, grace, mallory, openStage, PAYMENTS, root, type Stage, wish } from './stage.ts';

const stages: Stage[] = [];
let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  stages.push(stage);
});
afterAll(async () => {
  await Promise.all(stages.map((each) => each.close()));
});

const asked = async (more: object = {}): Promise<GrantView> =>
  GrantView.parse((await stage.ask(ada, 'POST', '/grants', { body: { ...wish, ...more } })).body);
const active = async (): Promise<GrantView> => {
  const { id } = await asked();
  await stage.ask(bob, 'POST', `/grants/${id}/approve`, { body: { version: 1 } });
  await stage.happen(id, { kind: 'provisioned', id: 'done', version: 1, notes: [] });
  return GrantView.parse((await stage.ask(ada, 'GET', `/grants/${id}`)).body);
};

test('in production a colleague has to agree, and then it is made', async () => {
  const created = await stage.ask(ada, 'POST', '/grants', { body: wish });
  const grant = GrantView.parse(created.body);
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`/grants/${grant.id}`);
  expect(created.headers.get('etag')).toBe(`"${grant.revision}"`);
  expect(grant).toMatchObject({ phase: 'awaiting-approval', may: ['withdraw', 'change'] });
  expect(grant.pending?.needs.map(({ id }) => id)).toEqual(['approval.production']);
  expect(stage.started).toEqual([]);

  const approve = `/grants/${grant.id}/approve`;
  expect(await stage.ask(ada, 'POST', approve, { body: { version: 1 } })).toMatchObject({
    status: 403,
    body: { type: 'urn:podid:problem:not-yours', detail: expect.stringContaining('Nobody approves their own request') },
  });
  const again = { ...ada, client: 'another client', groups: ['checkout', 'platform'] };
  expect((await stage.ask(again, 'POST', approve, { body: { version: 1 } })).status).toBe(403);

  const approved = await stage.ask(bob, 'POST', approve, { body: { version: 1, why: 'as discussed' } });
  expect(approved).toMatchObject({ status: 200, body: { phase: 'provisioning' } });
  expect(stage.started).toEqual([`${grant.id}-v1-p1`]);
  expect(stage.told.map(({ kind }) => kind)).toEqual([
    'Grant Requested',
    'Grant Awaiting Approval',
    'Grant Approved',
    'Grant Provisioning',
  ]);
});

test('the inbox has what one may approve, and has not approved yet', async () => {
  const { id } = await asked({
    targets: [{ account: '333333333333', permissions: { inline: wish.source.permissions.inline } }],
  });
  const inbox = async (who: typeof ada) => (await stage.ask(who, 'GET', '/approvals')).body;
  const mine = { grants: [expect.objectContaining({ id })] };
  expect(await inbox(ada)).toEqual({ grants: [] });
  expect(await inbox(mallory)).toEqual({ grants: [] });
  expect([await inbox(bob), await inbox(grace)]).toEqual([mine, mine]);
  const first = await stage.ask(bob, 'POST', `/grants/${id}/approve`, { body: { version: 1 } });
  // The target account's owner is still missing.
  expect(first.body).toMatchObject({
    phase: 'awaiting-approval',
    pending: { needs: [{ id: 'approval.account-owner' }] },
  });
  expect([await inbox(bob), await inbox(grace)]).toEqual([{ grants: [] }, mine]);
  const second = await stage.ask(grace, 'POST', `/grants/${id}/approve`, { body: { version: 1 } });
  expect(second.body).toMatchObject({ phase: 'provisioning' });
});

test('two who approve at the same time start one execution', async () => {
  const { id } = await asked();
  const carl = { sub: 'carl', groups: ['checkout'] };
  const both = await Promise.all(
    [bob, carl].map((who) => stage.ask(who, 'POST', `/grants/${id}/approve`, { body: { version: 1 } })),
  );
  expect(both.map(({ status }) => status).filter((status) => status !== 409)).toContain(200);
  expect(new Set(stage.started)).toEqual(new Set([`${id}-v1-p1`]));
});

test('a change shows who gains what, and goes the same way', async () => {
  const grant = await active();
  const changed = {
    ...wish,
    serviceAccount: 'api',
    reason: 'and writes them',
    source: {
      role: 'managed',
      permissions: {
        inline: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
              Resource: `arn:aws:dynamodb:eu-west-1:${PAYMENTS}:table/orders`,
            },
          ],
        },
      },
    },
  };
  const path = `/grants/${grant.id}`;
  expect((await stage.ask(ada, 'PUT', path, { body: changed })).body).toMatchObject({
    type: 'urn:podid:problem:if-match-missing',
  });
  expect((await stage.ask(ada, 'PUT', path, { body: changed, headers: { 'if-match': '"1"' } })).status).toBe(412);
  expect(
    (await stage.ask(ada, 'PUT', path, { body: changed, headers: { 'if-match': `W/"${grant.revision}"` } })).status,
  ).toBe(412);
  const done = await stage.ask(ada, 'PUT', path, { body: changed, headers: { 'if-match': `"${grant.revision}"` } });
  expect(done).toMatchObject({ status: 200, body: { phase: 'changing/awaiting-approval' } });
  expect(GrantView.parse(done.body).difference.sentences).toEqual([
    expect.stringContaining('gained: dynamodb:PutItem'),
  ]);
});

test('an extension is in force as soon as it is approved; a revocation starts the machine', async () => {
  const { id } = await active();
  const extended = await stage.ask(ada, 'POST', `/grants/${id}/extend`, { body: { lifetime: { for: 'P60D' } } });
  expect(extended).toMatchObject({ status: 200, body: { phase: 'changing/awaiting-approval' } });
  await stage.ask(bob, 'POST', `/grants/${id}/approve`, { body: { version: 2 } });
  const held = await stage.ask(ada, 'GET', `/grants/${id}`);
  expect(held.body).toMatchObject({ phase: 'active', inForce: 2, expireAt: '2027-01-20T12:00:00.000Z' });
  expect((await stage.ask(mallory, 'POST', `/grants/${id}/revoke`, { body: {} })).status).toBe(403);
  const revoked = await stage.ask(root, 'POST', `/grants/${id}/revoke`, { body: { why: 'leaked' } });
  expect(revoked).toMatchObject({ status: 200, body: { phase: 'revoking' } });
  expect(stage.started.at(-1)).toBe(`${id}-v2-r1`);
});

test('a second grant for the service account is pointed to a change of the first', async () => {
  const { id } = await asked();
  const second = await stage.ask(bob, 'POST', '/grants', { body: wish });
  expect(second).toMatchObject({ status: 409, body: { type: 'urn:podid:problem:identity-taken', grant: id } });
  expect((await stage.ask(ada, 'GET', '/grants')).body).toMatchObject({ grants: [{ id }] });
});

describe('nothing is written', () => {
  const REFUSED: readonly [what: string, who: typeof ada, change: object, status: number, type: string][] = [
    ["another team's namespace", mallory, { team: 'billing' }, 403, 'guardrails-refuse'],
    ["another team's name", ada, { team: 'platform' }, 403, 'guardrails-refuse'],
    [
      'everything',
      ada,
      {
        source: {
          role: 'managed',
          permissions: {
            inline: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
          },
        },
      },
      403,
      'guardrails-refuse',
    ],
    [
      'an unknown cluster',
      ada,
      { clusters: [{ account: PAYMENTS, region: 'eu-west-1', cluster: 'nowhere' }] },
      422,
      'wish-invalid',
    ],
    ['an end in the past', ada, { lifetime: { until: '2020-01-01T00:00:00Z' } }, 422, 'wish-invalid'],
    ['a session policy with tags on', ada, { sessionPolicy: wish.source.permissions.inline }, 422, 'wish-invalid'],
  ];
  test.each(REFUSED)('of a wish for %s', async (_what, who, change, status, type) => {
    const answer = await stage.ask(who, 'POST', '/grants', { body: { ...wish, ...change } });
    expect(answer).toMatchObject({ status, body: { type: `urn:podid:problem:${type}` } });
    expect((await stage.ask(root, 'GET', '/grants')).body).toEqual({ grants: [] });
    expect(stage.told).toEqual([]);
  });

  test('of a preview', async () => {
    const preview = await stage.ask(ada, 'POST', '/grants/preview', { body: wish });
    expect(preview).toMatchObject({
      status: 200,
      body: {
        plan: { roles: [{ standing: 'create' }] },
        verdict: { verdict: 'needs-approval', missing: [{ teams: ['checkout'] }] },
        unread: [],
      },
    });
    expect((await stage.ask(root, 'GET', '/grants')).body).toEqual({ grants: [] });
  });

  test('when a cluster has its 5,000 associations', async () => {
    const full = await openStage({
      survey: async (asked) => {
        const answer = await emptyAccounts(asked);
        return { ...answer, clusters: answer.clusters.map((each) => ({ ...each, associations: 5000 })) };
      },
    });
    stages.push(full);
    const answer = await full.ask(ada, 'POST', '/grants', { body: wish });
    expect(answer).toMatchObject({
      status: 422,
      body: { type: 'urn:podid:problem:plan-blocked', detail: expect.stringContaining('5000') },
    });
    expect((await full.ask(root, 'GET', '/grants')).body).toEqual({ grants: [] });
  });

  test('when an account can not be read just now', async () => {
    const silent = await openStage({ survey: async () => Promise.reject(new Failure('Throttled', 'slow down')) });
    stages.push(silent);
    const answer = await silent.ask(ada, 'POST', '/grants', { body: wish });
    expect(answer).toMatchObject({ status: 503, body: { type: 'urn:podid:problem:unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('10');
    expect((await silent.ask(root, 'GET', '/grants')).body).toEqual({ grants: [] });
  });
});

test('without anybody who could look, a plan says so', async () => {
  const blind = await openStage({ survey: 'none' });
  stages.push(blind);
  const preview = await blind.ask(ada, 'POST', '/grants/preview', { body: wish });
  expect(preview.body).toMatchObject({ unread: [{ reason: 'NotSurveyed' }], verdict: { verdict: 'needs-approval' } });
});

test('the same key is the same request, once', async () => {
  const headers = { 'idempotency-key': 'b7e1' };
  const [first, second] = [
    await stage.ask(ada, 'POST', '/grants', { body: wish, headers }),
    await stage.ask(ada, 'POST', '/grants', { body: wish, headers }),
  ];
  expect(second).toMatchObject({ status: 201, text: first.text });
  expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  const other = await stage.ask(ada, 'POST', '/grants', { body: { ...wish, reason: 'else' }, headers });
  expect(other).toMatchObject({ status: 422, body: { type: 'urn:podid:problem:key-reused' } });
  // Keys are a person's own.
  expect((await stage.ask(bob, 'POST', '/grants', { body: wish, headers })).status).toBe(409);
  const together = await Promise.all(
    [1, 2].map(() =>
      stage.ask(ada, 'POST', '/grants', {
        body: { ...wish, serviceAccount: 'web' },
        headers: { 'idempotency-key': 'two' },
      }),
    ),
  );
  expect(together.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  expect(stage.told.filter(({ kind }) => kind === 'Grant Requested')).toHaveLength(2);
});
