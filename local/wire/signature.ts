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

/** What a request that wants to be signed lacks, in AWS's words; undefined for one that doesn't try, or whose claim can be read. */
export const incompleteness = (request: WireRequest): string | undefined => {
  const { authorization } = request.headers;
  if (authorization === undefined || claimOf(request) !== undefined) return undefined;
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((parameter) => !authorization.includes(`${parameter}=`))
    .map((parameter) => `Authorization header requires '${parameter}' parameter. `);
  if (missing.length > 0) return `${missing.join('')}Authorization=${authorization.split(' ')[0]}`;
  return instant(request.headers['x-amz-date']) === undefined
    ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    : `The Authorization header can't be read: Authorization=${authorization.split(' ')[0]}`;
};

/** "A request must reach AWS within five minutes of the time stamp" (IAM guide, "Elements of an AWS API request signature"). */
const WINDOW_MINUTES = 5;
/** STS allows fifteen, also for presigned URLs, whatever they say of themselves (aws-cli issue 6676; aws-iam-authenticator's token.go). */
const STS_WINDOW_MINUTES = 15;

/** Why a signature's time is too far from the receiver's, in AWS's words; undefined when it is near enough. */
export const skewOf = ({ service, signedAt, expiresIn }: Claim, now: Date): string | undefined => {
  const minutes = service === 'sts' ? STS_WINDOW_MINUTES : WINDOW_MINUTES;
  const oldest = new Date(now.getTime() - (service === 'sts' ? minutes * 60 : (expiresIn ?? minutes * 60)) * 1000);
  const newest = new Date(now.getTime() + minutes * 60_000);
  const [signed, here] = [basic(signedAt), basic(now)];
  if (signedAt < oldest) {
    return `Signature expired: ${signed} is now earlier than ${basic(oldest)} (${here} - ${(now.getTime() - oldest.getTime()) / 60_000} min.)`;
  }
  if (signedAt > newest) {
    return `Signature not yet current: ${signed} is still later than ${basic(newest)} (${here} + ${minutes} min.)`;
  }
  return undefined;
};

/** Whether the signature is what these credentials give for this request. */
export const isSignedBy = async (request: WireRequest, claim: Claim, credentials: Credentials): Promise<boolean> => {
  // A signature that isn't tied to a host would serve for any other.
  if (!claim.signedHeaders.has('host')) return false;
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

const basic = (date: Date): string => date.toISOString().replace(/\.\d{3}|[-:]/g, '');

/** `20261121T091500Z`. */
const instant = (text: string | undefined): Date | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};
