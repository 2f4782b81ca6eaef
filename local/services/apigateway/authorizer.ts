/** The JWT authorizer of HTTP APIs: whose token it is, and whether it may come in at all. */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import type { JwtAuthorizer } from './api.ts';

/** The claims of the token, or why there are none: `challenge` is the answer's `www-authenticate`. */
export type Verdict = { readonly claims: JWTPayload } | { readonly challenge: string };
export type Verify = (authorization: string | undefined, now: Date) => Promise<Verdict>;

/**
 * An authorizer that fetches its issuer's keys when it first needs them (API Gateway guide, "Control access to HTTP APIs with JWT authorizers"):
 * only RSA signatures count; the issuer is the same to the letter; `aud`, or `client_id` where there is no `aud`, is one of the audience; `exp`
 * lies ahead, `nbf` and `iat` behind.
 */
export const verifierOf = ({ issuer, audience }: JwtAuthorizer): Verify => {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const keysOfIssuer = (): Promise<JWTVerifyGetKey> => {
    keys ??= discover(issuer);
    // An issuer that is down is asked again next time.
    keys.catch(() => {
      keys = undefined;
    });
    return keys;
  };
  return async (authorization, now) => {
    const token = authorization?.replace(/^bearer +/i, '').trim() ?? '';
    if (token === '') return { challenge: 'Bearer' };
    try {
      const options = { issuer, algorithms: ['RS256', 'RS384', 'RS512'], requiredClaims: ['exp'], currentDate: now };
      const { payload } = await jwtVerify(token, await keysOfIssuer(), options);
      const why = objection(payload, audience, now);
      return why === undefined ? { claims: payload } : refused(why);
    } catch (error) {
      return refused(reasonOf(error));
    }
  };
};

const Discovery = z.looseObject({ jwks_uri: z.url() });

const discover = async (issuer: string): Promise<JWTVerifyGetKey> => {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(5_000),
  });
  if (!answer.ok) throw new Error(`the issuer answers ${answer.status}`);
  return createRemoteJWKSet(new URL(Discovery.parse(await answer.json()).jwks_uri));
};

/** What jose leaves to its caller. */
const objection = (payload: JWTPayload, audience: readonly string[], now: Date): string | undefined => {
  const { aud = payload.client_id, iat } = payload;
  const meant = [aud].flat();
  if (!audience.some((one) => meant.includes(one))) return 'the token does not have a valid audience';
  return iat !== undefined && iat * 1000 > now.getTime() ? 'the token was issued in the future' : undefined;
};

const reasonOf = (error: unknown): string => {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `the token's ${error.claim} is not valid`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the signing method is not allowed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature is not valid';
  if (error instanceof errors.JWKSNoMatchingKey) return "the token's key is none of the issuer's";
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'the token is malformed';
  return 'OIDC discovery endpoint communication error';
};

/** The form is documented (API Gateway guide, "Troubleshooting issues with HTTP API JWT authorizers"). */
const refused = (why: string): Verdict => ({
  challenge: `Bearer scope="" error="invalid_token" error_description="${why}"`,
});
