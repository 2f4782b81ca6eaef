/** Every access key of the cloud: whose it is, and the sessions that were handed out. */
import { randomBytes } from 'node:crypto';
import type { Caller, Cloud, Credentials, Session } from '../../contract.ts';
import { principalOf } from '../iam/policies.ts';
import { accountOf, iamSeen, type Role, uniqueId } from '../iam/state.ts';

export type Key = { readonly credentials: Credentials; readonly caller: Caller };

/** What is wrong with a key that was presented. */
export type KeyProblem = 'unknownKey' | 'expired';

/** The key as it is known, if it is good now: known, of a principal that still exists, with its own token, not expired. */
export const findKey = (cloud: Cloud, accessKeyId: string, sessionToken: string | undefined): Key | KeyProblem => {
  const key = keysOf(cloud).get(accessKeyId);
  if (key === undefined || key.credentials.sessionToken !== sessionToken) return 'unknownKey';
  if (key.credentials.expiration !== undefined && key.credentials.expiration <= cloud.now()) return 'expired';
  if (key.caller.kind === 'user') {
    const user = iamSeen(cloud, key.caller.account).users.get(key.caller.arn.split('/').at(-1) ?? '');
    if (user?.accessKeys.get(accessKeyId)?.active !== true) return 'unknownKey';
  }
  // The sessions of a role end with it: a role of the same name is another one.
  return principalOf(cloud, key.caller) === undefined ? 'unknownKey' : key;
};

/** Makes credentials of a session of a role. Nothing is asked here: who may have it was decided before. */
export const openSession = (
  cloud: Cloud,
  role: Role,
  wanted: {
    readonly name: string;
    /** Seconds. */
    readonly duration: number;
    readonly tags?: ReadonlyMap<string, string>;
    readonly transitiveTagKeys?: ReadonlySet<string>;
    readonly policies?: Session['policies'];
    readonly sourceIdentity?: string;
    readonly federatedProvider?: string;
    readonly chained?: boolean;
  },
): Key => {
  const issuedAt = cloud.now();
  const expiresAt = new Date(issuedAt.getTime() + wanted.duration * 1000);
  const account = accountOf(role.arn);
  const credentials = {
    accessKeyId: uniqueId('ASIA'),
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(180).toString('base64'),
    expiration: expiresAt,
  };
  const caller: Caller = {
    kind: 'role',
    arn: `arn:${cloud.partition}:sts::${account}:assumed-role/${role.name}/${wanted.name}`,
    account,
    userId: `${role.id}:${wanted.name}`,
    accessKeyId: credentials.accessKeyId,
    role: { arn: role.arn, id: role.id, name: role.name },
    session: {
      name: wanted.name,
      issuedAt,
      expiresAt,
      tags: wanted.tags ?? new Map(),
      transitiveTagKeys: wanted.transitiveTagKeys ?? new Set(),
      policies: wanted.policies ?? [],
      ...(wanted.sourceIdentity === undefined ? {} : { sourceIdentity: wanted.sourceIdentity }),
      ...(wanted.federatedProvider === undefined ? {} : { federatedProvider: wanted.federatedProvider }),
      chained: wanted.chained ?? false,
    },
  };
  forgetExpired(cloud);
  keysOf(cloud).set(credentials.accessKeyId, { credentials, caller });
  return { credentials, caller };
};

/** A long-lived key of a user. */
export const addUserKey = (cloud: Cloud, caller: Caller): Key => {
  const credentials = { accessKeyId: uniqueId('AKIA'), secretAccessKey: randomBytes(30).toString('base64') };
  const key = { credentials, caller: { ...caller, accessKeyId: credentials.accessKeyId } };
  keysOf(cloud).set(credentials.accessKeyId, key);
  return key;
};

const keysOf = (cloud: Cloud): Map<string, Key> => cloud.state('sts', 'keys', () => new Map<string, Key>());

const KEEP_EXPIRED_MILLIS = 3_600_000;

/** From the oldest on, as far as they are expired for an hour: until then a late caller is told that it expired. */
const forgetExpired = (cloud: Cloud): void => {
  const keys = keysOf(cloud);
  for (const [id, { credentials }] of keys) {
    if (credentials.expiration === undefined) continue;
    if (credentials.expiration.getTime() + KEEP_EXPIRED_MILLIS > cloud.now().getTime()) return;
    keys.delete(id);
  }
};
