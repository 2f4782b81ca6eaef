/** Signature Version 4 from the receiver's side: what a request claims, and whether its signature is right. */

import { createHash } from 'node:crypto';
import { Hash } from '@smithy/core/serde';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../contract.ts';
import type { WireRequest } from './message.ts';

/** What the Authorization header, or a presigned URL's query, says. */
export type Claim = {
  readonly accessKeyId: string;
  readonly region: string;
  /** The service in the credential scope: it is what chooses the service here. */
  readonly service: string;
  readonly signedHeaders: ReadonlySet<string>;
  readonly signature: string;
  readonly signedAt: Date;
  readonly sessionToken?: string;
  /** Seconds; presigned requests only. */
  readonly expiresIn?: number;
};

/** Reads the claim; undefined for a request without a signature, or with one that can't be read. */
export const claimOf = (request: WireRequest): Claim | undefined => {
  const header = request.headers.authorization;
  return header === undefined ? presignedClaim(request) : headerClaim(request, header);
};

/** Whether the signature is what these credentials give for this request. */
export const isSignedBy = async (request: WireRequest, claim: Claim, credentials: Credentials): Promise<boolean> => {
  // The signer believes this header; what it says must be true of the body that came.
  const claimedHash = request.headers['x-amz-content-sha256'];
  if (claimedHash !== undefined && claimedHash !== createHash('sha256').update(request.body).digest('hex'))
    return false;
  const signer = new SignatureV4({
    credentials,
    region: claim.region,
    service: claim.service,
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  // Only what was signed: the transport adds headers of its own, and the signer would take them in.
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => claim.signedHeaders.has(name)));
  const query: Record<string, string | string[]> = {};
  for (const key of new Set(request.query.keys())) {
    if (key === 'X-Amz-Signature') continue;
    const values = request.query.getAll(key);
    query[key] = values.length === 1 ? (values[0] ?? '') : values;
  }
  const toSign = new HttpRequest({
    method: request.method,
    protocol: 'http:',
    hostname: request.headers.host ?? '',
    path: request.path,
    query,
    headers,
    body: request.body,
  });
  const options = { signingDate: claim.signedAt, signableHeaders: new Set(claim.signedHeaders) };
  if (claim.expiresIn !== undefined) {
    const presigned = await signer.presign(toSign, { ...options, expiresIn: claim.expiresIn });
    return presigned.query?.['X-Amz-Signature'] === claim.signature;
  }
  const { authorization = '' } = (await signer.sign(toSign, options)).headers;
  return authorization.endsWith(`Signature=${claim.signature}`);
};

const headerClaim = ({ headers }: WireRequest, header: string): Claim | undefined => {
  const match = /^AWS4-HMAC-SHA256 +Credential=([^,\s]+)[,\s]+SignedHeaders=([^,\s]+)[,\s]+Signature=([0-9a-f]+)$/.exec(
    header,
  );
  if (match === null) return undefined;
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  return assemble(credential, signedHeaders, signature, headers['x-amz-date'], headers['x-amz-security-token']);
};

const presignedClaim = ({ query }: WireRequest): Claim | undefined => {
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return undefined;
  const expiresIn = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  const claim = assemble(
    query.get('X-Amz-Credential') ?? '',
    query.get('X-Amz-SignedHeaders') ?? '',
    query.get('X-Amz-Signature') ?? '',
    query.get('X-Amz-Date') ?? undefined,
    query.get('X-Amz-Security-Token') ?? undefined,
  );
  return claim === undefined || !Number.isInteger(expiresIn) || expiresIn < 0 ? undefined : { ...claim, expiresIn };
};

const assemble = (
  credential: string,
  signedHeaders: string,
  signature: string,
  date: string | undefined,
  sessionToken: string | undefined,
): Claim | undefined => {
  const [accessKeyId = '', day, region = '', service = '', terminator] = credential.split('/');
  const signedAt = instant(date);
  if (signedAt === undefined || day === undefined || terminator !== 'aws4_request') return undefined;
  return {
    accessKeyId,
    region,
    service,
    signedHeaders: new Set(signedHeaders.toLowerCase().split(';')),
    signature,
    signedAt,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
};

/** `20261121T091500Z`. */
const instant = (text: string | undefined): Date | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};
