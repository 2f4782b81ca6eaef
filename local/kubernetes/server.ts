/** The API server: TLS, who is asking, whether they may, and the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { authenticate } from './authenticate.ts';
import { readBody } from './body.ts';
import type { Answer, Sources } from './call.ts';
import type { ClusterOptions, UserInfo } from './contract.ts';
import { discover } from './discovery.ts';
import { impersonate } from './impersonate.ts';
import { openapi } from './openapi.ts';
import { type Attributes, authorize } from './rbac.ts';
import { type RequestInfo, readRequest } from './request.ts';
import { answerResource } from './resources.ts';
import { ApiError, forbidden, noSuchPath, toStatus } from './status.ts';
import { API_AUDIENCE } from './tokens.ts';

export type ServerSources = Sources & Pick<ClusterOptions, 'tls' | 'authenticate'> & { version: string };

/** A server that is not listening yet. */
export const makeServer = (sources: ServerSources): Server => {
  const server = createServer({ cert: sources.tls.cert, key: sources.tls.key }, (request, response) => {
    respond(sources, request, response).catch((error: unknown) => fail(response, error));
  });
  server.requestTimeout = 0;
  // Longer than clients keep idle connections: a request must not meet a connection that is just being closed.
  server.keepAliveTimeout = 120_000;
  return server;
};

const respond = async (sources: ServerSources, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const info = readRequest(request.method ?? 'GET', request.url ?? '/');
  if (['/healthz', '/livez', '/readyz'].some((path) => info.path === path || info.path.startsWith(`${path}/`))) {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
    return;
  }
  const body = await readBody(request);
  const { store } = sources.registry;
  const caller = await authenticate(request.headers.authorization, sources.tokens, sources.authenticate);
  const user = impersonate(store, caller, request.headers);
  const attributes = attributesOf(info);
  if (!authorize(store, user, attributes).allowed) throw denied(user, attributes);
  const accept = request.headers.accept ?? '';
  const answer =
    info.resource === undefined
      ? answerPath(sources, info.path, accept)
      : await answerResource(sources, { info, resource: info.resource, user, accept, body });
  write(response, answer);
};

const attributesOf = ({ method, path, resource }: RequestInfo): Attributes =>
  resource === undefined
    ? { verb: method.toLowerCase(), group: '', resource: '', subresource: '', name: '', namespace: '', path }
    : { ...resource, resource: resource.plural };

/** In the real server's words. */
const denied = (
  user: UserInfo,
  { verb, group, resource, subresource, namespace, name, path }: Attributes,
): ApiError => {
  if (path !== undefined) {
    return new ApiError(403, 'Forbidden', `forbidden: User "${user.username}" cannot ${verb} path "${path}"`, {});
  }
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = `User "${user.username}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
  return forbidden({ group, plural: resource }, name, why);
};

/** Discovery and the other paths that are about no resource. */
const answerPath = ({ version, tokens }: ServerSources, path: string, accept: string): Answer => {
  const found = discover(path, accept);
  if (found !== undefined) return { code: 200, ...found };
  if (path.startsWith('/openapi/v3')) {
    const document = openapi(path);
    if (document !== undefined) return { code: 200, body: document, type: 'application/json' };
  }
  if (path === '/version' || path === '/version/') return { code: 200, body: versionOf(version) };
  if (path === '/openid/v1/jwks') return { code: 200, body: tokens.jwks(), type: 'application/jwk-set+json' };
  if (path === '/.well-known/openid-configuration') {
    return {
      code: 200,
      body: {
        issuer: tokens.issuer,
        jwks_uri: `${API_AUDIENCE}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
    };
  }
  throw noSuchPath();
};

const versionOf = (gitVersion: string): object => {
  const [, major = '1', minor = '34'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: 'linux/amd64',
  };
};

const write = (response: ServerResponse, answer: Answer): void => {
  if ('stream' in answer) {
    answer.stream(response);
    return;
  }
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.statusCode = answer.code;
  response.setHeader('content-type', answer.type ?? 'application/json');
  const warnings = (answer.warnings ?? []).map((warning) => `299 - ${JSON.stringify(warning)}`);
  if (warnings.length > 0) response.setHeader('warning', warnings);
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
};

const fail = (response: ServerResponse, error: unknown): void => {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(
          500,
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : error}`,
        );
  if (!(error instanceof ApiError))
    process.emitWarning(`Kubernetes API: ${error instanceof Error ? error.stack : error}`);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const retry = known.details?.retryAfterSeconds;
  if (retry !== undefined) response.setHeader('retry-after', String(retry));
  write(response, { code: known.code, body: toStatus(known) });
};
