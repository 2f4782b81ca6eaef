/** An API's listener: CORS, route, throttle, authorizer, function, access log; in that order. */
import { randomUUID } from 'node:crypto';
import type { InvocationResponse } from '@aws-sdk/client-lambda';
import type { Cloud } from '../../contract.ts';
import { utf8, type WireAnswer, type WireRequest } from '../../wire/message.ts';
import { listen, PortTaken } from '../../wire/server.ts';
import { backgroundOf } from '../background.ts';
import { logGroup, writeLog } from '../logs/index.ts';
import { serviceCaller } from '../sessions.ts';
import { accessLine } from './access-log.ts';
import { answerOf, gatewayAnswer } from './answer.ts';
import { apiPorts, type HttpApi, type Integration, type Route, type Stage } from './api.ts';
import { type Verdict, type Verify, verifierOf } from './authorizer.ts';
import { preflight, withCors } from './cors.ts';
import { type ApiEvent, eventOf } from './event.ts';
import { routeOf } from './route.ts';
import { type Throttle, throttleOf } from './throttle.ts';

/** Of a request, body alone (API Gateway quotas, "Payload size": 10 MB). */
const LARGEST_BODY = 10 * 1024 * 1024;

/** Listens for an API from now on, until the cloud closes. Gives its endpoint. */
export const serve = async (cloud: Cloud, api: HttpApi): Promise<string> => {
  const verifiers = new Map<string, Verify>();
  const throttles = new Map<Stage, Throttle>();
  const answer = async (request: WireRequest): Promise<WireAnswer> => {
    const { stage } = api;
    if (stage === undefined) return gatewayAnswer(404);
    const began = performance.now();
    const at = cloud.now();
    const requestId = randomUUID();
    const handled = await handle({ cloud, api, stage, requestId, at, verifiers, throttles }, request);
    const { status, headers, body } = withCors(handled.answer, api.cors, request.headers.origin);
    const given: WireAnswer = { status, headers: { ...headers, 'apigw-requestid': requestId }, body };
    if (stage.accessLog !== undefined) {
      const { group, format } = stage.accessLog;
      const ms = performance.now() - began;
      const line = accessLine(format, { ...handled, api, stage, request, answer: given, requestId, at, ms });
      writeLog(logGroup(cloud, api.account, api.region, group), api.id, at, line);
    }
    return given;
  };
  const server = await bound(answer, apiPorts(cloud).wanted);
  cloud.onClose(server.close);
  api.endpoint = server.endpoint;
  return server.endpoint;
};

const bound: typeof listen = async (answer, port) => {
  try {
    return await listen(answer, port);
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    return listen(answer, 0);
  }
};

type Context = {
  readonly cloud: Cloud;
  readonly api: HttpApi;
  readonly stage: Stage;
  readonly requestId: string;
  readonly at: Date;
  readonly verifiers: Map<string, Verify>;
  readonly throttles: Map<Stage, Throttle>;
};

type Handled = {
  readonly answer: WireAnswer;
  readonly route?: Route;
  readonly claims?: Readonly<Record<string, unknown>>;
};

const handle = async (context: Context, request: WireRequest): Promise<Handled> => {
  const { api, stage, requestId, at } = context;
  const early = preflight(api.cors, request);
  if (early !== undefined) return { answer: early };
  const taken = routeOf(api, request.method, request.path);
  if (taken === undefined) return { answer: gatewayAnswer(404) };
  const { route } = taken;
  if (!letThrough(context)) return { route, answer: gatewayAnswer(429) };
  if (request.body.length > LARGEST_BODY) return { route, answer: gatewayAnswer(413) };
  const verdict = await verdictOn(context, route, request.headers.authorization);
  if (verdict !== undefined && 'challenge' in verdict) {
    return { route, answer: gatewayAnswer(401, { 'www-authenticate': verdict.challenge }) };
  }
  const admitted = { api, stage, taken, requestId, now: at, ...(verdict ?? {}) };
  const answer = await askFunction(context, route, eventOf(request, admitted));
  return { route, answer, ...(verdict ?? {}) };
};

const letThrough = ({ stage, throttles, at }: Context): boolean => {
  if (stage.throttle === undefined) return true;
  const throttle = throttles.get(stage) ?? throttleOf(stage.throttle);
  throttles.set(stage, throttle);
  return throttle(at);
};

/** Undefined on a route that anybody may take. */
const verdictOn = async (
  { api, verifiers, at }: Context,
  { authorizer: id }: Route,
  authorization: string | undefined,
): Promise<Verdict | undefined> => {
  if (id === undefined) return undefined;
  const authorizer = api.authorizers.get(id);
  if (authorizer === undefined) return { challenge: 'Bearer' };
  const verify = verifiers.get(id) ?? verifierOf(authorizer);
  verifiers.set(id, verify);
  return verify(authorization, at);
};

const askFunction = async (context: Context, route: Route, event: ApiEvent): Promise<WireAnswer> => {
  const { cloud, api } = context;
  const integration = api.integrations.get(route.integration);
  if (integration === undefined) return gatewayAnswer(500);
  const late = Symbol('late');
  const waiting = new AbortController();
  try {
    const outcome = await Promise.race([
      invoke(context, route, integration, event),
      elapsed(integration.timeoutMs, waiting.signal).then(() => late),
    ]);
    if (outcome === late || typeof outcome === 'symbol') return gatewayAnswer(503);
    if (outcome.FunctionError !== undefined) return gatewayAnswer(500);
    return answerOf(Buffer.from(outcome.Payload ?? []).toString()) ?? gatewayAnswer(500);
  } catch (error) {
    // The caller learns as little as with AWS; whoever runs this learns it all.
    backgroundOf(cloud).report(`${api.name}: ${error instanceof Error ? error.message : error}`);
    return gatewayAnswer(statusOf(error));
  } finally {
    waiting.abort();
  }
};

/** As the service itself, for this route: the function's policy decides. */
const invoke = async (
  { cloud, api, stage }: Context,
  { key }: Route,
  { functionArn }: Integration,
  event: ApiEvent,
): Promise<InvocationResponse> => {
  const route = key.replace(' ', '');
  const caller = serviceCaller('apigateway.amazonaws.com', {
    arn: `arn:${cloud.partition}:execute-api:${api.region}:${api.account}:${api.id}/${stage.name}/${route}`,
    account: api.account,
  });
  const input = { FunctionName: functionArn, Payload: utf8(JSON.stringify(event)) };
  // Invoke's own output type; a table of operations of many types is one of unknown ones.
  return (await cloud.call('lambda', 'Invoke', input, { caller, region: api.region })) as InvocationResponse;
};

const elapsed = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });

const statusOf = (error: unknown): 413 | 500 | 503 => {
  const name = error instanceof Error ? error.name : '';
  if (name === 'RequestTooLargeException') return 413;
  return name === 'TooManyRequestsException' ? 503 : 500;
};
