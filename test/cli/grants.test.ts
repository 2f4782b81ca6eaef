/** The commands of grants, as a person and as a program runs them, against an API that answers from fixtures. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { CatalogueView, MeView } from '../../functions/provisioning/api/schemas.ts';
import { problem, type StandIn, startStandIn } from './api-stand-in.ts';
import { type Ran, workplace } from './command.ts';
import {
  active,
  allowed,
  approved,
  DANA,
  failed,
  grantAfter,
  ID,
  NEED,
  previewWith,
  revokeAsked,
  revoked,
  rowOf,
  viewOf,
  WISH,
  waits,
} from './grant-fixtures.ts';

let api: StandIn;
/** Where nobody listens. */
let gone = '';
const place = workplace({
  'wish.yaml': stringify(WISH),
  'wish.json': WISH,
  'broken.yaml': 'a: [1',
  'list.yaml': '- 1',
  'policy.json': { Version: '2012-10-17', Statement: [] },
});

beforeAll(async () => {
  api = await startStandIn();
  const other = await startStandIn();
  gone = other.url;
  await other.end();
});
afterAll(async () => {
  await api.end();
  place.end();
});

const podid = (
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: object } = {},
): Promise<Ran> => place.podid(args, input, { PODID_API: api.url, PODID_TOKEN: 'dana', TZ: 'Europe/Berlin', ...env });
const out = async (...args: readonly string[]): Promise<string> => {
  const ran = await podid(args);
  expect(ran).toMatchObject({ code: 0, err: '' });
  return ran.out;
};
const WAITING = viewOf(grantAfter(waits));
const MAKING = viewOf(grantAfter(waits, approved, allowed));
const ACTIVE = viewOf(grantAfter(waits, approved, allowed, active));
const etag = (revision: number) => ({ headers: { etag: `"${revision}"` } });
const GRANT = `/grants/${ID}`;

describe('podid request', () => {
  const FLAGS = [
    ...['--cluster', '222222222222/eu-west-1/shop', '--namespace', 'checkout', '--service-account', 'api'],
    ...['--reason', 'reads the orders', '--team', 'checkout', '--inline', 'policy.json'],
  ];

  it('asks by flags, and says where it stands', async () => {
    api.tell({ 'POST /grants': { status: 201, body: WAITING } });
    expect(await out('request', ...FLAGS)).toBe(
      `Grant ${ID}, version 1: awaiting-approval
  ${NEED.sentence} (${NEED.id})
Follow it: podid get grants ${ID} --watch
`,
    );
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [] }, null, 2);
    expect(api.asked[0]?.body).toMatchObject({ source: { role: 'managed', permissions: { inline: policy } } });
  });

  it.each([
    ['wish.yaml', ''],
    ['wish.json', ''],
    ['-', JSON.stringify(WISH)],
  ])('asks by the file %s, with a flag laid over it', async (file, input) => {
    api.tell({ 'POST /grants': { status: 201, body: WAITING } });
    const ran = await podid(['request', '-f', file, '--reason', 'another', '-o', 'json'], { input });
    expect(JSON.parse(ran.out)).toEqual(JSON.parse(JSON.stringify(WAITING)));
    expect(api.asked[0]?.body).toEqual({ ...WISH, reason: 'another' });
  });

  it('asks for a change of what it has read, on the condition that it is still so', async () => {
    api.tell({ [`GET ${GRANT}`]: { body: ACTIVE, ...etag(5) }, [`PUT ${GRANT}`]: { body: ACTIVE, ...etag(6) } });
    await out('request', '--change', ID, '--reason', 'and writes them');
    expect(api.asked[1]).toMatchObject({ method: 'PUT', body: { ...WISH, reason: 'and writes them' } });
    expect(api.asked[1]?.headers['if-match']).toBe('"5"');
  });

  it('shows each problem with its place', async () => {
    const problems = [{ path: '$.namespace', problem: "no namespace's name" }];
    api.tell({ 'POST /grants': { status: 422, body: problem(422, 'The wish can not be granted.', { problems }) } });
    expect(await podid(['request', '-f', 'wish.yaml'])).toEqual({
      code: 1,
      out: '',
      err: "podid: The wish can not be granted.\n  $.namespace: no namespace's name\n",
    });
  });

  it('says with which key to ask again, when there was no answer', async () => {
    api.tell({ 'POST /grants': { status: 503, headers: { 'retry-after': '0' }, body: problem(503, 'Busy.') } });
    const ran = await podid(['request', '-f', 'wish.yaml']);
    const [key, ...others] = new Set(api.asked.map(({ headers }) => headers['idempotency-key']));
    expect(others).toEqual([]);
    expect(ran).toEqual({
      code: 7,
      out: '',
      err: `podid: Busy.\n  To ask for the same again: --idempotency-key ${key}\n`,
    });
    api.tell({ 'POST /grants': { status: 201, body: WAITING } });
    await out('request', '-f', 'wish.yaml', '--idempotency-key', String(key));
    expect(api.asked[0]?.headers['idempotency-key']).toBe(key);
  });

  it.each([
    [['request', '-f', 'nowhere.yaml'], /^podid: There is no file nowhere\.yaml\.$/],
    [['request', '-f', 'broken.yaml'], /^podid: broken\.yaml is neither YAML nor JSON: /],
    [['request', '-f', 'list.yaml'], /^podid: list\.yaml is no wish: it has no fields/],
    [['request', ...FLAGS, '--inline', 'nowhere.json'], /^podid: There is no file nowhere\.json\.$/],
    [['request', '--team', 'a'], /^podid: Say also --cluster, /],
  ])('%j goes nowhere', async (args, line) => {
    api.tell({});
    const ran = await podid(args);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err.trimEnd()).toMatch(line);
    expect(api.asked).toEqual([]);
  });
});

