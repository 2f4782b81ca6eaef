/** Calls of services whose client is not among our packages (EKS Auth has none in the registry, CloudTrail neither): JSON, signed, retried. */

import { setTimeout as pause } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { jsonOf } from '../functions/json.ts';

export type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

export type SignedCall = {
  /** The service in the signature's scope: `eks-auth`, `cloudtrail`. */
  readonly service: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** `https://…`, without a path. */
  readonly endpoint: string;
  /** `/` when absent. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
  /** Milliseconds for one attempt; 10 s when absent. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/** The service's own error. */
export class AwsRefused extends Error {
  /** The service's code: `ThrottlingException`. */
  override readonly name: string;
  readonly status: number;
  readonly requestId: string;

  constructor(code: string, message: string, { status, requestId }: { status: number; requestId: string }) {
    super(message);
    this.name = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** The SDKs' standard: one call and two retries (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html). */
const ATTEMPTS = 3;

/** The answer as JSON. @throws AwsRefused what the service says; TypeError or TimeoutError when there is no answer */
export const signedCall = async (call: SignedCall): Promise<unknown> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(call);
    } catch (error) {
      const again = error instanceof AwsRefused && (error.status >= 500 || /throttl|TooManyRequests/i.test(error.name));
      if (!again || attempt === ATTEMPTS) throw error;
      // Jittered, as the SDKs do it: callers that were refused together must not come back together.
      await pause(
        Math.random() * 500 * 2 ** attempt,
        undefined,
        call.signal === undefined ? {} : { signal: call.signal },
      );
    }
  }
};

/** Where a service is: `AWS_ENDPOINT_URL_SERVICE`, `AWS_ENDPOINT_URL`, else AWS's own address. */
export const endpointOf = (service: string, own: string, env: NodeJS.ProcessEnv = process.env): string =>
  (env[`AWS_ENDPOINT_URL_${service.toUpperCase().replaceAll('-', '_')}`] ?? env.AWS_ENDPOINT_URL ?? own).replace(
    /\/$/,
    '',
  );

const once = async (call: SignedCall): Promise<unknown> => {
  const { service, region, credentials, endpoint, path = '/', headers = {}, timeoutMs = 10_000, signal } = call;
  const url = new URL(path, endpoint);
  const body = JSON.stringify(call.body);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const signed = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname,
      headers: { 'content-type': 'application/json', ...headers, host: url.host },
      body,
    }),
  );
  const limit = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(url, {
    method: 'POST',
    headers: signed.headers,
    body,
    signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
  });
  const text = await answer.text();
  if (answer.ok) return text === '' ? {} : JSON.parse(text);
  throw refusalOf(answer, text);
};

/** AWS's JSON protocols name the error in a header or in the body, sometimes behind a namespace or before an address. */
const refusalOf = ({ status, headers }: Response, text: string): AwsRefused => {
  const said = jsonOf(text);
  const named = headers.get('x-amzn-errortype') ?? textAt(said, '__type') ?? textAt(said, 'code') ?? `HTTP ${status}`;
  const code = named.split(':')[0]?.split('#').at(-1) ?? named;
  const message = textAt(said, 'message') ?? textAt(said, 'Message') ?? text.slice(0, 300);
  return new AwsRefused(code, message, { status, requestId: headers.get('x-amzn-requestid') ?? '' });
};

const textAt = (value: unknown, key: string): string | undefined => {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : undefined;
};
