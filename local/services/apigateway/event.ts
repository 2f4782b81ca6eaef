/** A request as a function gets it: payload format 2.0 (API Gateway guide, "Create Lambda proxy integrations for HTTP APIs"). Pure. */
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { WireRequest } from '../../wire/message.ts';
import type { HttpApi, Stage } from './api.ts';
import { flatClaims } from './claims.ts';
import type { Taken } from './route.ts';

type Event = APIGatewayProxyEventV2WithJWTAuthorizer;
/** A route without an authorizer has none in its context. */
export type ApiEvent = Omit<Event, 'requestContext'> & {
  readonly requestContext: Omit<Event['requestContext'], 'authorizer'> &
    Partial<Pick<Event['requestContext'], 'authorizer'>>;
};

export type Admitted = {
  readonly api: HttpApi;
  readonly stage: Stage;
  readonly taken: Taken;
  readonly requestId: string;
  readonly now: Date;
  /** Of the verified token; absent on a route without an authorizer. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

export const eventOf = (request: WireRequest, { api, stage, taken, requestId, now, claims }: Admitted): ApiEvent => {
  const { cookie, ...headers } = request.headers;
  const { host = 'localhost' } = headers;
  const path = decoded(request.path);
  const rawPath = stage.name === '$default' ? path : `/${stage.name}${path}`;
  const query = [...new Set(request.query.keys())].map((name) => [name, request.query.getAll(name).join(',')] as const);
  return {
    version: '2.0',
    routeKey: taken.route.key,
    rawPath,
    rawQueryString: request.query.toString(),
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers: {
      ...headers,
      'x-forwarded-for': request.sourceIp,
      'x-forwarded-port': host.split(':').at(1) ?? '80',
      'x-forwarded-proto': 'http',
    },
    ...(query.length === 0 ? {} : { queryStringParameters: Object.fromEntries(query) }),
    ...(Object.keys(taken.pathParameters).length === 0 ? {} : { pathParameters: { ...taken.pathParameters } }),
    requestContext: {
      accountId: api.account,
      apiId: api.id,
      ...(claims === undefined
        ? {}
        : { authorizer: { principalId: '', integrationLatency: 0, jwt: { claims: flatClaims(claims), scopes: [] } } }),
      domainName: host,
      domainPrefix: host.split('.').at(0) ?? host,
      http: {
        method: request.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: taken.route.key,
      stage: stage.name,
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...bodyOf(request),
  };
};

/** Text goes as it is, everything else in base64: forms and what has no type, too. */
const TEXT = /^(text\/|application\/([\w.-]+\+)?(json|xml|javascript)\b)/i;

const bodyOf = ({ body, headers }: WireRequest): { body?: string; isBase64Encoded: boolean } => {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = TEXT.test(headers['content-type'] ?? '');
  return { body: Buffer.from(body).toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
};

/** The gateway decodes paths before anybody sees them; what can't be decoded stays. */
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
export const commonLogTime = (at: Date): string => {
  const [date = '', time = ''] = at.toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
};
