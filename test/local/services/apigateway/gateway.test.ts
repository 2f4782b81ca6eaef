/** An API from a template, over HTTP: who reaches the function behind it, and what the gateway answers to the others. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { deployTemplate } from '../../../../local/deploy/index.ts';
import { type LocalIssuer, startIssuer } from '../../../../local/oidc/start.ts';
import { apisOf, type HttpApi } from '../../../../local/services/apigateway/index.ts';
import { service as lambda } from '../../../../local/services/lambda/index.ts';
import { groupsOf } from '../../../../local/services/logs/group.ts';
import { service as logs } from '../../../../local/services/logs/index.ts';
import { HUB, REGION, type SmallCloud, smallCloud } from '../../deploy/small-cloud.ts';

const DANA = { id: 'dana', name: 'Dana', email: 'dana@example.com', teams: ['checkout', 'web'] };
const AUDIENCE = 'urn:podid:api';

let small: SmallCloud;
let issuer: LocalIssuer;
let folder: string;
let token: string;

beforeAll(async () => {
  small = await smallCloud(lambda, logs);
  issuer = await startIssuer({ port: 0, audience: AUDIENCE, teamsClaim: 'groups', people: [DANA] });
  token = await issuer.tokenFor(DANA, new Date());
  folder = mkdtempSync(path.join(tmpdir(), 'podid-api-'));
  mkdirSync(path.join(folder, 'asset.api'));
  writeFileSync(path.join(folder, 'asset.api', 'index.mjs'), BEHIND);
});
afterAll(async () => {
  await small.close();
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers what it got; or does what the path says. */
const BEHIND = `export const handler = async (event) => {
  if (event.rawPath === '/throw') throw new Error('a secret');
  if (event.rawPath === '/late') await new Promise((resolve) => setTimeout(resolve, 2_000));
  if (event.rawPath === '/nonsense') return { statusCode: 'many' };
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').length;
  return { statusCode: 207, headers: { etag: '"1"' }, body: JSON.stringify({ event, bytes }) };
};`;

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const ref = (id: string) => ({ Ref: id });

/** The resources of an API called `name`; `change` replaces properties of some. */
const deploy = async (name: string, change: Record<string, object> = {}): Promise<HttpApi> => {
  const invokes = { 'Fn::Join': ['', ['arn:aws:execute-api:', ref('AWS::Region'), `:${HUB}:`, ref('Api'), '/*']] };
  const target = { 'Fn::Join': ['', ['integrations/', ref('Integration')]] };
  const all: Record<string, [type: string, properties: object]> = {
    Api: ['ApiGatewayV2::Api', { Name: name, ProtocolType: 'HTTP' }],
    Authorizer: [
      'ApiGatewayV2::Authorizer',
      {
        ApiId: ref('Api'),
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: issuer.issuer, Audience: [AUDIENCE] },
      },
    ],
    Integration: [
      'ApiGatewayV2::Integration',
      {
        ApiId: ref('Api'),
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: arn('Behind'),
        PayloadFormatVersion: '2.0',
      },
    ],
    Default: [
      'ApiGatewayV2::Route',
      {
        ApiId: ref('Api'),
        RouteKey: '$default',
        Target: target,
        AuthorizationType: 'JWT',
        AuthorizerId: ref('Authorizer'),
      },
    ],
    Docs: ['ApiGatewayV2::Route', { ApiId: ref('Api'), RouteKey: 'GET /docs', Target: target }],
    Stage: ['ApiGatewayV2::Stage', { ApiId: ref('Api'), StageName: '$default', AutoDeploy: true }],
    Invokes: [
      'Lambda::Permission',
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: arn('Behind'),
        Principal: 'apigateway.amazonaws.com',
        SourceArn: invokes,
      },
    ],
    Behind: [
      'Lambda::Function',
      {
        FunctionName: name,
        Role: arn('Role'),
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Timeout: 20,
        MemorySize: 128,
        Code: { S3Key: 'api.zip' },
      },
    ],
    Role: [
      'IAM::Role',
      {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
        RoleName: `${name}-role`,
      },
    ],
  };
  const resources = Object.fromEntries(
    Object.entries(all).map(([id, [type, properties]]) => [
      id,
      { Type: `AWS::${type}`, Properties: { ...properties, ...change[id] } },
    ]),
  );
  const templateFile = path.join(folder, `${name}.template.json`);
  writeFileSync(templateFile, JSON.stringify({ Resources: resources }));
  await deployTemplate(small.cloud, { templateFile, account: HUB, region: REGION, assetsDir: folder });
  const api = [...apisOf(small.cloud, HUB, REGION).values()].find((one) => one.name === name);
  if (api === undefined) throw new Error(`${name} was not deployed`);
  return api;
};

