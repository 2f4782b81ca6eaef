/** Starts the local OpenID provider on a port of its own, and makes ready-made tokens of its people. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { errorPage, peoplePage } from './pages.ts';
import { claimsOf, type Person } from './people.ts';
import { CLIENT, LOGIN_PATH, makeProvider } from './provider.ts';

export { CLIENT } from './provider.ts';

export type LocalIssuer = {
  /** `http://127.0.0.1:PORT`: the `iss` of its tokens. */
  readonly issuer: string;
  /** An access token as a login would give it, for twelve hours from `now`. */
  readonly tokenFor: (person: Person, now: Date) => Promise<string>;
  readonly close: () => Promise<void>;
};

export type IssuerSettings = {
  /** The port, if nobody else has it; any free one otherwise, and with 0. */
  readonly port: number;
  readonly audience: string;
  readonly teamsClaim: string;
  readonly people: readonly Person[];
};

const KEY_ID = 'podid-local';

export const startIssuer = async ({ port, ...settings }: IssuerSettings): Promise<LocalIssuer> => {
  const { publicKey: _, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' };
  let respond: Respond = async (_, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => fail(response, error));
  });
  const listens = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listens(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return listens(0);
  });
  // The port is part of the name under which it signs, so it has to be known first.
  const { port: taken } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${taken}`;
  respond = responder({ ...settings, issuer, key });
  return {
    issuer,
    tokenFor: (person, now) => {
      const seconds = Math.floor(now.getTime() / 1000);
      return new SignJWT({ client_id: CLIENT, ...claimsOf(person, settings.teamsClaim) })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: KEY_ID })
        .setIssuer(issuer)
        .setSubject(person.id)
        .setAudience(settings.audience)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + 12 * 3600)
        .sign(privateKey);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The provider's own answers, and the page where a person says who they are. */
const responder = (settings: Parameters<typeof makeProvider>[0]): Respond => {
  const provider = makeProvider(settings);
  const callback = provider.callback();
  return async (request, response) => {
    if (!request.url?.startsWith(LOGIN_PATH)) return callback(request, response);
    if (request.method !== 'POST') return html(response, 200, peoplePage(settings.people));
    const id = new URLSearchParams(await textOf(request)).get('person') ?? '';
    if (settings.people.every((person) => person.id !== id))
      return html(response, 400, errorPage(`There is no ${id}.`));
    return provider.interactionFinished(request, response, { login: { accountId: id }, consent: {} });
  };
};

/** More than any form of ours has. */
const LARGEST_FORM = 10_000;

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LARGEST_FORM) throw new Error('The form is too large.');
  }
  return text;
};

const html = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(text);
};

const fail = (response: ServerResponse, error: unknown): void => {
  if (response.headersSent) response.destroy();
  else html(response, 400, errorPage(error instanceof Error ? error.message : String(error)));
};
