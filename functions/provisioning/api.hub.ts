/** The API's function: hono's app behind API Gateway's HTTP API. */
import { handle, type LambdaEvent } from 'hono/aws-lambda';
import * as z from 'zod';
import { Grant } from '../grants/index.ts';
import { AssessOutput } from '../pod-restarts.ts';
import { spokeAsker } from '../runtime/ask-spoke.ts';
import { cedar } from '../runtime/cedar.ts';
import { config } from '../runtime/config.ts';
import { entry, type Surroundings } from '../runtime/entry.ts';
import { guardrailsBeside } from '../runtime/guardrails.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { startMachine } from '../runtime/machines.ts';
import { theStore } from '../store/index.ts';
import { createApp } from './api/app.ts';
import type { Survey } from './api/look.ts';
import type { AskCluster } from './api/pods.ts';
import { SurveyOutput } from './contract.ts';
import { GuardrailBundle, lawOf } from './law.ts';
import { carryOut, openGrant, type Transitions } from './transitions.ts';

/** API Gateway gives up after 30 s; a spoke's function that is not there by then comes too late anyway. It is asked for looks only. */
const askSpoke = spokeAsker({ millis: 20_000, attempts: 2 });

const survey: Survey = async (asked) => SurveyOutput.parse(await askSpoke({ function: 'survey', ...asked }));

/** A cluster that is slower is left out of a preview. */
const CLUSTER_MILLIS = 8_000;

const askCluster: AskCluster = async (asked) =>
  AssessOutput.parse(await askSpoke({ function: 'assess', ...asked }, AbortSignal.timeout(CLUSTER_MILLIS)));

/** Lives as long as the instance: the guardrails are parsed once, and callers' limits count across requests. */
const make = ({ log, count, now }: Pick<Surroundings, 'log' | 'count' | 'now'>) => {
  const beside = guardrailsBeside();
  const store = theStore();
  const grants = store.grants(Grant);
  const transitions: Transitions = {
    grants,
    store,
    start: startMachine,
    tell: tellWorld({ log, count }),
    settings: config().grants,
    now,
  };
  return createApp(
    {
      store: { ...store, grants },
      open: (grant) => openGrant(transitions, grant),
      carryOut: (id, event, revision) => carryOut(transitions, id, event, revision),
      survey,
      askCluster,
      law: lawOf(cedar(), beside, config()),
      teams: GuardrailBundle.parse(beside).teams,
      config: config(),
      now,
    },
    (error, requestId) => {
      log.error('a request could not be answered', {
        requestId,
        error: error instanceof Error ? error : String(error),
      });
      count('ApiFailed');
    },
  );
};

const Shape = z.looseObject({
  rawPath: z.string(),
  requestContext: z.looseObject({ requestId: z.string(), http: z.looseObject({ method: z.string() }) }),
});
const HttpEvent = z.custom<LambdaEvent>(
  (event) => Shape.safeParse(event).success,
  'a request of an HTTP API, payload format 2.0',
);

/** A body of GET and HEAD means nothing (RFC 9110, 9.3.1), and fetch's Request, of which the app is made, takes none. */
const withoutIdleBody = (event: LambdaEvent): LambdaEvent => {
  const context = event.requestContext;
  const isIdle = 'http' in context && ['GET', 'HEAD'].includes(context.http.method);
  return isIdle ? { ...event, body: null } : event;
};

let serve: ReturnType<typeof handle> | undefined;

export const handler = entry(HttpEvent, async (event, around) => {
  serve ??= handle(make(around));
  const answer = await serve(withoutIdleBody(event));
  around.log.info('answered', { status: answer.statusCode });
  return answer;
});
