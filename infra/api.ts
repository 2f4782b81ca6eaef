/** The API's door: an HTTP API that lets in whoever has a token of the configured issuer, and the one function behind it. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { CfnApi, CfnAuthorizer, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnPermission, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ApiSettings } from '../functions/api-settings.ts';
import { machineArn, PREFIX } from '../functions/names.ts';
import { addHubFunction, type Hub } from './constructs/hub.ts';
import { named } from './constructs/logical-id.ts';
import { tellWorld } from './constructs/tell-world.ts';

const API = `${PREFIX}-api`;

/** Who may see them has no need of a token: they say what there is to ask, and nothing about anybody. */
const OPEN_ROUTES = { OpenapiRoute: 'GET /openapi.json', DocsRoute: 'GET /docs' } as const;

/** Adds the API when the configuration has its section; without an issuer there is nobody who could be let in. */
export const apiInHub = (hub: Hub): void => {
  const settings = hub.config.api;
  if (settings === undefined) return;
  const { stack } = hub;
  const behind = apiFunction(hub);
  const api = new CfnApi(stack, 'HttpApi', {
    name: API,
    description: 'Asks for access, approves it, shows who has which and why.',
    protocolType: 'HTTP',
    ...(settings.corsOrigins.length === 0 ? {} : { corsConfiguration: corsOf(settings) }),
  });
  const authorizer = new CfnAuthorizer(stack, 'ApiAuthorizer', {
    apiId: api.ref,
    name: API,
    authorizerType: 'JWT',
    identitySource: ['$request.header.Authorization'],
    jwtConfiguration: { issuer: settings.issuer, audience: settings.audience },
  });
  const integration = new CfnIntegration(stack, 'ApiIntegration', {
    apiId: api.ref,
    integrationType: 'AWS_PROXY',
    integrationUri: behind.functionArn,
    payloadFormatVersion: '2.0',
    timeoutInMillis: TIMEOUT_SECONDS * 1000,
  });
  const target = `integrations/${integration.ref}`;
  // One route for all: which paths there are, and what answers 404 and 405, the function's router says.
  new CfnRoute(stack, 'ApiRoute', {
    apiId: api.ref,
    routeKey: '$default',
    target,
    authorizationType: 'JWT',
    authorizerId: authorizer.ref,
  });
  for (const [id, routeKey] of Object.entries(OPEN_ROUTES)) {
    const route = new CfnRoute(stack, id, { apiId: api.ref, routeKey, target, authorizationType: 'NONE' });
    const reason = "The API's description: the same for everybody, and in the public source of podid.";
    Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
  }
  addStage(hub, api, settings);
  // By this API alone, and by none of its name that somebody else makes.
  new CfnPermission(stack, 'ApiInvokes', {
    action: 'lambda:InvokeFunction',
    functionName: behind.functionName,
    principal: 'apigateway.amazonaws.com',
    sourceArn: stack.formatArn({ service: 'execute-api', resource: api.ref, resourceName: '*' }),
  });
};

/** The longest that an HTTP API waits (API Gateway quotas, "Maximum integration timeout"). */
const TIMEOUT_SECONDS = 30;

const apiFunction = (hub: Hub): LambdaFunction => {
  const { account, region } = hub.config.hub;
  return addHubFunction(hub, {
    file: 'api',
    description: 'The API: checks what is asked, lets guardrails judge it, records it, starts what follows.',
    // Less than the gateway waits, so that who is late is told by us.
    timeoutSeconds: TIMEOUT_SECONDS - 1,
    // Cedar's 4 MB of WebAssembly are compiled at a cold start, and memory decides the share of a CPU.
    memory: 1024,
    table: { indexes: ['byRole', 'byTime', 'due'], puts: ['GRANT', 'CLAIM', 'ANSWER', 'DUE', 'TOLD'] },
    may: [
      {
        sid: 'StartProvision',
        actions: ['states:StartExecution'],
        resources: [machineArn('provision', account, region)],
      },
      // To look before a preview: what the accounts hold now.
      { sid: 'AskSpokes', actions: ['lambda:InvokeFunction'], resources: [hub.callSpoke.functionArn] },
      tellWorld(hub),
    ],
  });
};

const corsOf = ({ corsOrigins }: ApiSettings): CfnApi.CorsProperty => ({
  allowOrigins: corsOrigins,
  allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'],
  exposeHeaders: ['etag', 'location', 'retry-after', 'www-authenticate'],
  maxAge: 3600,
});

const addStage = ({ stack, config }: Hub, api: CfnApi, { stageLimit }: ApiSettings): void => {
  const logs = named(
    new LogGroup(stack, 'HttpApiLogs', {
      // The prefix that keeps the account's log resource policy short (API Gateway guide, "Configure logging for HTTP APIs").
      logGroupName: `/aws/vendedlogs/apis/${API}`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
    'HttpApiLogs',
  );
  new CfnStage(stack, 'ApiStage', {
    apiId: api.ref,
    stageName: '$default',
    autoDeploy: true,
    defaultRouteSettings: {
      throttlingBurstLimit: stageLimit.burst,
      throttlingRateLimit: stageLimit.perSecond,
      detailedMetricsEnabled: true,
    },
    accessLogSettings: { destinationArn: logs.logGroupArn, format: JSON.stringify(ACCESS_LOG) },
  });
};

/** No token, no query: those who read logs need not learn what was looked for. */
const ACCESS_LOG = {
  at: '$context.requestTime',
  requestId: '$context.requestId',
  subject: '$context.authorizer.claims.sub',
  client: '$context.authorizer.claims.client_id',
  sourceIp: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  refused: '$context.authorizer.error',
} as const;
