/** Who presents a token of an OIDC provider: signature, audience and expiry judged as STS does, with STS's words. */
import {
  type AssumeRoleWithWebIdentityCommandInput,
  ExpiredTokenException,
  InvalidIdentityTokenException,
} from '@aws-sdk/client-sts';
import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Caller, Cloud } from '../../contract.ts';
import { issuerOf } from '../../issuers.ts';
import { required } from '../../wire/check.ts';
import { accountOf, iamSeen } from '../iam/state.ts';
import { invalid, isRoleArn } from './session-input.ts';

type Request = Pick<AssumeRoleWithWebIdentityCommandInput, 'RoleArn' | 'WebIdentityToken'>;

/**
 * The bearer of the token as a caller, and the region whose STS a pod with it would ask. Whether its service account or pod still exists
 * nobody asks: STS sees the keys of the issuer and nothing else of the cluster.
 * @throws ValidationError, InvalidIdentityTokenException, ExpiredTokenException
 */
export const webIdentity = async (
  { RoleArn, WebIdentityToken }: Request,
  cloud: Cloud,
): Promise<{ caller: Caller; region: string }> => {
  const roleArn = required(RoleArn);
  const token = required(WebIdentityToken);
  if (!isRoleArn(roleArn)) throw invalid('Request ARN is invalid');
  const { iss, aud, sub } = claimsOf(token);
  const account = accountOf(roleArn);
  const url = iss.replace(/^https:\/\//, '');
  // Only the role's own account is looked at: a provider elsewhere is no provider.
  const provider = iamSeen(cloud, account).oidcProviders.get(
    `arn:${cloud.partition}:iam::${account}:oidc-provider/${url}`,
  );
  if (provider === undefined) throw badToken(`No OpenIDConnect provider found in your account for ${iss}`);
  const audience = aud.find((one) => provider.clientIds.has(one));
  if (audience === undefined) throw badToken('Incorrect token audience');
  const issuer = issuerOf(cloud, iss);
  const keys = issuer?.keys() ?? [];
  if (issuer === undefined || keys.length === 0) throw badToken(NO_KEY);
  await verify(token, keys, cloud.now());
  const caller: Caller = {
    kind: 'federated',
    arn: provider.arn,
    account,
    userId: `${provider.arn}:${audience}:${sub}`,
    token: { issuer: url, audience, subject: sub },
  };
  return { caller, region: issuer.region };
};

/** STS's own sentence, with its two spaces. */
const NO_KEY =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";

/** "RSA keys … RS256, RS384, RS512" and "ES256, ES384, ES512" (IAM guide, "Create an OpenID Connect identity provider"). */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

const verify = async (token: string, keys: readonly object[], now: Date): Promise<void> => {
  try {
    await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), { currentDate: now, algorithms: ALGORITHMS });
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw expired(cause.payload, now);
    if (cause instanceof errors.JWKSNoMatchingKey) throw badToken(NO_KEY);
    if (cause instanceof errors.JOSEError) throw badToken(`The token could not be verified: ${cause.message}.`);
    throw cause;
  }
};

/** What must be in a token, before anything is believed of it. */
const claimsOf = (token: string): { iss: string; sub: string; aud: readonly string[] } => {
  const claims = decoded(token);
  for (const claim of ['iss', 'sub', 'aud', 'exp'] as const) {
    if (claims[claim] === undefined) throw badToken(`Missing a required claim: ${claim}`);
  }
  const { iss = '', sub = '', aud = [] } = claims;
  return { iss, sub, aud: typeof aud === 'string' ? [aud] : aud };
};

const decoded = (token: string): JWTPayload => {
  try {
    return decodeJwt(token);
  } catch {
    throw badToken('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)');
  }
};

const badToken = (message: string) => new InvalidIdentityTokenException({ message, $metadata: {} });

const expired = ({ exp }: JWTPayload, now: Date) =>
  new ExpiredTokenException({
    message: `Token expired: current date/time ${Math.floor(now.getTime() / 1000)} must be before the expiration date/time ${exp}`,
    $metadata: {},
  });