describe('--watch', () => {
  const step = {
    step: 'targets',
    what: 'create role podid/a',
    about: 'arn:aws:iam::333333333333:role/podid/a',
    account: '333333333333',
    accountName: 'analytics',
    region: 'eu-west-1',
    startedAt: '2026-11-21T12:00:00.000Z',
    since: '2026-11-21T12:00:00.000Z',
  };
  const ended = { ...step, state: 'done', since: '2026-11-21T12:00:00.800Z' } as const;
  const other = { ...step, about: 'b', what: 'create role podid/b' };

  it('tells what happens once, as it happens, until it is active', async () => {
    const making = grantAfter(waits, approved, allowed);
    const doing = viewOf(making, { progress: [{ ...step, state: 'running' }] });
    const done = viewOf(making, { progress: [ended, { ...other, state: 'waiting' }] });
    const last = viewOf(grantAfter(waits, approved, allowed, active), {
      progress: [ended, { ...other, since: '2026-11-21T12:00:02.000Z', state: 'failed', sentence: 'No.' }],
    });
    api.tell({
      'POST /grants': { status: 201, body: WAITING },
      [`GET ${GRANT}`]: [{ body: WAITING }, { body: WAITING }, { body: doing }, { body: done }, { body: last }],
    });
    expect(await out('request', '-f', 'wish.yaml', '--watch')).toBe(
      `  2026-11-21 13:00:00 +01:00  requested (version 1) by Dana: reads the orders
  2026-11-21 13:00:00 +01:00  approval-needed (version 1) by podid: ${NEED.sentence}
  waits: ${NEED.sentence}
  2026-11-21 13:00:00 +01:00  approved (version 1) by Avery: fine
  2026-11-21 13:00:00 +01:00  allowed (version 1) by podid
  2026-11-21 13:00:00 +01:00    create role podid/a in analytics (333333333333) … done 0.8 s
  2026-11-21 13:00:00 +01:00  activated (version 1) by podid
    Deployment/api: 2 pods need a restart.
  2026-11-21 13:00:02 +01:00    create role podid/b in analytics (333333333333) … failed 2.0 s: No.
Grant ${ID}, version 1: active
  Deployment/api: 2 pods need a restart.
`,
    );
  });

  it('of what somebody does tells what happens from then on', async () => {
    const before = viewOf(grantAfter(waits), { progress: [ended] });
    const after = viewOf(grantAfter(waits, approved, allowed, active), { progress: [ended] });
    api.tell({ [`GET ${GRANT}`]: [{ body: before }, { body: after }], [`POST ${GRANT}/approve`]: { body: MAKING } });
    const lines = await out('approve', ID, '--watch');
    expect(lines).toContain('approved (version 1) by Avery: fine');
    expect(lines).not.toMatch(/requested \(version 1\)|approval-needed|create role|waits:/);
  });

  it('says where it stands first', async () => {
    const ending = { body: viewOf(grantAfter(allowed, active, revokeAsked, revoked)) };
    const begun = { body: viewOf(grantAfter(allowed, active, revokeAsked)) };
    api.tell({ [`GET ${GRANT}`]: [begun, begun, ending] });
    const lines = (await out('get', 'grants', ID, '--watch')).trimEnd().split('\n');
    expect(lines).toEqual([
      `Grant ${ID}, version 1: revoking`,
      '  2026-11-21 13:00:00 +01:00  revoked (version 1) by podid',
      `Grant ${ID}, version 1: revoked`,
    ]);
  });

  it('survives an API that does not answer, and says so', async () => {
    const busy = { status: 500, body: problem(500, 'Out of order.') };
    api.tell({ [`GET ${GRANT}`]: [{ body: MAKING }, { body: MAKING }, busy, busy, { body: ACTIVE }] });
    const ran = await podid(['get', 'grants', ID, '--watch']);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('activated (version 1) by podid') });
    expect(ran.err).toBe(
      'podid: Out of order. Trying again in 0.5 s.\npodid: Out of order. Trying again in 1 s.\npodid: The API answers again.\n',
    );
  });

  it('ends at once when the API refuses', async () => {
    api.tell({
      [`GET ${GRANT}`]: [{ body: MAKING }, { body: MAKING }, { status: 403, body: problem(403, 'Not you.') }],
    });
    expect(await podid(['get', 'grants', ID, '--watch'])).toMatchObject({ code: 4, err: 'podid: Not you.\n' });
  });

  it.each([
    ['a request that fails', ['get', 'grants', ID, '--watch'], viewOf(grantAfter(allowed, failed)), 2],
    ['a grant that is there', ['get', 'grants', ID, '--watch'], ACTIVE, 0],
    ['a revocation', ['revoke', ID, '--watch'], viewOf(grantAfter(allowed, active, revokeAsked, revoked)), 0],
    [
      'a revocation that is stuck',
      ['revoke', ID, '--watch'],
      viewOf(
        grantAfter(allowed, active, revokeAsked, {
          kind: 'revocation-failed',
          id: 'e-7',
          because: 'no',
          left: ['role a'],
        }),
      ),
      2,
    ],
  ])('of %s ends with a code that says so', async (_what, args, body, code) => {
    api.tell({ [`GET ${GRANT}`]: { body }, [`POST ${GRANT}/revoke`]: { body } });
    expect(await podid([...args, '-o', 'json'])).toMatchObject({ code, err: '' });
  });

  it('of a change that fails ends with 2, though the grant is active', async () => {
    const changed = grantAfter(
      allowed,
      active,
      { kind: 'change-requested', id: 'c-1', basedOn: 1, by: DANA, wish: { ...WISH, reason: 'more' } },
      { ...allowed, id: 'c-2', version: 2 },
      { ...failed, id: 'c-3', version: 2 },
    );
    expect(changed.state).toBe('active');
    api.tell({ [`GET ${GRANT}`]: { body: viewOf(changed) } });
    expect(await podid(['get', 'grants', ID, '--watch'])).toMatchObject({ code: 2 });
  });
});

