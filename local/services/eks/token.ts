/** The tokens of `aws eks get-token`: a presigned GetCallerIdentity, verified here and never fetched. */
import type { Caller, Cloud } from '../../contract.ts';
import type { WireRequest } from '../../wire/message.ts';
import { claimOf, isSignedBy } from '../../wire/signature.ts';
import { findKey } from '../sts/keyring.ts';

const PREFIX = 'k8s-aws-v1.';
/** As aws-iam-authenticator has it: a token serves 15 minutes, whatever its URL says of itself. */
const LIFETIME_MILLIS = 15 * 60_000;
const MAX_BYTES = 4096;
/** A client's clock may be a little ahead. */
const SKEW_MILLIS = 5 * 60_000;

/**
 * Who signed the token for this cluster; undefined when it isn't one, is too old, or was signed for another cluster. The cluster's name is all
 * that ties it to a cluster: a token is good for another of the same name that knows the same principal.
 */
export const verifyEksToken = async (cloud: Cloud, token: string, clusterName: string): Promise<Caller | undefined> => {
  const request = presignedRequest(token, clusterName);
  const claim = request && claimOf(request);
  if (request === undefined || claim?.expiresIn === undefined) return undefined;
  // Any further signed header would be one that nobody has checked.
  if (claim.service !== 'sts' || [...claim.signedHeaders].sort().join() !== 'host,x-k8s-aws-id') return undefined;
  const age = cloud.now().getTime() - claim.signedAt.getTime();
  if (age > LIFETIME_MILLIS || age < -SKEW_MILLIS) return undefined;
  const key = findKey(cloud, claim.accessKeyId, claim.sessionToken);
  if (typeof key === 'string' || !(await isSignedBy(request, claim, key.credentials))) return undefined;
  return key.caller;
};

const presignedRequest = (token: string, clusterName: string): WireRequest | undefined => {
  if (!token.startsWith(PREFIX) || token.length > MAX_BYTES) return undefined;
  const text = Buffer.from(token.slice(PREFIX.length), 'base64url').toString();
  if (!URL.canParse(text)) return undefined;
  const { host, pathname, searchParams } = new URL(text);
  if (searchParams.get('Action') !== 'GetCallerIdentity') return undefined;
  return {
    method: 'GET',
    path: pathname,
    query: searchParams,
    headers: { host, 'x-k8s-aws-id': clusterName },
    body: new Uint8Array(),
    sourceIp: '',
  };
};
