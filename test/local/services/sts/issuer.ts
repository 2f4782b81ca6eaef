/** An OIDC issuer with a key of its own, for tests of web identities: it signs whatever a test wants to be signed. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import type { Cloud } from '../../../../local/contract.ts';
import { addIssuer } from '../../../../local/issuers.ts';

/** The cluster's of `startListening`. */
export const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';

export type TestIssuer = {
  /** Without `https://`. */
  readonly url: string;
  /** A token of a service account as a pod's projected one, valid for an hour; claims that are undefined are left out. */
  readonly tokenOf: (namespace: string, serviceAccount: string, more?: JWTPayload) => Promise<string>;
};

export const newKeys = () => promisify(generateKeyPair)('rsa', { modulusLength: 2048 });

/** Registers it, with new keys or these. `signingKey` signs instead of the published one. */
export const startIssuer = async (
  cloud: Cloud,
  {
    url = ISSUER,
    signingKey,
    keys,
  }: { url?: string; signingKey?: KeyObject; keys?: Awaited<ReturnType<typeof newKeys>> } = {},
): Promise<TestIssuer> => {
  const { publicKey, privateKey } = keys ?? (await newKeys());
  const key = { ...(await exportJWK(publicKey)), kid: 'key-1', use: 'sig', alg: 'RS256' };
  addIssuer(cloud, { url: `https://${url}`, region: 'eu-west-1', keys: () => [key] });
  return { url, tokenOf: tokensOf(cloud, url, signingKey ?? privateKey) };
};

const tokensOf =
  (cloud: Cloud, url: string, key: KeyObject): TestIssuer['tokenOf'] =>
  (namespace, serviceAccount, more = {}) => {
    const now = Math.floor(cloud.now().getTime() / 1000);
    const claims: JWTPayload = {
      iss: `https://${url}`,
      sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
      aud: ['sts.amazonaws.com'],
      iat: now,
      nbf: now,
      exp: now + 3600,
      ...more,
    };
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'key-1' }).sign(key);
  };

/** A trust in a provider of an account, with conditions on the keys of its issuer. */
export const irsaTrust = (account: string, issuer: string, conditions: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: conditions,
      },
    ],
  });
