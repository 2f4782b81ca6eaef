/** Service account tokens: the cluster's key, issuing, and checking that what a token is bound to still exists. */
import { createHash, generateKeyPair as generate, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { errors, exportJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { partitionOf } from '../../functions/partition.ts';
import { type ReviewedToken, TokenExpired, TokenInvalid, type UserInfo } from './contract.ts';
import type { Pod, ServiceAccount } from './objects.ts';
import type { Store } from './store.ts';

/** Whom tokens for the Kubernetes API are addressed to, on EKS as everywhere. */
export const API_AUDIENCE = 'https://kubernetes.default.svc';

export type TokenRequest = {
  account: ServiceAccount;
  audiences: readonly string[];
  expirationSeconds: number;
  pod?: Pod;
  /** A Secret or a Node, when the token is bound to one. */
  bound?: { claim: 'secret' | 'node'; name: string; uid: string };
};

export type Tokens = {
  issuer: string;
  jwks: () => { keys: object[] };
  issue: (request: TokenRequest) => Promise<{ token: string; expires: Date }>;
  /** @throws TokenInvalid, TokenExpired */
  review: (token: string, audience: string) => Promise<ReviewedToken>;
  /** The user behind an API token of this cluster; undefined when it isn't one, or no longer good. */
  authenticate: (token: string) => Promise<UserInfo | undefined>;
};

/** A key made now, for one cluster. RS256, because that is what EKS's issuer and IAM's OIDC providers speak. */
export const makeTokens = async (
  store: Store,
  { arn, region, now }: { arn: string; region: string; now: () => Date },
): Promise<Tokens> => {
  const { publicKey, privateKey } = await promisify(generate)('rsa', { modulusLength: 2_048 });
  const issuer = issuerOf(arn, region);
  const exported = await exportJWK(publicKey);
  const kid = createHash('sha256').update(JSON.stringify(exported)).digest('hex').slice(0, 40);
  const jwk: JWK = { ...exported, kid, use: 'sig', alg: 'RS256' };

  const verify = async (token: string, audience: string): Promise<JWTPayload> => {
    try {
      const options = { issuer, audience, currentDate: now(), algorithms: ['RS256'] };
      return (await jwtVerify(token, publicKey, options)).payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw new TokenExpired('service account token has expired', { cause: error });
      throw new TokenInvalid(whyInvalid(error), { cause: error });
    }
  };

  const review = async (token: string, audience: string): Promise<ReviewedToken & { payload: JWTPayload }> => {
    const payload = await verify(token, audience);
    return { ...boundTo(store, payload), payload };
  };

  return {
    issuer,
    jwks: () => ({ keys: [jwk] }),
    issue: async ({ account, audiences, expirationSeconds, pod, bound }) => {
      const seconds = Math.floor(now().getTime() / 1_000);
      const { namespace = '', name, uid } = account.metadata;
      const node = pod?.spec.nodeName === undefined ? undefined : store.get('nodes', pod.spec.nodeName);
      const claims = {
        'kubernetes.io': {
          namespace,
          ...(node === undefined ? {} : { node: { name: node.metadata.name, uid: node.metadata.uid } }),
          ...(pod === undefined ? {} : { pod: { name: pod.metadata.name, uid: pod.metadata.uid } }),
          ...(bound === undefined ? {} : { [bound.claim]: { name: bound.name, uid: bound.uid } }),
          serviceaccount: { name, uid },
        },
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid })
        .setIssuer(issuer)
        .setSubject(`system:serviceaccount:${namespace}:${name}`)
        .setAudience([...audiences])
        .setIssuedAt(seconds)
        .setNotBefore(seconds)
        .setExpirationTime(seconds + expirationSeconds)
        .setJti(randomUUID())
        .sign(privateKey);
      return { token, expires: new Date((seconds + expirationSeconds) * 1_000) };
    },
    review: async (token, audience) => {
      const { payload: _, ...reviewed } = await review(token, audience);
      return reviewed;
    },
    authenticate: async (token) => {
      try {
        const { payload, namespace, serviceAccount, pod } = await review(token, API_AUDIENCE);
        const account = store.get('serviceaccounts', `${namespace}/${serviceAccount}`);
        return {
          username: `system:serviceaccount:${namespace}:${serviceAccount}`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
          ...(account === undefined ? {} : { uid: account.metadata.uid }),
          extra: {
            'authentication.kubernetes.io/credential-id': [`JTI=${payload.jti}`],
            ...(pod === undefined
              ? {}
              : {
                  'authentication.kubernetes.io/pod-name': [pod.name],
                  'authentication.kubernetes.io/pod-uid': [pod.uid],
                }),
          },
        };
      } catch (error) {
        if (error instanceof TokenInvalid || error instanceof TokenExpired) return undefined;
        throw error;
      }
    },
  };
};

/** `https://oidc.eks.REGION.amazonaws.com/id/…`: the id is drawn from the cluster's ARN, so that it survives a restart. */
const issuerOf = (arn: string, region: string): string => {
  const id = createHash('sha256').update(arn).digest('hex').slice(0, 32).toUpperCase();
  return `https://oidc.eks.${region}.${partitionOf(region).dnsSuffix}/id/${id}`;
};

const whyInvalid = (error: unknown): string => {
  if (error instanceof errors.JWTClaimValidationFailed) return `the token's claim "${error.claim}" is not valid`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the token is not signed by this cluster';
  return 'the token is not a valid service account token';
};

type Named = { name: string; uid: string };
const isNamed = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && 'name' in value && 'uid' in value;

/** Who the token was issued to. @throws TokenInvalid when the service account, pod, node or secret is not the same any more */
const boundTo = (store: Store, payload: JWTPayload): ReviewedToken => {
  const claim: unknown = payload['kubernetes.io'];
  const claims =
    typeof claim === 'object' && claim !== null ? new Map<string, unknown>(Object.entries(claim)) : undefined;
  const account = claims?.get('serviceaccount');
  const namespace = String(claims?.get('namespace') ?? '');
  if (!isNamed(account)) throw new TokenInvalid('the token names no service account');
  must(store.get('serviceaccounts', `${namespace}/${account.name}`), account, 'service account');
  const pod = claims?.get('pod');
  if (isNamed(pod)) must(store.get('pods', `${namespace}/${pod.name}`), pod, 'pod');
  const secret = claims?.get('secret');
  if (isNamed(secret)) must(store.get('secrets', `${namespace}/${secret.name}`), secret, 'secret');
  return {
    namespace,
    serviceAccount: account.name,
    ...(isNamed(pod) ? { pod: { name: pod.name, uid: pod.uid } } : {}),
  };
};

const must = (found: { metadata: { uid: string } } | undefined, wanted: Named, what: string): void => {
  if (found?.metadata.uid !== wanted.uid) {
    throw new TokenInvalid(`the ${what} ${wanted.name} that the token is bound to does not exist any more`);
  }
};
