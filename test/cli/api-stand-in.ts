/** Plays podid's API on a port: answers as it is told, and keeps what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type Asked = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
};

export type Told = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless it is a string. */
  readonly body?: unknown;
  /** The connection is cut instead. */
  readonly cut?: boolean;
  /** There is no answer at all. */
  readonly never?: boolean;
};

export type StandIn = {
  readonly url: string;
  readonly asked: Asked[];
  /** By `METHOD /path`; of a list the last is told again and again. What isn't there is 404. */
  readonly tell: (answers: Readonly<Record<string, Told | readonly Told[]>>) => void;
  readonly end: () => Promise<void>;
};

export const startStandIn = async (): Promise<StandIn> => {
  const asked: Asked[] = [];
  let answers = new Map<string, Told[]>();
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const raw = await text(request);
    asked.push({ method, path: url, headers, body: raw === '' ? undefined : jsonOr(raw) });
    const list = answers.get(`${method} ${url.split('?')[0]}`) ?? [];
    const told = list.length > 1 ? list.shift() : list[0];
    if (told?.never === true) return;
    if (told?.cut === true) return void request.socket.destroy();
    const {
      status = 200,
      headers: more,
      body,
    } = told ?? { status: 404, body: problem(404, 'There is no such thing.') };
    const type = isProblem(body) ? 'application/problem+json' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...more });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    tell: (next) => {
      asked.length = 0;
      answers = new Map(Object.entries(next).map(([route, told]) => [route, [told].flat()]));
    },
    end: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

/** Of ours; what stands in for an issuer sends plain JSON. */
const isProblem = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'type' in body && String(body.type).startsWith('urn:podid:problem:');

/** A problem as the API sends it. */
export const problem = (status: number, detail: string, more: object = {}) => ({
  type: 'urn:podid:problem:test',
  title: 'A title',
  status,
  detail,
  ...more,
});

const jsonOr = (raw: string): unknown => {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
};
