/** The way in for people: the OpenID provider that the API trusts, and what they need in their environment. */
import type { Config } from '../functions/config.ts';
import type { Cloud } from './contract.ts';
import type { Fleet } from './fleet/schema.ts';
import type { LocalIssuer } from './oidc/start.ts';
import { apiPorts, apisOf } from './services/apigateway/index.ts';

export type Door = {
  /** Without a slash at the end. */
  readonly api: string;
  readonly issuer: string;
  /** For `.podid/env`: PODID_API, PODID_ISSUER, and the ready-made tokens. */
  readonly variables: Readonly<Record<string, string>>;
};

/** Before anything is synthesized: who signs tokens is part of the configuration, and here it is a port that is free. */
export const openDoor = async (
  cloud: Cloud,
  config: Config,
  people: Fleet['people'],
): Promise<{ readonly config: Config; readonly issuer?: LocalIssuer }> => {
  if (config.api === undefined) return { config };
  const { audience, teamsClaim } = config.api;
  apiPorts(cloud).wanted = beside(cloud, 1);
  // Most fleets of tests have no API, and need not wait for the provider to load.
  const { startIssuer } = await import('./oidc/start.ts');
  const issuer = await startIssuer({ port: beside(cloud, 2), audience: audience[0] ?? '', teamsClaim, people });
  cloud.onClose(issuer.close);
  return { config: { ...config, api: { ...config.api, issuer: issuer.issuer } }, issuer };
};

/** Once the API is deployed. @throws when the template had none */
export const doorFor = async (
  cloud: Cloud,
  { hub }: Config,
  issuer: LocalIssuer,
  people: Fleet['people'],
): Promise<Door> => {
  const [api] = apisOf(cloud, hub.account, hub.region).values();
  if (api?.endpoint === undefined)
    throw new Error('The configuration has an API, and the template of the hub has none');
  const tokens = people.flatMap((person) => (person.tokenIn === undefined ? [] : [{ person, name: person.tokenIn }]));
  const ready = await Promise.all(
    tokens.map(async ({ person, name }) => [name, await issuer.tokenFor(person, cloud.now())] as const),
  );
  return {
    api: api.endpoint,
    issuer: issuer.issuer,
    variables: { PODID_API: api.endpoint, PODID_ISSUER: issuer.issuer, ...Object.fromEntries(ready) },
  };
};

/** The ports after the endpoint's own; so they are the same at each start, where nobody else has them. */
const beside = ({ endpoint }: Cloud, by: number): number => {
  const next = Number(new URL(endpoint).port) + by;
  return next > 65_535 ? 0 : next;
};