const ask = async (api: HttpApi, where: string, init: RequestInit = {}) => {
  const answer = await fetch(`${api.endpoint}${where}`, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
};
const bearing = (given: string, more: RequestInit = {}): RequestInit => ({
  ...more,
  headers: { ...more.headers, authorization: `Bearer ${given}` },
});

describe('with a token', () => {
  let api: HttpApi;
  beforeAll(async () => {
    api = await deploy('whole', {
      Stage: {
        AccessLogSettings: {
          DestinationArn: `arn:aws:logs:${REGION}:${HUB}:log-group:/aws/vendedlogs/apis/whole:*`,
          Format: '$context.authorizer.claims.sub $context.httpMethod $context.path $context.status $context.nothing',
        },
      },
    });
  });

  test('a ready-made one reaches the function, which sees who it is; and the access log says so', async () => {
    const answer = await ask(api, '/grants?limit=2', bearing(token));
    expect(answer.status).toBe(207);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.body.event).toMatchObject({
      rawPath: '/grants',
      queryStringParameters: { limit: '2' },
      headers: { authorization: `Bearer ${token}` },
      requestContext: { apiId: api.id, authorizer: { jwt: { claims: { sub: 'dana', groups: '[checkout web]' } } } },
    });
    expect(answer.headers.get('apigw-requestid')).toBe(answer.body.event.requestContext.requestId);
    const lines = groupsOf(small.cloud, HUB, REGION)
      .get('/aws/vendedlogs/apis/whole')
      ?.events.map((one) => one.message);
    expect(lines?.at(-1)).toBe('dana GET /grants 207 -');
  });

  test('a body arrives whole, whatever its bytes', async () => {
    const body = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256);
    const answer = await ask(api, '/grants', bearing(token, { method: 'POST', body }));
    expect(answer.body.bytes).toBe(300_000);
  });

  test('too large a body, for the gateway or for a function, is 413', async () => {
    for (const size of [10 * 1024 * 1024 + 1, 7 * 1024 * 1024]) {
      const init = { method: 'POST', body: new Uint8Array(size), headers: { 'content-type': 'application/json' } };
      expect(await ask(api, '/grants', bearing(token, init))).toMatchObject({
        status: 413,
        body: { message: 'Request Entity Too Large' },
      });
    }
  });

  test.each(['/throw', '/nonsense'])('a function that fails (%s) is 500, and says nothing of why', async (where) => {
    expect(await ask(api, where, bearing(token))).toMatchObject({
      status: 500,
      body: { message: 'Internal Server Error' },
    });
  });

  test('a function that the gateway may not invoke is 500, and the reason is told to whoever runs this', async () => {
    const other = await deploy('closed', { Invokes: { SourceArn: `arn:aws:execute-api:${REGION}:${HUB}:another/*` } });
    expect((await ask(other, '/grants', bearing(token))).status).toBe(500);
    expect(small.reports.at(-1)).toMatch(/closed: .*not authorized to perform: lambda:InvokeFunction/);
  });

  test('one that is late is 503', async () => {
    const other = await deploy('slow', { Integration: { TimeoutInMillis: 50 } });
    expect(await ask(other, '/late', bearing(token))).toMatchObject({
      status: 503,
      body: { message: 'Service Unavailable' },
    });
  });

  test('more than the stage allows at once is 429', async () => {
    const other = await deploy('narrow', {
      Stage: { DefaultRouteSettings: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 0.001 } },
    });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await ask(other, '/grants', bearing(token))).status);
    expect(statuses).toEqual([207, 207, 429]);
  });
});

