/** The line that a stage logs of each request: its format with `$context.NAME` filled in. Pure. */
import type { WireAnswer, WireRequest } from '../../wire/message.ts';
import type { HttpApi, Route, Stage } from './api.ts';
import { flatClaims } from './claims.ts';
import { commonLogTime } from './event.ts';

export type Logged = {
  readonly api: HttpApi;
  readonly stage: Stage;
  readonly request: WireRequest;
  readonly answer: WireAnswer;
  readonly requestId: string;
  readonly at: Date;
  readonly ms: number;
  readonly route?: Route | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
};

/** What isn't known is `-`, as in API Gateway's own logs. */
export const accessLine = (format: string, logged: Logged): string => {
  const known = variables(logged);
  return format.replaceAll(/\$context\.([\w.]+)/g, (_, name: string) => known[name] ?? '-');
};

const variables = ({
  api,
  stage,
  request,
  answer,
  requestId,
  at,
  ms,
  route,
  claims,
}: Logged): Record<string, string> => ({
  accountId: api.account,
  apiId: api.id,
  domainName: request.headers.host ?? '-',
  httpMethod: request.method,
  'identity.sourceIp': request.sourceIp,
  'identity.userAgent': request.headers['user-agent'] ?? '-',
  path: request.path,
  protocol: 'HTTP/1.1',
  requestId,
  requestTime: commonLogTime(at),
  requestTimeEpoch: String(at.getTime()),
  responseLatency: ms.toFixed(0),
  responseLength: String(answer.body.length),
  routeKey: route?.key ?? '-',
  stage: stage.name,
  status: String(answer.status),
  'authorizer.error': answer.headers['www-authenticate'] ?? '-',
  ...Object.fromEntries(
    Object.entries(flatClaims(claims ?? {})).map(([name, value]) => [`authorizer.claims.${name}`, value]),
  ),
});
