/** The API on a table in memory, for the demo fleet and the guardrails that are shipped; accounts are read from what a test says is there. */
import path from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { readGuardrails } from '../../../../cli/guardrails-files.ts';
import { Config } from '../../../../functions/config.ts';
import { loadGuardrails, ownership } from '../../../../functions/grants/guardrails/index.ts';
import { Grant, type GrantEvent } from '../../../../functions/grants/index.ts';
import type { LifecycleEvent } from '../../../../functions/lifecycle.ts';
import { TABLE } from '../../../../functions/names.ts';
import { type Api, createApp } from '../../../../functions/provisioning/api/app.ts';
import type { Doing } from '../../../../functions/provisioning/api/doing.ts';
import type { Survey } from '../../../../functions/provisioning/api/look.ts';
import { carryOut, openGrant, type Transitions } from '../../../../functions/provisioning/transitions.ts';
import { cedar } from '../../../../functions/runtime/cedar.ts';
import { openStore, type Store } from '../../../../functions/store/index.ts';
import { readConfig } from '../../../../infra/config-file.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
export const NOW = '2026-11-21T12:00:00.000Z';
export const PAYMENTS = '222222222222';
export const ANALYTICS = '333333333333';
export const ISSUER = 'https://id.example';

export type Who = { readonly sub: string; readonly groups?: unknown; readonly name?: string; readonly client?: string };
/** Of checkout, which owns namespace checkout; Bob is a colleague. */
export const ada: Who = { sub: 'ada', name: 'Ada', groups: ['checkout'] };
export const bob: Who = { sub: 'bob', name: 'Bob', groups: ['checkout'] };
/** Of platform, which owns account payments. */
export const linus: Who = { sub: 'linus', name: 'Linus', groups: ['platform'] };
/** Of analytics, which owns account analytics. */
export const grace: Who = { sub: 'grace', name: 'Grace', groups: ['analytics'] };
/** Of a team that has nothing to do with it. */
export const mallory: Who = { sub: 'mallory', name: 'Mallory', groups: ['billing'] };
export const root: Who = { sub: 'root', name: 'Root', groups: ['operators'] };

const files = readGuardrails(path.join(ROOT, 'guardrails'));
const guardrails = loadGuardrails(cedar(), files.source);
const fleet = readConfig(path.join(ROOT, 'local/fleet/podid.config.yaml'));

export type Stage = {
  readonly api: Api;
  readonly store: Store;
  /** Asks the API, as somebody or as nobody. */
  readonly ask: (who: Who | undefined, method: string, path: string, more?: More) => Promise<Answered>;
  /** Lets something happen to a grant that no person does. */
  readonly happen: (id: string, event: GrantEvent) => Promise<void>;
  /** Everything that is written, in no order. */
  readonly rows: () => Promise<readonly unknown[]>;
  readonly told: LifecycleEvent[];
  readonly started: string[];
  readonly failures: unknown[];
  readonly clock: { now: string };
  readonly close: () => Promise<void>;
};
export type More = { readonly body?: unknown; readonly headers?: Record<string, string>; readonly text?: string };
export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly text: string;
};

type Options = {
  readonly survey?: Survey | 'none';
  readonly api?: object;
  /** Of the section `grants`. */
  readonly grants?: object;
  /** Stands between the API and what it is made of. */
  readonly around?: (doing: Doing) => Doing;
  /** Whatever the API turns to throws this. */
  readonly broken?: Error;
};

export const openStage = async (options: Options = {}): Promise<Stage> => {
  const dynamo: Dynamo = await startDynamo();
  const store = openStore(dynamo.client);
  const grants = store.grants(Grant);
  const clock = { now: NOW };
  const [told, started, failures]: [LifecycleEvent[], string[], unknown[]] = [[], [], []];
  const config = Config.parse({
    ...fleet,
    grants: { ...fleet.grants, ...options.grants },
    api: { issuer: ISSUER, audience: ['podid'], adminTeams: ['operators'], ...options.api },
  });
  const now = (): Date => new Date(clock.now);
  const transitions: Transitions = {
    grants,
    store,
    start: async (_machine, name) => {
      started.push(name);
      return true;
    },
    tell: async (events) => {
      told.push(...events);
    },
    settings: config.grants,
    now,
  };
  const survey = options.survey ?? emptyAccounts;
  const doing: Doing = {
    store: broken({ ...store, grants }, options.broken),
    open: (grant) => openGrant(transitions, grant),
    carryOut: (id, event, revision) => carryOut(transitions, id, event, revision),
    ...(survey !== 'none' && { survey }),
    law: broken({ guardrails, owned: ownership(files.teams, config) }, options.broken),
    teams: files.teams,
    config,
    now,
  };
  const api = createApp(options.around?.(doing) ?? doing, (error) => failures.push(error));
  let requests = 0;
  return {
    api,
    store,
    rows: async () => (await dynamo.client.send(new ScanCommand({ TableName: TABLE }))).Items ?? [],
    told,
    started,
    failures,
    clock,
    ask: async (who, method, at, { body, headers = {}, text } = {}) => {
      requests += 1;
      const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
      const answer = await api.request(
        at,
        {
          method,
          headers: {
            ...(who && { authorization: `Bearer ${tokenOf(who)}` }),
            ...(sent !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(sent !== undefined && { body: sent }),
        },
        { requestContext: contextFor(who, `request-${requests}`) },
      );
      const said = await answer.text();
      return { status: answer.status, headers: answer.headers, text: said, body: jsonOf(said) };
    },
    happen: async (id, event) => {
      const done = await carryOut(transitions, id, event);
      if (!('grant' in done)) throw new Error(JSON.stringify(done));
    },
    close: dynamo.close,
  };
};

const broken = <Thing extends object>(thing: Thing, error: Error | undefined): Thing =>
  error === undefined
    ? thing
    : new Proxy(thing, {
        get: () => {
          throw error;
        },
      });

/** What API Gateway hands on beside the token: claims flattened to text. */
export const contextFor = (who: Who | undefined, requestId: string): object => ({
  requestId,
  ...(who && { authorizer: { jwt: { claims: { iss: ISSUER, sub: who.sub, groups: '[flat text]' } } } }),
});

export const tokenOf = ({ sub, groups, name, client }: Who): string =>
  [{ alg: 'RS256' }, { iss: ISSUER, sub, groups, name, client_id: client ?? 'cli' }, 'signature']
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Everybody answers, and nothing is there. */
export const emptyAccounts: Survey = async ({ account, region, input }) => ({
  roles: input.roleArns.map((roleArn) => ({ roleArn, present: false })),
  documents: Object.fromEntries(input.policyArns.map((arn) => [arn, READ_ORDERS])),
  associations: [],
  clusters: [...new Set(input.identities.map(({ cluster }) => cluster))].map((cluster) => ({
    account,
    region,
    cluster,
    associations: 0,
    withoutCredentials: [],
  })),
  readAt: NOW,
});

export const READ_ORDERS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['dynamodb:GetItem'], Resource: `arn:aws:dynamodb:eu-west-1:${PAYMENTS}:table/orders` },
  ],
});

export const wish = {
  clusters: [{ account: PAYMENTS, region: 'eu-west-1', cluster: 'payments' }],
  namespace: 'checkout',
  serviceAccount: 'api',
  source: { role: 'managed', permissions: { inline: JSON.parse(READ_ORDERS) } },
  reason: 'reads its orders',
  team: 'checkout',
  lifetime: { for: 'P30D' },
};
