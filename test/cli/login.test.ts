/** `podid login`: the device flow, where the login is kept, for whom, and how it is renewed. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type StandIn, startStandIn, type Told } from './api-stand-in.ts';
import { type Ran, workplace } from './command.ts';

let api: StandIn;
let issuer: StandIn;
const place = workplace({});
const file = path.join(place.cwd, '.config', 'podid', 'logins.json');

beforeAll(async () => {
  api = await startStandIn();
  issuer = await startStandIn();
});
afterAll(async () => {
  await Promise.all([api.end(), issuer.end()]);
  place.end();
});
beforeEach(() => rmSync(path.dirname(file), { recursive: true, force: true }));

const podid = (args: readonly string[], env = {}): Promise<Ran> =>
  place.podid(args, '', { PODID_API: api.url, PODID_ISSUER: issuer.url, ...env });

const answers = (token: Told | readonly Told[], more: object = {}) => ({
  'GET /.well-known/openid-configuration': {
    body: {
      issuer: issuer.url,
      token_endpoint: `${issuer.url}/token`,
      device_authorization_endpoint: `${issuer.url}/device`,
      ...more,
    },
  },
  'POST /device': {
    body: {
      device_code: 'd-1',
      user_code: 'ABCD-EFGH',
      verification_uri: 'https://idp.example/device',
      expires_in: 60,
      interval: 0.05,
    },
  },
  'POST /token': token,
});
const granted = (name: string, expires_in = 3600): Told => ({
  body: { access_token: name, token_type: 'Bearer', expires_in, refresh_token: `refresh-${name}` },
});
const refused = (error: string): Told => ({ status: 400, body: { error } });
const me = { body: { subject: 's', name: 'Dana', teams: ['checkout'], admin: false, unknownTeams: [] } };
const tokensSent = () => api.asked.map(({ headers }) => headers.authorization);
const formsOf = (route: string) =>
  issuer.asked
    .filter((each) => each.path === route)
    .map(({ body }) => Object.fromEntries(new URLSearchParams(String(body))));

it('shows a code, waits until it is used, and keeps the login for its owner', async () => {
  issuer.tell(answers([refused('authorization_pending'), granted('first')]));
  const ran = await podid(['login'], { PODID_AUDIENCE: 'podid-api' });
  expect(ran.err).toBe('Open https://idp.example/device and confirm the code ABCD-EFGH\n');
  expect(ran.code).toBe(0);
  expect(ran.out).toMatch(/^Logged in until \S+ \S+ \S+, renewed by itself\.\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  expect(formsOf('/device')).toEqual([
    expect.objectContaining({
      client_id: 'podid-cli',
      resource: 'podid-api',
      scope: expect.stringContaining('offline_access'),
    }),
  ]);

  api.tell({ 'GET /me': me });
  expect(await podid(['whoami'])).toMatchObject({ code: 0, out: 'Dana (s)\nTeams: checkout\n' });
  expect(await podid(['whoami'], { PODID_TOKEN: 'given' })).toMatchObject({ code: 0 });
  expect(tokensSent()).toEqual(['Bearer first', 'Bearer given']);

  const other = await startStandIn();
  expect(await podid(['whoami'], { PODID_API: other.url })).toMatchObject({
    code: 3,
    err: expect.stringMatching(/^podid: You are not logged in/),
  });
  expect(other.asked).toEqual([]);
  await other.end();

  expect(await podid(['logout'])).toMatchObject({ code: 0, out: 'Logged out.\n' });
  expect(await podid(['whoami'])).toMatchObject({ code: 3 });
});

describe('a login that is kept', () => {
  const keep = (endsAt: string, more = {}) => {
    mkdirSync(path.dirname(file), { recursive: true });
    const login = {
      issuer: issuer.url,
      clientId: 'podid-cli',
      accessToken: 'old',
      refreshToken: 'r-1',
      endsAt,
      ...more,
    };
    writeFileSync(file, JSON.stringify({ [api.url]: login }), { mode: 0o600 });
  };
  const [LATER, BEFORE] = ['2126-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z'];

  it('is renewed when it has ended, once by commands that run at the same time', async () => {
    keep(BEFORE);
    issuer.tell(answers([granted('next'), refused('invalid_grant')]));
    api.tell({ 'GET /me': me });
    const rans = await Promise.all([podid(['whoami']), podid(['whoami']), podid(['whoami'])]);
    expect(rans.map(({ code, err }) => ({ code, err }))).toEqual(rans.map(() => ({ code: 0, err: '' })));
    expect(tokensSent()).toEqual(['Bearer next', 'Bearer next', 'Bearer next']);
    expect(formsOf('/token')).toEqual([
      expect.objectContaining({ grant_type: 'refresh_token', refresh_token: 'r-1', client_id: 'podid-cli' }),
    ]);
    expect(JSON.parse(readFileSync(file, 'utf8'))[api.url]).toMatchObject({
      accessToken: 'next',
      refreshToken: 'refresh-next',
    });
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('is renewed when the API refuses it', async () => {
    keep(LATER);
    issuer.tell(answers(granted('next')));
    api.tell({ 'GET /me': [{ status: 401, body: {} }, me] });
    expect(await podid(['whoami'])).toMatchObject({ code: 0, err: '' });
    expect(tokensSent()).toEqual(['Bearer old', 'Bearer next']);
  });

  it('keeps its refresh token when the issuer sends no other', async () => {
    keep(BEFORE);
    issuer.tell(answers({ body: { access_token: 'next', token_type: 'Bearer' } }));
    api.tell({ 'GET /me': me });
    expect(await podid(['whoami'])).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(file, 'utf8'))[api.url]).toMatchObject({ refreshToken: 'r-1' });
  });

  it.each<[what: string, ends: string, more: object, token: Told, line: RegExp]>([
    [
      'the issuer has ended it',
      BEFORE,
      {},
      refused('invalid_grant'),
      /^podid: Your login has ended: run podid login\.$/,
    ],
    [
      'it can not be renewed',
      BEFORE,
      { refreshToken: undefined },
      {},
      /^podid: Your login has ended: run podid login\.$/,
    ],
    [
      'the API refuses it all the same',
      LATER,
      {},
      granted('next'),
      /^podid: The API refuses your login: run podid login\.$/,
    ],
  ])('is over when %s', async (_what, ends, more, token, line) => {
    keep(ends, more);
    issuer.tell(answers(token));
    api.tell({ 'GET /me': { status: 401, body: {} } });
    const ran = await podid(['whoami']);
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.err.trimEnd()).toMatch(line);
  });

  it('is not taken from a file that others can read, or that is none', async () => {
    keep(LATER);
    chmodSync(file, 0o644);
    expect(await podid(['whoami'])).toMatchObject({
      code: 1,
      err: `podid: Others can read ${file}. Run: chmod 600 ${file}\n`,
    });
    chmodSync(file, 0o600);
    writeFileSync(file, '{"x": 1}');
    expect((await podid(['whoami'])).err).toMatch(/^podid: \S+ is no file of logins\. Remove it/);
  });
});

describe('a login that fails', () => {
  it.each<[what: string, token: Told, more: object, code: number, line: RegExp]>([
    ['is refused', refused('access_denied'), {}, 3, /^podid: The login was refused\.$/],
    [
      'takes too long',
      refused('expired_token'),
      {},
      3,
      /^podid: Nobody used the code in time: run podid login again\.$/,
    ],
    ['is by an unknown client', { status: 401, body: { error: 'invalid_client' } }, {}, 3, /PODID_CLIENT_ID/],
    [
      'is at an issuer without it',
      {},
      { device_authorization_endpoint: undefined },
      1,
      /has no device flow: .*PODID_TOKEN/,
    ],
    ['is at another issuer', {}, { issuer: 'https://other.example' }, 7, /can't be asked: .*Is PODID_ISSUER right\?$/],
  ])('because it %s', async (_what, token, more, code, line) => {
    issuer.tell(answers(token, more));
    const ran = await podid(['login']);
    expect(ran.code).toBe(code);
    expect(ran.err.trimEnd().split('\n').at(-1)).toMatch(line);
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    ['http://idp.example', /has to be https/],
    [undefined, /^podid: Set PODID_ISSUER/],
  ])('because the issuer is %s', async (PODID_ISSUER, line) => {
    const ran = await podid(['login'], { PODID_ISSUER });
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(line);
  });
});