describe('what people do with a grant', () => {
  it.each([
    ['approve', ['--why', 'fine'], { version: 1, why: 'fine' }],
    ['reject', ['--why', 'too much'], { version: 1, why: 'too much' }],
    ['withdraw', [], {}],
    ['revoke', ['--why', 'done'], { why: 'done' }],
    ['reject', ['--reason', 'too much'], { version: 1, why: 'too much' }],
    ['extend', ['--for', 'P30D', '--reason', 'more'], { lifetime: { for: 'P30D' }, why: 'more' }],
    ['extend', ['--for', 'P30D'], { lifetime: { for: 'P30D' } }],
    ['extend', ['--until', '2027-01-31'], { lifetime: { until: '2027-01-31', zone: 'Europe/Berlin' } }],
  ])('%s %j', async (deed, args, body) => {
    api.tell({ [`GET ${GRANT}`]: { body: WAITING, ...etag(2) }, [`POST ${GRANT}/${deed}`]: { body: MAKING } });
    expect(await out(deed, ID, ...args)).toContain(`Grant ${ID}, version 1: provisioning\n`);
    expect(api.asked[1]).toMatchObject({ method: 'POST', body });
    expect(api.asked[1]?.headers['if-match']).toBe('"2"');
  });

  it('shows what was approved', async () => {
    api.tell({ [`GET ${GRANT}`]: { body: WAITING, ...etag(2) }, [`POST ${GRANT}/approve`]: { body: MAKING } });
    expect(await out('approve', ID, '--grant-version', '1')).toMatch(
      /^You have approved version 1:\n {2}In account 333333333333, given: everything that the pods do\.\n/,
    );
  });

  it('says that it was approved already, when that changes nothing', async () => {
    api.tell({ [`GET ${GRANT}`]: { body: MAKING, ...etag(4) }, [`POST ${GRANT}/approve`]: { body: MAKING } });
    expect(await out('approve', ID)).toBe(
      `You had approved version 1 already: nothing was changed.\nGrant ${ID}, version 1: provisioning\n`,
    );
  });

  it('shows neither of the two names of a reason twice', async () => {
    for (const [command, shown, hidden] of [
      ['extend', '--why', '--reason'],
      ['request', '--reason', '--why'],
    ] as const) {
      const help = await out(command, '--help');
      expect(help).toContain(` ${shown} <text>`);
      expect(help).not.toContain(` ${hidden} <text>`);
    }
  });

  it.each<[args: string[], answer: object, code: number, err: RegExp]>([
    [
      ['approve', ID],
      { status: 403, body: problem(403, 'Nobody approves their own request.') },
      4,
      /^podid: Nobody approves/,
    ],
    [['approve', ID], { status: 412, body: problem(412, 'It has changed.') }, 6, /^podid: It has changed\.$/],
    [['revoke', ID], { status: 409, body: problem(409, 'Too late.') }, 6, /^podid: Too late\.$/],
    [['approve', ID, '--grant-version', '2'], {}, 6, /^podid: The newest version of grant g-\S+ is 1, not 2/],
    [['reject', ID], {}, 1, /required option '--why <text>'/],
    [['extend', ID], {}, 1, /^podid: Until when\?/],
    [['approve', 'g-none'], {}, 5, /^podid: There is no such thing\.$/],
  ])('%j may be refused', async (args, answer, code, err) => {
    api.tell({ [`GET ${GRANT}`]: { body: WAITING, ...etag(2) }, [`POST ${GRANT}/${args[0]}`]: answer });
    const ran = await podid(args);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err.trimEnd()).toMatch(err);
  });
});

