/** The one HTTP server of the cloud: reads whole requests, hands them on, writes the answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NoAnswer } from './errors.ts';
import { utf8, type WireAnswer, type WireRequest } from './message.ts';

/** The largest request of the services here is DynamoDB's BatchWriteItem, 16 MB. */
const MAX_BODY_BYTES = 17 * 1024 * 1024;

/** The port is taken by another program. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  constructor(port: number, options?: ErrorOptions) {
    super(`Port ${port} is taken by another program. Choose another with --port N or PODID_PORT=N.`, options);
  }
}

/** Listens on 127.0.0.1. @throws PortTaken */
export const listen = async (
  answer: (request: WireRequest) => Promise<WireAnswer>,
  port: number,
): Promise<{ readonly endpoint: string; readonly close: () => Promise<void> }> => {
  const server = createServer((incoming, outgoing) => {
    serve(answer, incoming, outgoing).catch((error) => {
      if (error instanceof NoAnswer && error.how === 'silent') return;
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  // Clients keep connections for longer than Node's five seconds, and a busy machine's for more than a minute; a reset between two calls would look
  // like an outage.
  server.keepAliveTimeout = 600_000;
  await bound(server, port);
  const address = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const bound = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject('code' in error && error.code === 'EADDRINUSE' ? new PortTaken(port, { cause: error }) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });

const serve = async (
  answer: (request: WireRequest) => Promise<WireAnswer>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> => {
  const body = await bodyOf(incoming);
  const { status, headers, body: bytes } = body === undefined ? TOO_LARGE : await answer(requestOf(incoming, body));
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.length });
  outgoing.end(incoming.method === 'HEAD' ? undefined : bytes);
};

const bodyOf = async (incoming: IncomingMessage): Promise<Uint8Array | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    // Read on without keeping it: an answer before the end of the request is a reset to most clients.
    if (size <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
};

const requestOf = (incoming: IncomingMessage, body: Uint8Array): WireRequest => {
  const [path = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers,
    body,
    sourceIp: incoming.socket.remoteAddress ?? '127.0.0.1',
  };
};

const TOO_LARGE: WireAnswer = {
  status: 413,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'RequestEntityTooLargeException' },
  body: utf8(JSON.stringify({ message: `Request must be smaller than ${MAX_BODY_BYTES} bytes.` })),
};
