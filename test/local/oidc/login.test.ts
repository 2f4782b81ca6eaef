/** `podid login` against the local OpenID provider: the command line's half and the browser's, over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as z from 'zod';
import { CLIENT, type LocalIssuer, startIssuer } from '../../../local/oidc/start.ts';

const AUDIENCE = 'urn:podid:api';
const PEOPLE = [
  { id: 'dana', name: 'Dana <Okafor>', email: 'dana@example.com', teams: ['checkout'] },
  { id: 'avery', name: 'Avery', email: 'avery@example.com', teams: ['checkout', 'platform'] },
];
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

const text = z.string().default('');
/** What the provider answers to the command line; what isn't there is empty. */
const Answer = z.object({
  device_code: text,
  user_code: text,
  verification_uri: text,
  access_token: text,
  refresh_token: text,
  error: text,
});
const Discovery = z.object({
  device_authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
});

let local: LocalIssuer;
let endpoints: z.infer<typeof Discovery>;
beforeAll(async () => {
  local = await startIssuer({ port: 0, audience: AUDIENCE, teamsClaim: 'groups', people: PEOPLE });
  endpoints = Discovery.parse(await (await fetch(`${local.issuer}/.well-known/openid-configuration`)).json());
});
afterAll(() => local.close());

const post = async (where: string, form: Record<string, string>) => {
  const answer = await fetch(where, { method: 'POST', body: new URLSearchParams(form) });
  return { status: answer.status, body: Answer.parse(await answer.json()) };
};
const begin = async (more: Record<string, string> = {}) => {
  const form = { client_id: CLIENT, scope: 'openid profile email offline_access', ...more };
  return (await post(endpoints.device_authorization_endpoint, form)).body;
};
const poll = (code: string) =>
  post(endpoints.token_endpoint, { client_id: CLIENT, grant_type: DEVICE, device_code: code });
const read = async (token: string) =>
  (
    await jwtVerify(token, createRemoteJWKSet(new URL(endpoints.jwks_uri)), {
      issuer: local.issuer,
      audience: AUDIENCE,
    })
  ).payload;

/** A browser: it keeps cookies, follows redirects, and sends the form that it sees. Every page is kept. */
const browser = () => {
  const cookies = new Map<string, string>();
  const pages: string[] = [];
  const go = async (url: string, form?: Record<string, string>): Promise<{ url: string; page: string }> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const onward = answer.headers.get('location');
    if (onward !== null) return go(new URL(onward, url).href);
    const page = await answer.text();
    // Between two people the provider ends the first one's session, by a form that sends itself.
    const [, itself] = /\.submit\(\)/.test(page) ? (/action="([^"]+)"/.exec(page) ?? []) : [];
    if (itself !== undefined) return go(new URL(itself, url).href, hidden(page));
    pages.push(page);
    return { url, page };
  };
  const hidden = (page: string) =>
    Object.fromEntries(
      [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
  return { go, hidden, pages };
};

/** Everything that a person does in the browser; ends on the last page. */
const logIn = async (where: string, userCode: string, person: string, { go, hidden } = browser()) => {
  const entry = await go(where);
  const code = await go(where, {
    ...hidden(entry.page),
    user_code: userCode,
  });
  const who = await go(code.url, hidden(code.page));
  return go(who.url, { person });
};

describe('the device flow', () => {
  test('gives an access token for the API, and renews it', async () => {
    const started = await begin();
    expect(started.user_code).toMatch(/^\w{4}-\w{4}$/);
    expect((await poll(started.device_code)).body.error).toBe('authorization_pending');
    const tab = browser();
    expect((await logIn(started.verification_uri, started.user_code, 'avery', tab)).page).toContain('Logged in');
    for (const page of tab.pages) expect(page).not.toMatch(/https?:\/\/(?!127\.0\.0\.1)|@import|src=/);
    const { body: tokens } = await poll(started.device_code);
    expect(await read(tokens.access_token)).toMatchObject({
      sub: 'avery',
      client_id: CLIENT,
      groups: ['checkout', 'platform'],
      name: 'Avery',
      email: 'avery@example.com',
    });
    const renewal = { client_id: CLIENT, grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const renewed = await post(endpoints.token_endpoint, renewal);
    expect(await read(renewed.body.access_token)).toMatchObject({ sub: 'avery', groups: ['checkout', 'platform'] });
    expect((await post(endpoints.token_endpoint, renewal)).body.error).toBe('invalid_grant');
  });

  test('asks who it is each time, in the same browser too', async () => {
    const tab = browser();
    for (const person of ['dana', 'avery']) {
      const { verification_uri: where, user_code: code, device_code } = await begin();
      await logIn(where, code, person, tab);
      expect((await read((await poll(device_code)).body.access_token)).sub).toBe(person);
    }
    expect(tab.pages.join()).toContain('Dana &#60;Okafor&#62;');
  });

  test('knows the API that may be named, and no other', async () => {
    expect((await begin({ resource: AUDIENCE })).device_code).not.toBe('');
    expect((await begin({ resource: 'urn:other' })).error).toBe('invalid_target');
  });

  test('a wrong code, or a person who is not there, leads nowhere', async () => {
    const started = await begin();
    const { go, hidden } = browser();
    const entry = await go(started.verification_uri);
    const wrong = await go(started.verification_uri, { ...hidden(entry.page), user_code: 'XXXX-XXXX' });
    expect(wrong.page).toContain('not known');
    expect((await logIn(started.verification_uri, started.user_code, 'mallory')).page).toContain('There is no mallory');
    expect((await poll(started.device_code)).body.error).toBe('authorization_pending');
  });
});

test('a ready-made token says the same as one that was asked for, for twelve hours', async () => {
  const [dana] = PEOPLE;
  if (dana === undefined) throw new Error('nobody is there');
  const claims = await read(await local.tokenFor(dana, new Date()));
  expect(claims).toMatchObject({ sub: 'dana', client_id: CLIENT, groups: ['checkout'], email: 'dana@example.com' });
  expect(Number(claims.exp) - Number(claims.iat)).toBe(12 * 3600);
});

test('a login page without a login under way says so', async () => {
  const answer = await fetch(`${local.issuer}/login/none`, {
    method: 'POST',
    body: new URLSearchParams({ person: 'dana' }),
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('podid login');
});

test('a port that is taken is not waited for', async () => {
  const port = Number(new URL(local.issuer).port);
  const other = await startIssuer({ port, audience: AUDIENCE, teamsClaim: 'groups', people: PEOPLE });
  expect(other.issuer).not.toBe(local.issuer);
  await other.close();
});
