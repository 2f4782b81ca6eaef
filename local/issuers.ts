/** The OIDC issuers of the clusters: whose tokens STS can verify, and what they publish. */
import type { Cloud } from './contract.ts';
import { utf8, type WireAnswer, type WireRequest } from './wire/message.ts';

export type Issuer = {
  /** `https://oidc.eks.REGION.amazonaws.com/id/…`, as `iss` of its tokens. */
  readonly url: string;
  /** The region of its cluster, whose STS endpoint pods ask. */
  readonly region: string;
  /** Its public keys as JSON web keys; none when it is gone. */
  readonly keys: () => readonly object[];
};

/** From now on STS knows the issuer, and its documents are served. */
export const addIssuer = (cloud: Cloud, issuer: Issuer): void => {
  issuersOf(cloud).set(issuer.url, issuer);
};

export const issuerOf = (cloud: Cloud, url: string): Issuer | undefined => issuersOf(cloud).get(url);

/**
 * The discovery document and the keys, under the issuer's own path: `/id/…/.well-known/openid-configuration` and `/id/…/keys`.
 * Undefined for any other request.
 */
export const answerOfIssuer = (cloud: Cloud, { method, path }: WireRequest): WireAnswer | undefined => {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  for (const issuer of issuersOf(cloud).values()) {
    const base = new URL(issuer.url).pathname.replace(/\/$/, '');
    const document =
      path === `${base}/keys`
        ? { keys: issuer.keys() }
        : path === `${base}/.well-known/openid-configuration`
          ? discovery(issuer, `${cloud.endpoint}${base}/keys`)
          : undefined;
    if (document !== undefined && issuer.keys().length > 0) return json(document);
  }
  return undefined;
};

/** As EKS's issuers answer, but for the address of the keys: the issuer's own host is AWS's. */
const discovery = ({ url }: Issuer, jwksUri: string): object => ({
  issuer: url,
  jwks_uri: jwksUri,
  authorization_endpoint: 'urn:kubernetes:programmatic_authorization',
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  claims_supported: ['sub', 'iss'],
  id_token_signing_alg_values_supported: ['RS256'],
});

const json = (value: object): WireAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: utf8(JSON.stringify(value)),
});

const issuersOf = (cloud: Cloud): Map<string, Issuer> =>
  cloud.state('oidc', 'issuers', () => new Map<string, Issuer>());
