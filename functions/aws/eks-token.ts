/** The bearer token by which an EKS cluster knows an IAM role: a presigned STS GetCallerIdentity. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { partitionOf } from '../partition.ts';

/** EKS refuses longer ones (aws-iam-authenticator, `maxTokenLenBytes`). */
export const MAX_TOKEN_BYTES = 4_096;
/** A token is good for 15 minutes, whatever its expiry says; a minute is left for clocks. */
export const TOKEN_MILLIS = 14 * 60_000;

export type TokenRequest = {
  readonly cluster: string;
  readonly region: string;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
  readonly at: Date;
  /** Where STS is, when not at the region's own endpoint. */
  readonly endpoint?: string | undefined;
};

/**
 * `k8s-aws-v1.` and the URL in unpadded base64url, as `aws eks get-token` makes it.
 * @throws RangeError when the session's credentials make the URL longer than EKS accepts
 */
export const eksToken = async (request: TokenRequest): Promise<string> => {
  const { cluster, region, credentials, at } = request;
  const base = new URL(request.endpoint ?? `https://sts.${region}.${partitionOf(region).dnsSuffix}`);
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const signed = await signer.presign(
    new HttpRequest({
      method: 'GET',
      protocol: base.protocol,
      hostname: base.hostname,
      ...(base.port !== '' && { port: Number(base.port) }),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      // Signed, so that a token for one cluster can't be replayed to a cluster of another name.
      headers: { host: base.host, 'x-k8s-aws-id': cluster },
    }),
    { expiresIn: 60, signingDate: at },
  );
  const url = new URL(`${base.protocol}//${base.host}${signed.path}`);
  for (const [name, value] of Object.entries(signed.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, each ?? '');
  }
  const token = `k8s-aws-v1.${Buffer.from(url.href).toString('base64url')}`;
  if (token.length > MAX_TOKEN_BYTES) {
    throw new RangeError(
      `The token for cluster ${cluster} has ${token.length} bytes; EKS accepts ${MAX_TOKEN_BYTES}. Shorten the session's credentials.`,
    );
  }
  return token;
};
