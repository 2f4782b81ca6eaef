/** Authorization of the local cloud: what is known of a caller, put to the policy engine. */
import {
  type AccessRequest,
  accessDeniedMessage,
  authorize as ask,
  type ContextLookup,
  type ContextValue,
  contextOf,
  type Decision,
  type RequestPrincipal,
} from '../functions/policy/index.ts';
import type { Ask, Caller, Cloud } from './contract.ts';
import { identityPolicies, managedPolicy, principalOf } from './services/iam/policies.ts';
import type { Principal } from './services/iam/state.ts';

/** How the request came; absent for calls from inside. */
export type Origin = { readonly sourceIp: string; readonly userAgent: string };

/** What AWS would say to this caller. */
export const decide = (cloud: Cloud, caller: Caller, wanted: Ask, region: string, origin?: Origin): Decision => {
  const principal = principalOf(cloud, caller);
  const boundary = principal?.boundary === undefined ? undefined : boundaryOf(cloud, principal.boundary);
  return ask({
    request: requestOf(cloud, caller, wanted, region, origin),
    identityPolicies: principal === undefined ? [] : identityPolicies(cloud, principal),
    ...(boundary === undefined ? {} : { boundary }),
    sessionPolicies: caller.session?.policies ?? [],
    ...(wanted.resourcePolicy === undefined ? {} : { resourcePolicy: wanted.resourcePolicy }),
    resourceAccount: wanted.resourceAccount ?? caller.account,
    resourcePolicyRequired: wanted.resourcePolicyRequired ?? false,
  });
};

/** The message of AWS's AccessDenied; undefined when the call is allowed. */
export const denial = (
  cloud: Cloud,
  caller: Caller,
  wanted: Ask,
  region: string,
  origin?: Origin,
): string | undefined => {
  const decision = decide(cloud, caller, wanted, region, origin);
  if (decision.effect === 'allow') return undefined;
  return accessDeniedMessage(requestOf(cloud, caller, wanted, region, origin), decision);
};

/** The request with the condition keys that AWS fills in; they are read only when a policy asks for them. */
export const requestOf = (
  cloud: Cloud,
  caller: Caller,
  wanted: Ask,
  region: string,
  origin?: Origin,
): AccessRequest => {
  const given = contextOf(wanted.context ?? {});
  const context: ContextLookup = (key) => given.get(key) ?? globalKey(cloud, caller, region, origin, key);
  return { action: wanted.action, resource: wanted.resource, principal: principalAs(caller), context };
};

const principalAs = (caller: Caller): RequestPrincipal => {
  if (caller.kind === 'service') return { kind: 'service', service: caller.service ?? caller.arn };
  if (caller.kind === 'federated') return { kind: 'federated', provider: caller.arn };
  return {
    kind: 'aws',
    arn: caller.arn,
    account: caller.account,
    ...(caller.role === undefined
      ? { uniqueId: caller.userId }
      : { roleArn: caller.role.arn, uniqueId: caller.role.id }),
  };
};

// A boundary whose policy is gone allows nothing.
const boundaryOf = (cloud: Cloud, arn: string) =>
  managedPolicy(cloud, arn) ?? { name: arn, document: { version: '2012-10-17' as const, statements: [] } };

type Source = { readonly cloud: Cloud; readonly caller: Caller; readonly region: string; readonly origin?: Origin };

const globalKey = (
  cloud: Cloud,
  caller: Caller,
  region: string,
  origin: Origin | undefined,
  key: string,
): ContextValue => {
  const tag = /^aws:principaltag\/(.+)$/.exec(key)?.[1];
  if (tag !== undefined) return tagValues(principalOf(cloud, caller), caller, tag);
  const read = Object.hasOwn(GLOBAL_KEYS, key) ? GLOBAL_KEYS[key] : undefined;
  const value = read?.({ cloud, caller, region, ...(origin === undefined ? {} : { origin }) });
  return value === undefined ? undefined : [value];
};

/** "AWS global condition context keys" (IAM guide): which of them are there for which caller. By lower-case name. */
const GLOBAL_KEYS: Readonly<Record<string, (source: Source) => string | undefined>> = {
  'aws:principalarn': ({ caller }) => (hasPrincipal(caller) ? (caller.role?.arn ?? caller.arn) : undefined),
  'aws:principalaccount': ({ caller }) => (hasPrincipal(caller) ? caller.account : undefined),
  'aws:principaltype': ({ caller }) => PRINCIPAL_TYPES[caller.kind],
  // "Included in the request context for all signed API requests", and a token's request is not signed.
  'aws:principalisawsservice': ({ caller }) =>
    caller.kind === 'federated' ? undefined : String(caller.kind === 'service'),
  'aws:principalservicename': ({ caller }) => caller.service,
  'aws:userid': ({ caller }) => (hasPrincipal(caller) ? caller.userId : undefined),
  'aws:username': ({ caller }) => (caller.kind === 'user' ? caller.arn.split('/').at(-1) : undefined),
  'aws:tokenissuetime': ({ caller }) => caller.session?.issuedAt.toISOString(),
  'aws:sourceidentity': ({ caller }) => caller.session?.sourceIdentity,
  'aws:federatedprovider': ({ caller }) =>
    caller.kind === 'federated' ? caller.arn : caller.session?.federatedProvider,
  'aws:multifactorauthpresent': ({ caller }) => (caller.session === undefined ? undefined : 'false'),
  'aws:sourcearn': ({ caller }) => caller.source?.arn,
  'aws:sourceaccount': ({ caller }) => caller.source?.account,
  'aws:currenttime': ({ cloud }) => cloud.now().toISOString(),
  'aws:epochtime': ({ cloud }) => String(Math.floor(cloud.now().getTime() / 1000)),
  'aws:requestedregion': ({ region }) => region,
  'aws:sourceip': ({ origin }) => origin?.sourceIp,
  'aws:useragent': ({ origin }) => origin?.userAgent,
  'aws:viaawsservice': () => 'false',
  // The endpoint here speaks plain HTTP on the loopback; a policy that insists on TLS means the network.
  'aws:securetransport': () => 'true',
};

/** An IAM principal of an account, and no service or bearer of a token. */
const hasPrincipal = ({ kind }: Caller): boolean => kind !== 'service' && kind !== 'federated';

const PRINCIPAL_TYPES: Readonly<Record<Caller['kind'], string | undefined>> = {
  role: 'AssumedRole',
  user: 'User',
  root: 'Account',
  service: undefined,
  federated: undefined,
};

/** Session tags lie over the tags of the role or user; keys are the same whatever their case. */
const tagValues = (principal: Principal | undefined, caller: Caller, key: string): ContextValue => {
  const pick = (tags: ReadonlyMap<string, string>) =>
    [...tags].filter(([name]) => name.toLowerCase() === key).map(([, value]) => value);
  const session = pick(caller.session?.tags ?? new Map());
  const values = session.length > 0 ? session : pick(principal?.tags ?? new Map());
  return values.length === 0 ? undefined : values;
};
