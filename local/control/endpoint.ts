/** The control endpoint, `/_podid/…` on the cloud's own port: settings and faults as JSON, for tests and rehearsals. */
import { Hono } from 'hono';
import * as z from 'zod';
import type { Cloud, Service } from '../contract.ts';
import { modelledError } from '../wire/errors.ts';
import type { WireAnswer, WireRequest } from '../wire/message.ts';
import { FaultRule } from './fault-rule.ts';
import { addFault, faultsOf, removeFault, removeFaults } from './faults.ts';
import { fillBuckets, RATES } from './rates.ts';
import { changeSettings, Settings, settingsOf } from './settings.ts';

/** No AWS service has a path under it. */
const PREFIX = '/_podid';

/** Answers what is asked of the control endpoint; undefined for any other request. */
export const answerOfControl = async (
  cloud: Cloud,
  services: ReadonlyMap<string, Service>,
  request: WireRequest,
): Promise<WireAnswer | undefined> => {
  if (request.path !== PREFIX && !request.path.startsWith(`${PREFIX}/`)) return undefined;
  const { method, path, headers, body } = request;
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
  const answer = await controlOf(cloud, services).request(path, {
    method,
    headers: { ...headers },
    ...(hasBody ? { body: Buffer.from(body) } : {}),
  });
  return {
    status: answer.status,
    headers: { 'content-type': answer.headers.get('content-type') ?? 'application/json' },
    body: new Uint8Array(await answer.arrayBuffer()),
  };
};

const controlOf = (cloud: Cloud, services: ReadonlyMap<string, Service>): Hono => {
  const app = new Hono().basePath(PREFIX);
  app.use(async ({ req, json }, next) => {
    // The port is the loopback's. A page in a browser on this machine reaches that too, by a name of its own or across origins.
    const host = URL.parse(`http://${req.header('host')}`)?.hostname ?? '';
    if (!LOOPBACK.has(host) || req.header('origin') !== undefined) {
      return json({ message: 'The control endpoint is for programs on this machine.' }, 403);
    }
    return next();
  });
  app.get('/settings', ({ json }) => json(settingsOf(cloud)));
  app.put('/settings', async ({ req, json }) => {
    changeSettings(cloud, Settings.parse(await req.json()));
    fillBuckets({ cloud });
    return json(settingsOf(cloud));
  });
  app.get('/rates', ({ json }) => json({ rates: RATES }));
  app.get('/faults', ({ json }) => json({ faults: faultsOf(cloud) }));
  app.post('/faults', async ({ req, json }) => {
    const rule = FaultRule.parse(await req.json());
    const problem = problemOf(rule, services);
    return problem === undefined ? json(addFault(cloud, rule), 201) : json({ message: problem }, 400);
  });
  app.delete('/faults', ({ body }) => {
    removeFaults(cloud);
    return body(null, 204);
  });
  app.delete('/faults/:id', ({ req, body, json }) => {
    const id = req.param('id');
    return removeFault(cloud, id) ? body(null, 204) : json({ message: `There is no fault ${id}.` }, 404);
  });
  app.notFound(({ req, json }) => json({ message: `The control endpoint has no ${req.method} ${req.path}.` }, 404));
  app.onError((error, { json }) => {
    if (error instanceof z.ZodError) return json({ message: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError) return json({ message: `The body is not JSON: ${error.message}` }, 400);
    throw error;
  });
  return app;
};

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** A rule that could never strike is a mistake of whoever wrote it. */
const problemOf = (
  { service: scope, operation, what }: FaultRule,
  services: ReadonlyMap<string, Service>,
): string | undefined => {
  const service = services.get(scope);
  if (service === undefined) return `There is no service ${scope}: one of ${[...services.keys()].sort().join(', ')}.`;
  const reached = operation === undefined ? service.raw === undefined : Object.hasOwn(service.operations, operation);
  if (!reached) {
    return service.raw === undefined
      ? `The local cloud's ${scope} has no operation ${operation}.`
      : `${scope} is answered by a server of its own, which faults don't reach.`;
  }
  if (what.kind !== 'error' || what.status !== undefined) return undefined;
  return modelledError(service, what.code, '') === undefined
    ? `${scope} has no exception ${what.code} of its own: give it a status.`
    : undefined;
};
