/** Which tokens the JWT authorizer takes: of an issuer that signs whatever it is told to. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { verifierOf } from '../../../../local/services/apigateway/authorizer.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const at = (seconds: number): number => NOW.getTime() / 1000 + seconds;

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

let server: Server;
let issuer: string;
let keys: Record<'RS256' | 'ES256', Key>;
/** Whether it answers at all. */
let up = true;

beforeAll(async () => {
  const [rsa, ec] = [await generateKeyPair('RS256'), await generateKeyPair('ES256')];
  keys = { RS256: rsa.privateKey, ES256: ec.privateKey };
  const jwks = [
    { ...(await exportJWK(rsa.publicKey)), kid: 'RS256' },
    { ...(await exportJWK(ec.publicKey)), kid: 'ES256' },
  ];
  server = createServer((request, response) => {
    const discovery = request.url?.endsWith('openid-configuration');
    response.statusCode = up ? 200 : 503;
    response.end(JSON.stringify(discovery ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: jwks }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const sign = (claims: object, alg: 'RS256' | 'ES256' = 'RS256') =>
  new SignJWT({ iss: issuer, exp: at(60), ...claims }).setProtectedHeader({ alg, kid: alg }).sign(keys[alg]);
const verify = () => verifierOf({ issuer, audience: ['podid', 'podid-too'] });

test.each<[what: string, claims: object]>([
  ['for one of the audience', { aud: 'podid-too' }],
  ['for the audience among others', { aud: ['other', 'podid'] }],
  ['without an audience, of a client of that name', { client_id: 'podid' }],
  ['valid since now', { aud: 'podid', nbf: at(0), iat: at(0) }],
])('taken: a token %s', async (_, claims) => {
  expect(await verify()(`Bearer ${await sign(claims)}`, NOW)).toEqual({ claims: expect.objectContaining(claims) });
});

test.each<[what: string, claims: object, why: string]>([
  ['for somebody else', { aud: 'other' }, 'audience'],
  ['for nobody', {}, 'audience'],
  ['for somebody else, of a client of the right name', { aud: 'other', client_id: 'podid' }, 'audience'],
  ['that ends now', { aud: 'podid', exp: at(0) }, 'expired'],
  ['that never ends', { aud: 'podid', exp: undefined }, 'exp'],
  ['that is not valid yet', { aud: 'podid', nbf: at(1) }, 'nbf'],
  ['of tomorrow', { aud: 'podid', iat: at(1) }, 'future'],
  ['of another issuer', { aud: 'podid', iss: 'https://id.example.com' }, 'iss'],
  ['of an issuer of almost that name', { aud: 'podid', iss: 'http://127.0.0.1/' }, 'iss'],
])('refused: a token %s', async (_, claims, why) => {
  expect(await verify()(`Bearer ${await sign(claims)}`, NOW)).toEqual({
    challenge: expect.stringMatching(new RegExp(`^Bearer scope="" error="invalid_token" error_description=".*${why}`)),
  });
});

test('refused: a signature that is not RSA, though the issuer has such a key', async () => {
  expect(await verify()(`Bearer ${await sign({ aud: 'podid' }, 'ES256')}`, NOW)).toEqual({
    challenge: expect.stringContaining('signing method'),
  });
});

test('the word Bearer may be left out; nothing at all is told apart from something wrong', async () => {
  expect(await verify()(await sign({ aud: 'podid' }), NOW)).toHaveProperty('claims');
  for (const nothing of [undefined, '', 'Bearer '])
    expect(await verify()(nothing, NOW)).toEqual({ challenge: 'Bearer' });
});

test('an issuer that is down lets nobody in, and is asked again', async () => {
  const asked = verify();
  const token = `Bearer ${await sign({ aud: 'podid' })}`;
  up = false;
  expect(await asked(token, NOW)).toEqual({ challenge: expect.stringContaining('communication error') });
  up = true;
  expect(await asked(token, NOW)).toHaveProperty('claims');
});
