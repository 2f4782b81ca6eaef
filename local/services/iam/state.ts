/** What IAM keeps of an account: roles, users, managed policies, instance profiles. */
import { randomInt } from 'node:crypto';
import { type NamedPolicy, parsePolicy } from '../../../functions/policy/index.ts';
import type { Cloud } from '../../contract.ts';
import { asSeen } from '../../control/as-seen.ts';

/** A policy as it was written, and as the policy engine reads it. */
export type StoredPolicy = { readonly text: string; readonly named: NamedPolicy };

export type TrustPolicy = {
  readonly text: string;
  /** The unique ids that IAM pinned when the policy was written, by the ARN that stands in it. */
  readonly pinned: ReadonlyMap<string, string>;
};

export type Principal = {
  readonly arn: string;
  /** `AROA…` or `AIDA…`: never given twice, so a recreated role is another role. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly createDate: Date;
  readonly inline: Map<string, StoredPolicy>;
  /** ARNs of managed policies, in the order of their attachment. */
  readonly attached: Set<string>;
  readonly tags: Map<string, string>;
  boundary?: string;
};

export type Role = Principal & {
  trust: TrustPolicy;
  description?: string;
  /** Seconds. */
  maxSessionDuration: number;
};

export type User = Principal & { readonly accessKeys: Map<string, { readonly createDate: Date; active: boolean }> };

export type PolicyVersion = StoredPolicy & { readonly id: string; readonly createDate: Date };

export type ManagedPolicy = {
  readonly arn: string;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly description?: string;
  readonly createDate: Date;
  updateDate: Date;
  readonly versions: Map<string, PolicyVersion>;
  defaultVersion: string;
  /** The number of the next version; numbers are not used again. */
  nextVersion: number;
  readonly tags: Map<string, string>;
};

export type InstanceProfile = {
  readonly arn: string;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly createDate: Date;
  readonly tags: Map<string, string>;
  role?: string;
};

export type OidcProvider = {
  readonly arn: string;
  /** Without `https://`: as ARNs and condition keys bear it. */
  readonly url: string;
  /** The audiences that its tokens may be for. */
  readonly clientIds: Set<string>;
  thumbprints: readonly string[];
  readonly tags: Map<string, string>;
  readonly createDate: Date;
};

export type Iam = {
  readonly roles: Map<string, Role>;
  readonly users: Map<string, User>;
  readonly policies: Map<string, ManagedPolicy>;
  readonly instanceProfiles: Map<string, InstanceProfile>;
  /** By ARN. */
  readonly oidcProviders: Map<string, OidcProvider>;
};

/** The IAM of an account. */
export const iamOf = (cloud: Cloud, account: string): Iam =>
  cloud.state('iam', account, () => ({
    roles: new Map(),
    users: new Map(),
    policies: new Map(),
    instanceProfiles: new Map(),
    oidcProviders: new Map(),
  }));

/** The same as those see it who authorize by it or refer to it: what was written a moment ago may not be there yet. */
export const iamSeen = (cloud: Cloud, account: string): Iam => iamOf(asSeen(cloud), account);

/** The role of an ARN as it is seen, in whichever account; undefined when there is none, or it has another path. */
export const roleByArn = (cloud: Cloud, arn: string): Role | undefined => {
  const match = /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn);
  if (match === null) return undefined;
  const [, account = '', name = ''] = match;
  const role = iamSeen(cloud, account).roles.get(name);
  return role?.arn === arn ? role : undefined;
};

export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

/** `AROA…`: a prefix for the kind, and seventeen letters and digits. */
export const uniqueId = (prefix: 'AROA' | 'AIDA' | 'ANPA' | 'AIPA' | 'AKIA' | 'ASIA'): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  // Access keys have twenty characters, principals twenty-one.
  const length = prefix === 'AKIA' || prefix === 'ASIA' ? 16 : 17;
  return prefix + Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
};

/** Reads a policy and keeps its text. @throws PolicyMalformed */
export const storedPolicy = (
  name: string,
  text: string,
  kind: 'identity' | 'trust' | 'resource' = 'identity',
): StoredPolicy => ({
  text,
  named: { name, document: parsePolicy(text, { kind }) },
});
