/** HTTP APIs as they are deployed, by account and region: routes, integrations, authorizers, one stage. */
import { randomBytes } from 'node:crypto';
import type { Cloud } from '../../contract.ts';

export type Integration = {
  /** The ARN of the function. */
  readonly functionArn: string;
  readonly timeoutMs: number;
};

/** Whose tokens an API takes, and for whom they must be meant. */
export type JwtAuthorizer = { readonly issuer: string; readonly audience: readonly string[] };

export type Route = {
  /** `$default`, or method and path: `GET /docs`. */
  readonly key: string;
  /** The integration's id. */
  readonly integration: string;
  /** The authorizer's id; anybody may come in without. */
  readonly authorizer?: string;
};

export type Cors = {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly maxAgeSeconds?: number;
};

export type Stage = {
  readonly name: string;
  /** Requests a second on average, and at once; absent, nothing is refused. */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  readonly accessLog?: { readonly group: string; readonly format: string };
};

export type HttpApi = {
  readonly id: string;
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly cors?: Cors;
  readonly integrations: Map<string, Integration>;
  readonly authorizers: Map<string, JwtAuthorizer>;
  readonly routes: Map<string, Route>;
  /** Without one nothing is served. */
  stage?: Stage;
  /** `http://127.0.0.1:PORT`, once it listens. */
  endpoint?: string;
};

/** Makes an API that has no routes yet. Ids are ten characters, as API Gateway's. */
export const defineApi = (
  cloud: Cloud,
  account: string,
  region: string,
  { name, cors }: { readonly name: string; readonly cors?: Cors },
): HttpApi => {
  const id = randomBytes(8).toString('hex').slice(0, 10);
  const made: HttpApi = {
    id,
    name,
    account,
    region,
    ...(cors === undefined ? {} : { cors }),
    integrations: new Map(),
    authorizers: new Map(),
    routes: new Map(),
  };
  apisOf(cloud, account, region).set(id, made);
  return made;
};

export const apisOf = (cloud: Cloud, account: string, region: string): Map<string, HttpApi> =>
  cloud.state('apigateway', `${account}/${region}`, () => new Map<string, HttpApi>());

/** An id for a part of an API. */
export const partId = (): string => randomBytes(4).toString('hex').slice(0, 7);

/** Where APIs listen. The first takes the port that is asked for, if nobody else has it; others any free one. */
export const apiPorts = (cloud: Cloud): { wanted: number } => cloud.state('apigateway', 'ports', () => ({ wanted: 0 }));
