/** The container credentials endpoint of a pod: answers, errors and status codes are those of the EKS Pod Identity agent (pkg/handlers, internal/validation). */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialCache } from './pod-credentials.ts';
import { AwsRefused } from './signed-call.ts';

export type Listening = {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly close: () => Promise<void>;
};

type Reply = {
  readonly status: number;
  readonly text: string;
  /** The content type; without one the text is an error as Go's http.Error writes it, which the agent uses. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

const HTTP_ERROR = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

const HOSTS = ['127.0.0.1', 'localhost'];

/** Serves `/v1/credentials` on a free port of this machine; what goes wrong is told to `log` too, as the agent writes it to its own. */
export const serveAgent = (cache: CredentialCache, now: () => Date, log: (line: string) => void): Promise<Listening> =>
  listening(async (request) => {
    if (pathOf(request) !== '/v1/credentials') return { status: 404, text: '404 page not found' };
    const reply = await replyTo(cache, request, now());
    if (reply.status !== 200) log(`the credentials endpoint answered ${reply.status}: ${reply.text}`);
    return reply;
  });

/** A small server on a free port of 127.0.0.1 that never keeps the process alive by itself. */
export const listening = async (reply: (request: IncomingMessage) => Promise<Reply>): Promise<Listening> => {
  const server = createServer((request, response) => {
    void reply(request)
      .catch((error: unknown): Reply => ({ status: 500, text: error instanceof Error ? error.message : String(error) }))
      .then(({ status, text, type, headers }) => {
        if (type === undefined) response.writeHead(status, HTTP_ERROR).end(`${text}\n`);
        else response.writeHead(status, { ...headers, 'content-type': type }).end(text);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?')[0] ?? '/';

const replyTo = async (cache: CredentialCache, { headers }: IncomingMessage, now: Date): Promise<Reply> => {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (!HOSTS.includes(host)) {
    const hosts = `[${HOSTS.join(' ')}]`;
    return {
      status: 403,
      text: `Access Denied. Called agent through invalid address, please use either ${hosts} address not ${host}`,
    };
  }
  const token = headers.authorization ?? '';
  const problem = problemOf(token, now);
  if (problem !== undefined) return { status: 400, text: problem };
  try {
    return { status: 200, text: JSON.stringify(await cache.get(token)), type: 'application/json' };
  } catch (error) {
    if (!(error instanceof AwsRefused)) throw error;
    const { status, requestId, name, message } = error;
    return { status, text: `[${requestId}]: (${name}): ${message}, fault: ${status < 500 ? 'client' : 'server'}` };
  }
};

/** What the agent sees by itself: that it is a token, and of today. EKS Auth checks the rest. */
const problemOf = (token: string, now: Date): string | undefined => {
  if (token === '') return 'Service account token cannot be empty';
  const claims = claimsOf(token);
  if (typeof claims === 'string') return `Service account token cannot be parsed: token is malformed: ${claims}`;
  const seconds = now.getTime() / 1000;
  const invalid = (why: string) =>
    `Service account token failed basic claim validations: token has invalid claims: ${why}`;
  if (typeof claims.exp === 'number' && seconds >= claims.exp) return invalid('token is expired');
  return typeof claims.nbf === 'number' && seconds < claims.nbf ? invalid('token is not valid yet') : undefined;
};

const claimsOf = (token: string): { readonly exp?: unknown; readonly nbf?: unknown } | string => {
  const parts = token.split('.');
  if (parts.length !== 3) return 'token contains an invalid number of segments';
  try {
    const [, claims] = parts.map((part) => Buffer.from(part, 'base64url').toString());
    const read: unknown = JSON.parse(claims ?? '');
    return typeof read === 'object' && read !== null ? read : 'could not JSON decode claim';
  } catch {
    return 'could not JSON decode claim';
  }
};
