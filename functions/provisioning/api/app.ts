/** The API: one app, made from what it is given, so that it runs the same in Lambda and in a test. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { ApiSettings } from '../../api-settings.ts';
import { isFailure, namesOf } from '../../runtime/errors.ts';
import { callerOf } from './caller.ts';
import { docsPage } from './docs-page.ts';
import { openApiOf } from './document.ts';
import type { Doing } from './doing.ts';
import { type ApiEnv, contextOf } from './env.ts';
import { idempotency } from './idempotency.ts';
import { callerLimit } from './limit.ts';
import { onAccess } from './on-access.ts';
import { onDecisions } from './on-decisions.ts';
import { onEvents } from './on-events.ts';
import { onGrant, onGrants } from './on-grants.ts';
import { onPeople } from './on-people.ts';
import { PROBLEMS, problemView, Refused } from './problems.ts';
import { invalid, placeOf } from './requests.ts';

export type Api = OpenAPIHono<ApiEnv>;

/** A wish has at most 150,000 characters; as JSON inside of JSON it may be twice as long. */
const MOST_BYTES = 512 * 1024;

/** @param failed Told of what is wrong on our side; the caller learns only the request's id. */
export const createApp = (doing: Doing, failed: (error: unknown, requestId: string) => void): Api => {
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: (result, c) => {
      if (result.success) return;
      const { target } = result;
      const kind = target !== 'json' ? 'parameter-invalid' : isWish(c.req) ? 'wish-invalid' : 'body-invalid';
      const problems = result.error.issues.map(({ path, message }: { path: PropertyKey[]; message: string }) => ({
        path: placeOf(target, path),
        problem: message,
      }));
      throw invalid(kind, problems);
    },
  });
  const settings = doing.config.api ?? OPEN;
  const take = callerLimit(settings.callerLimit);

  app.onError((error, c) => {
    const refused = refusalOf(error);
    if (refused.problem === 'internal' || refused.problem === 'unavailable') failed(error, c.get('requestId'));
    return respond(c, refused);
  });
  app.notFound((c) => respond(c, new Refused('no-such-thing', `There is no ${c.req.path} here; see /docs.`)));

  app.use(async (c, next) => {
    c.set('requestId', contextOf(c.env?.requestContext).requestId);
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
    await next();
  });

  app.get('/openapi.json', (c) => c.json(openApiOf(app)));
  app.get('/docs', (c) => {
    c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
    return c.html(docsPage(openApiOf(app)));
  });
  for (const path of ['/openapi.json', '/docs']) app.all(path, () => refuseMethod(['GET']));

  app.use(async (c, next) => {
    const { claims } = contextOf(c.env?.requestContext);
    const caller = callerOf(c.req.header('authorization'), claims, settings);
    c.set('caller', caller);
    const wait = take(caller.subject, doing.now().getTime());
    if (wait > 0) {
      const detail = `At most ${settings.callerLimit.perSecond} requests a second, and ${settings.callerLimit.burst} at once.`;
      throw new Refused('too-many-requests', detail, { headers: { 'Retry-After': String(wait) } });
    }
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: MOST_BYTES,
      onError: () => {
        throw new Refused('body-too-large', `A body has at most ${MOST_BYTES} bytes.`);
      },
    }),
  );
  app.use(idempotency(doing));

  onGrants(app, doing);
  allowOnly(app);
  onGrant(app, doing);
  onDecisions(app, doing);
  onPeople(app, doing);
  onAccess(app, doing);
  onEvents(app, doing);
  allowOnly(app);
  return app;
};

/** Whether the body is a wish: of a new grant, of a preview, or of a change. */
const isWish = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  method === 'PUT' || path === '/grants' || path === '/grants/preview';

/** Without the section nothing is deployed; a test or a page of documentation does without it, too. */
const OPEN = ApiSettings.parse({ issuer: 'https://unset.invalid', audience: ['podid'] });

/** 405 for every other method of the paths that are there by now. */
const allowOnly = (app: Api): void => {
  const routes = app.openAPIRegistry.definitions.flatMap((each) => (each.type === 'route' ? [each.route] : []));
  for (const [path, of] of Map.groupBy(routes, (route) => route.path)) {
    const methods = of.map(({ method }) => method.toUpperCase());
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), () => refuseMethod(methods));
  }
};

const refuseMethod = (methods: readonly string[]): never => {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  throw new Refused('method-not-allowed', `It takes ${allow}.`, { headers: { Allow: allow } });
};

const respond = (c: Context<ApiEnv>, refused: Refused): Response => {
  const view = problemView(refused, c.get('requestId') ?? 'unknown');
  return c.newResponse(JSON.stringify(view), PROBLEMS[refused.problem].status, {
    ...refused.more.headers,
    'Content-Type': 'application/problem+json',
  });
};

const TRY_LATER = new Set([...namesOf('try-again'), ...namesOf('try-later')]);

const refusalOf = (error: unknown): Refused => {
  if (error instanceof Refused) return error;
  if (error instanceof HTTPException) {
    if (error.status === 415) return new Refused('media-type', 'Send JSON, with Content-Type: application/json.');
    if (error.status === 400)
      return new Refused('body-unreadable', 'The body can not be read as JSON.', { cause: error });
  }
  if (isFailure(error) && TRY_LATER.has(error.name)) {
    return new Refused('unavailable', 'Something that is needed for this did not answer: ask again.', {
      headers: { 'Retry-After': '5' },
      cause: error,
    });
  }
  return new Refused('internal', 'The request could not be answered; whoever runs podid finds why under its id.', {
    cause: error,
  });
};