describe('podid get and describe', () => {
  it('lists over pages, as many as asked for', async () => {
    const [one, other] = [rowOf(), rowOf('g-00000000000000aa')];
    api.tell({ 'GET /grants': [{ body: { grants: [one], next: 'c1' } }, { body: { grants: [other], next: 'c2' } }] });
    const lines = (await out('get', 'grants', '--mine', '--team', 'checkout', '-l', '2', '--all'))
      .trimEnd()
      .split('\n');
    expect(lines[0]?.split(/\s{2,}/)).toEqual([
      'ID',
      'STATE',
      'FOR',
      'CLUSTERS',
      'TEAM',
      'ASKED BY',
      'CHANGED',
      'ENDS',
      'WHY',
    ]);
    expect(lines[1]?.split(/\s{2,}/)).toEqual([
      ...[ID, 'awaiting-approval', 'checkout/api', 'shop', 'checkout', 'Dana'],
      ...[expect.stringMatching(/ago$|^in /), expect.stringMatching(/^in \d+d$/), 'reads the orders'],
    ]);
    expect(lines.slice(3)).toEqual(['', 'More: --cursor c2']);
    expect(api.asked.map(({ path }) => path)).toEqual([
      '/grants?team=checkout&requester=me&limit=2',
      '/grants?team=checkout&requester=me&limit=1&cursor=c1',
    ]);
  });

  it('leaves out what ended long ago, unless it is asked for', async () => {
    api.tell({ 'GET /grants': { body: { grants: [rowOf()] } } });
    const before = Date.now() - 24 * 3600 * 1000;
    await out('get', 'grants', '--namespace', 'checkout', '--account', '333333333333');
    await out('get', 'grants', '--state', 'revoked');
    const [first, second] = api.asked.map(({ path }) => new URLSearchParams(path.split('?')[1]));
    expect(Object.fromEntries(first ?? [])).toEqual({
      namespace: 'checkout',
      account: '333333333333',
      endedAfter: expect.any(String),
      limit: '50',
    });
    expect(Date.parse(first?.get('endedAfter') ?? '')).toBeGreaterThanOrEqual(before);
    expect(Object.fromEntries(second ?? [])).toEqual({ state: 'revoked', limit: '50' });
  });

  it('goes on after pages without anything', async () => {
    const empty = { body: { grants: [], next: 'c' } };
    api.tell({ 'GET /grants': [empty, empty, { body: { grants: [rowOf()] } }] });
    expect(await out('get', 'grants')).toContain(ID);
    expect(api.asked).toHaveLength(3);
  });

  it('lists as JSON and YAML, in UTC', async () => {
    api.tell({ 'GET /approvals': { body: { grants: [rowOf()] } } });
    const expected = { grants: [JSON.parse(JSON.stringify(rowOf()))] };
    expect(JSON.parse(await out('get', 'approvals', '-o', 'json'))).toEqual(expected);
    expect(parse(await out('get', 'approvals', '-o', 'yaml'))).toEqual(expected);
  });

  it('says that there are none', async () => {
    api.tell({ 'GET /grants': { body: { grants: [] } } });
    expect(await out('get', 'grants', '--all')).toBe('No grants.\n');
    expect(await out('get', 'grants')).toBe('No grants; those that ended more than a day ago: --all\n');
  });

  it('describes one', async () => {
    api.tell({ [`GET ${GRANT}`]: { body: ACTIVE } });
    const story = await out('describe', 'grant', ID);
    expect(story).toMatch(/^Grant g-0123456789abcdef, version 1: active\n\n/);
    for (const line of [
      /^For +checkout\/api$/m,
      /^In +222222222222\/eu-west-1\/shop$/m,
      /^Targets +333333333333 \(chained\)$/m,
      /^Source role +arn:aws:iam::222222222222:role\/podid\/checkout-api-0123456789ab$/m,
      /^Target role +arn:aws:iam::333333333333:role\/podid\/checkout-api-ba9876543210 \(what pods get\)$/m,
      /^Asked by +Dana, 2026-11-21 13:00:00 \+01:00$/m,
      /^Lasts +30 days$/m,
      /^Ends +2026-12-21 13:00:00 \+01:00 \(/m,
      /^You may +approve, revoke$/m,
      /^Who gains what\n {2}In account 333333333333, given: everything that the pods do\.$/m,
      /^Approved by\n {2}Avery, version 1, 2026-11-21 13:00:00 \+01:00: fine$/m,
      /^ {2}2026-11-21 13:00:00 \+01:00 {2}activated \(version 1\) by podid\n {4}Deployment\/api: 2 pods need a restart\.$/m,
    ]) {
      expect(story).toMatch(line);
    }
    expect(JSON.parse(await out('describe', 'grant', ID, '-o', 'json'))).toMatchObject({
      history: [{ at: '2026-11-21T12:00:00.000Z' }, {}, {}, {}, {}],
    });
  });

  it('shows what could be asked for, and who asks', async () => {
    const catalogue = CatalogueView.parse({
      namespaces: [
        {
          team: 'checkout',
          account: '222222222222',
          accountName: 'payments',
          region: 'eu-west-1',
          cluster: 'shop',
          environment: 'production',
          namespaces: ['checkout', 'checkout-*'],
        },
      ],
      accounts: [],
      templates: [{ name: 's3-prefix', title: 'objects', parameters: {} }],
      limits: { approvalHours: 72, longestDays: 365, clusters: 40, targets: 40 },
    });
    const me = MeView.parse({ ...DANA, admin: false, unknownTeams: ['lost'] });
    api.tell({ 'GET /catalogue': { body: catalogue }, 'GET /me': { body: me } });
    expect(await out('get', 'catalogue')).toMatch(
      /^checkout +222222222222\/eu-west-1\/shop +production +checkout, checkout-\*$/m,
    );
    expect(await out('whoami')).toBe(
      "Dana (https://idp.example|dana)\nTeams: checkout\nThe guardrails don't know: lost\n",
    );
  });
});

describe('podid preview', () => {
  it.each([
    ['allowed', 0, /^It would be carried out at once\./],
    ['needs-approval', 0, /^It would wait for approval\.\n {2}An owner .* \(account-owner\): ask analytics\n/],
    ['denied', 4, /^The guardrails would deny it\./],
  ] as const)('of what is %s', async (verdict, code, first) => {
    api.tell({ 'POST /grants/preview': { body: previewWith(verdict) } });
    const ran = await podid(['preview', '-f', 'wish.yaml']);
    expect(ran).toMatchObject({ code, err: '' });
    expect(ran.out).toMatch(first);
    expect(ran.out).toMatch(/^Plan\n {2}create source role arn:aws:iam::222222222222:role\/podid\/checkout-api-1$/m);
    expect(ran.out).toMatch(/^Worth knowing\n {2}Some pods run on Fargate\.$/m);
    expect(ran.out).toMatch(/\n\nNothing was written\.\n$/);
    expect(api.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /grants/preview']);
  });

  it('does not show names that nothing will have', async () => {
    const preview = previewWith('allowed');
    const [role] = preview.plan.roles;
    const roleArn = 'arn:aws:iam::222222222222:role/podid/checkout-api-0123456789ab';
    const body = {
      ...preview,
      plan: { ...preview.plan, roles: [{ ...role, roleArn }] },
      placeholders: ['0123456789ab'],
    };
    api.tell({ 'POST /grants/preview': { body } });
    const text = await out('preview', '-f', 'wish.yaml');
    expect(text).toContain(
      'create source role arn:aws:iam::222222222222:role/podid/checkout-api-<hash>\n  <hash> follows from',
    );
    expect(text).not.toContain('0123456789ab');
    expect(JSON.parse(await out('preview', '-f', 'wish.yaml', '-o', 'json'))).toMatchObject({
      placeholders: ['0123456789ab'],
    });
  });

  it('of a change names the grant', async () => {
    api.tell({
      [`GET ${GRANT}`]: { body: ACTIVE, ...etag(5) },
      'POST /grants/preview': { body: { ...previewWith('allowed'), changes: ID } },
    });
    expect(await out('preview', '--change', ID, '--for', 'P1D')).toContain(`It would be a change of grant ${ID}.`);
    expect(api.asked[1]).toMatchObject({
      path: `/grants/preview?changes=${ID}`,
      body: { ...WISH, lifetime: { for: 'P1D' } },
    });
  });
});

describe('who the API does not know', () => {
  it.each<[what: string, env: object, code: number, err: RegExp]>([
    ['has no API', { PODID_API: undefined }, 1, /^podid: Set PODID_API: .*source \.podid\/env$/],
    [
      'has no token',
      { PODID_TOKEN: undefined },
      3,
      /^podid: You are not logged in: run podid login, or set PODID_TOKEN\.$/,
    ],
    ['has one that is refused', {}, 3, /^podid: The API refuses PODID_TOKEN: /],
    [
      'has the wrong address',
      { PODID_API: 'gone', PODID_API_TIMEOUT: '5' },
      7,
      /^podid: The API at http:\/\/127\.0\.0\.1:\d+ can't be reached: .*ECONNREFUSED/,
    ],
  ])('%s', async (_what, env, code, err) => {
    api.tell({ 'GET /me': { status: 401, body: { message: 'Unauthorized' } } });
    const ran = await podid(['whoami'], {
      env: 'PODID_API' in env && env.PODID_API === 'gone' ? { ...env, PODID_API: gone } : env,
    });
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err.trimEnd()).toMatch(err);
  });
});