describe('who has no good token is 401, and the function never hears of it', () => {
  let api: HttpApi;
  beforeAll(async () => {
    // Any invocation would answer 500.
    api = await deploy('guarded', { Behind: { Handler: 'index.nothing' } });
  });
  const claims = () => ({ groups: ['platform'] });
  const seconds = () => Math.floor(Date.now() / 1000);

  const unauthorized = async (init: RequestInit, challenge: string | RegExp) => {
    const answer = await ask(api, '/grants', init);
    expect(answer).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    expect(answer.headers.get('www-authenticate')).toMatch(challenge);
  };

  test('none at all', () => unauthorized({}, /^Bearer$/));
  test('no token', () =>
    unauthorized(bearing('x'), /error="invalid_token" error_description="the token is malformed"/));
  test('an expired one', async () => {
    const old = await issuer.tokenFor(DANA, new Date(Date.now() - 13 * 3_600_000));
    await unauthorized(bearing(old), /the token has expired/);
  });
  test('one issued in the future', async () => {
    const early = await issuer.tokenFor(DANA, new Date(Date.now() + 3_600_000));
    await unauthorized(bearing(early), /issued in the future/);
  });
  test('one whose claims were changed', async () => {
    const [head, body = '', signature] = token.split('.');
    const changed = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), groups: ['platform'] };
    const forged = [head, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
    await unauthorized(bearing(forged), /the signature is not valid/);
  });
  test.each(['podid-local', 'another'])('one signed with a key of somebody else, called %s', async (kid) => {
    const { privateKey } = await generateKeyPair('RS256');
    const forged = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(issuer.issuer)
      .setAudience(AUDIENCE)
      .setExpirationTime(seconds() + 60)
      .sign(privateKey);
    await unauthorized(bearing(forged), /signature is not valid|none of the issuer's/);
  });
  test('one without a signature', async () => {
    const bare = new UnsecuredJWT(claims())
      .setIssuer(issuer.issuer)
      .setAudience(AUDIENCE)
      .setExpirationTime('1h')
      .encode();
    await unauthorized(bearing(bare), /invalid_token/);
  });
  test('one signed with the public key as a secret', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)));
    const forged = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: 'podid-local' })
      .setIssuer(issuer.issuer)
      .setAudience(AUDIENCE)
      .setExpirationTime('1h')
      .sign(secret);
    await unauthorized(bearing(forged), /signing method is not allowed/);
  });

  test('but a route without an authorizer is open, and a path below it is not', async () => {
    expect((await ask(api, '/docs')).status).toBe(500);
    expect((await ask(api, '/docs/x')).status).toBe(401);
  });
});

test.each([
  ['a scope on a route', { Default: { AuthorizationScopes: ['podid'] } }, 'scopes'],
  ['an authorizer of another kind', { Authorizer: { AuthorizerType: 'REQUEST' } }, 'JWT'],
  ['a route that says JWT and names none', { Docs: { AuthorizationType: 'JWT' } }, 'authorized by JWT'],
  ['a route that says nothing and names one', { Docs: { AuthorizerId: ref('Authorizer') } }, 'authorized by NONE'],
  ['a route to nowhere', { Docs: { Target: 'integrations/none' } }, 'leads nowhere'],
  ['a web socket', { Api: { ProtocolType: 'WEBSOCKET' } }, 'HTTP APIs'],
])('%s is not deployed as something weaker', async (why, change, message) => {
  await expect(deploy(why.replaceAll(' ', '-').slice(0, 30), change)).rejects.toThrow(message);
});
