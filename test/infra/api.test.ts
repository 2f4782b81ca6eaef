/** The API's door in the hub's template: who is let in, where, how many at once, and who may invoke what is behind it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type SynthesizedStack, synth } from '../../infra/app.ts';
import { configuration, FUNCTIONS, folder, HUB, may, ofType, resourcesOf, standIns, writeConfig } from './fixture.ts';

const OUR_BUS = `arn:aws:events:eu-west-1:${HUB}:event-bus/podid-events`;
const API = { issuer: 'https://id.example.com', audience: ['podid'] };

const hubOf = (api: object | undefined): SynthesizedStack | undefined =>
  synth({
    configFile: writeConfig(configuration({ api })),
    outDir: folder('cdk'),
    bundleDir: standIns([...new Set([...FUNCTIONS.map(({ name }) => name), 'api'])]),
    // An unexplained finding of cdk-nag stops synthesis.
    check: true,
  }).find(({ name }) => name === 'podid-hub');

type Resources = ReturnType<typeof resourcesOf>;

const API_TYPES = /ApiGatewayV2|Api/;
const propertiesOf = (resources: Resources, id: string) => resources[id]?.Properties ?? {};

describe('without the section', () => {
  test('there is no API, and no function for it', () => {
    const resources = resourcesOf(hubOf(undefined));
    expect(Object.entries(resources).filter(([id, { Type }]) => API_TYPES.test(`${id} ${Type}`))).toEqual([]);
  });
});

describe('with the section', () => {
  let resources: Resources;
  beforeAll(() => {
    resources = resourcesOf(hubOf({ ...API, stageLimit: { burst: 7, perSecond: 3 } }));
  });

  test('every route but the two of the description asks for a token of the issuer', () => {
    const routes = ofType(resources, 'AWS::ApiGatewayV2::Route').map(([, route]) => [
      route.RouteKey,
      route.AuthorizationType,
      route.AuthorizerId,
    ]);
    expect(routes).toEqual([
      ['$default', 'JWT', 'arn:aws:test:::ApiAuthorizer'],
      ['GET /openapi.json', 'NONE', undefined],
      ['GET /docs', 'NONE', undefined],
    ]);
    expect(propertiesOf(resources, 'ApiAuthorizer')).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: API.issuer, Audience: API.audience },
    });
  });

  test('all of them lead to the one function, which answers before the gateway gives up', () => {
    const { IntegrationUri, PayloadFormatVersion, TimeoutInMillis } = propertiesOf(resources, 'ApiIntegration');
    expect([IntegrationUri, PayloadFormatVersion]).toEqual(['arn:aws:test:::Api', '2.0']);
    expect(Number(propertiesOf(resources, 'Api').Timeout) * 1000).toBeLessThan(Number(TimeoutInMillis));
    expect(propertiesOf(resources, 'Api').FunctionName).toBe('podid-api');
  });

  test('nobody but this API may invoke it', () => {
    const permissions = ofType(resources, 'AWS::Lambda::Permission').filter(([, { FunctionName }]) =>
      String(FunctionName).endsWith(':::Api'),
    );
    expect(permissions).toEqual([
      [
        'ApiInvokes',
        expect.objectContaining({
          Principal: 'apigateway.amazonaws.com',
          SourceArn: `arn:aws:execute-api:eu-west-1:${HUB}:arn:aws:test:::HttpApi/*`,
        }),
      ],
    ]);
  });

  test('the stage is throttled as configured, and logs who asked what, without tokens and queries', () => {
    const { DefaultRouteSettings, AccessLogSettings } = propertiesOf(resources, 'ApiStage');
    expect(DefaultRouteSettings).toMatchObject({ ThrottlingBurstLimit: 7, ThrottlingRateLimit: 3 });
    expect(AccessLogSettings).toMatchObject({ DestinationArn: 'arn:aws:test:::HttpApiLogs' });
    const format = JSON.stringify(AccessLogSettings);
    expect(format).toContain('$context.authorizer.claims.sub');
    expect(format).not.toMatch(/query|header|authorization/i);
  });

  test('pages of other origins are let in only when the configuration names them', () => {
    expect(propertiesOf(resources, 'HttpApi')).not.toHaveProperty('CorsConfiguration');
    const open = resourcesOf(hubOf({ ...API, corsOrigins: ['https://console.example'] }));
    expect(propertiesOf(open, 'HttpApi').CorsConfiguration).toMatchObject({
      AllowOrigins: ['https://console.example'],
    });
  });

  test.each([
    ['dynamodb:PutItem', 'arn:aws:test:::Table', { 'dynamodb:LeadingKeys': ['GRANT#g-1'] }, 'allow'],
    ['dynamodb:PutItem', 'arn:aws:test:::Table', { 'dynamodb:LeadingKeys': ['LEASE#role'] }, 'implicitDeny'],
    ['dynamodb:DeleteItem', 'arn:aws:test:::Table', { 'dynamodb:LeadingKeys': ['JOURNAL#1'] }, 'explicitDeny'],
    ['dynamodb:Scan', 'arn:aws:test:::Table', {}, 'implicitDeny'],
    ['states:StartExecution', `arn:aws:states:eu-west-1:${HUB}:stateMachine:podid-provision`, {}, 'allow'],
    ['states:StartExecution', `arn:aws:states:eu-west-1:${HUB}:stateMachine:podid-trust`, {}, 'implicitDeny'],
    ['lambda:InvokeFunction', 'arn:aws:test:::CallSpoke', {}, 'allow'],
    ['lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${HUB}:function:podid-cut-sessions`, {}, 'implicitDeny'],
    ['events:PutEvents', OUR_BUS, { 'events:source': ['podid'] }, 'allow'],
    ['events:PutEvents', OUR_BUS, { 'events:source': ['aws.iam'] }, 'implicitDeny'],
    [
      'events:PutEvents',
      `arn:aws:events:eu-west-1:${HUB}:event-bus/podid`,
      { 'events:source': ['podid'] },
      'implicitDeny',
    ],
  ])('its function: %s on %s with %j: %s', (action, resource, context, expected) => {
    expect(may(resources, 'ApiRole', action, resource, context)).toBe(expected);
  });
});
