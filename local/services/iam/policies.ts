/** The policies that speak for or about a principal, as the policy engine wants them. */
import { type NamedPolicy, parsePolicy } from '../../../functions/policy/index.ts';
import type { Caller, Cloud } from '../../contract.ts';
import { awsManagedPolicy } from './managed.ts';
import {
  accountOf,
  iamSeen,
  type Principal,
  type Role,
  roleByArn,
  type StoredPolicy,
  type TrustPolicy,
} from './state.ts';

/** The user, or the role behind the session; undefined when it is gone, or another one has taken its name. */
export const principalOf = (cloud: Cloud, caller: Caller): Principal | undefined => {
  if (caller.kind === 'role') {
    const role = caller.role === undefined ? undefined : roleByArn(cloud, caller.role.arn);
    return role?.id === caller.role?.id ? role : undefined;
  }
  if (caller.kind !== 'user') return undefined;
  const name = caller.arn.split('/').at(-1) ?? '';
  const user = iamSeen(cloud, caller.account).users.get(name);
  return user?.id === caller.userId ? user : undefined;
};

/** Inline and attached policies; a managed policy that is gone gives nothing. */
export const identityPolicies = (cloud: Cloud, principal: Principal): NamedPolicy[] => [
  ...[...principal.inline.values()].map(({ named }) => named),
  ...[...principal.attached].map((arn) => managedPolicy(cloud, arn)).filter((policy) => policy !== undefined),
];

/** The default version of a managed policy, AWS's or an account's own. */
export const managedPolicy = (cloud: Cloud, arn: string): NamedPolicy | undefined =>
  storedManagedPolicy(cloud, arn)?.named;

/** The same, with its text. */
export const storedManagedPolicy = (cloud: Cloud, arn: string): StoredPolicy | undefined => {
  const own = iamSeen(cloud, accountOf(arn)).policies.get(arn);
  return own === undefined ? awsManagedPolicy(arn)?.version : own.versions.get(own.defaultVersion);
};

/** The trust policy as it holds now: a principal that was recreated is no longer meant, its old unique id stands there instead. */
export const trustPolicy = (cloud: Cloud, role: Role): NamedPolicy => {
  const text = trustText(cloud, role.trust);
  const known = parsed.get(role.trust);
  if (known?.text === text) return known.named;
  const named = { name: `trust policy of ${role.arn}`, document: parsePolicy(text, { kind: 'trust' }) };
  parsed.set(role.trust, { text, named });
  return named;
};

/** The text that GetRole shows: with the unique ids of principals that are gone. */
export const trustText = (cloud: Cloud, trust: TrustPolicy): string => {
  const lost = [...trust.pinned].filter(([arn, id]) => currentId(cloud, arn) !== id);
  return lost.reduce((text, [arn, id]) => text.replaceAll(JSON.stringify(arn), JSON.stringify(id)), trust.text);
};

/** The unique id of the user or role of an ARN; undefined when there is none. */
export const currentId = (cloud: Cloud, arn: string): string | undefined => {
  const match = /^arn:[^:]+:iam::(\d{12}):user\/(?:.*\/)?([^/]+)$/.exec(arn);
  if (match === null) return roleByArn(cloud, arn)?.id;
  const [, account = '', name = ''] = match;
  const user = iamSeen(cloud, account).users.get(name);
  return user?.arn === arn ? user.id : undefined;
};

const parsed = new WeakMap<TrustPolicy, { readonly text: string; readonly named: NamedPolicy }>();
