/** Where the cluster's errors become ours. */
import { ApiException } from '@kubernetes/client-node';
import { Failure } from '../runtime/errors.ts';

/** What was asked, in RBAC's words. */
export type Ask = {
  readonly cluster: string;
  readonly verb: 'get' | 'list' | 'patch' | 'create' | 'delete';
  /** `pods`, `deployments.apps`, `pods/eviction`. */
  readonly resource: string;
  readonly namespace?: string;
};

/**
 * One of ours for whatever a call fails with, its cause kept.
 *
 * ClusterUnreachable (no connection, no answer in time), ClusterUntrusted (TLS), ClusterUnauthorized (401),
 * ClusterForbidden (403), NotFound, Conflict, Throttled (429), ServiceUnavailable (5xx), Refused for the rest.
 */
export const clusterFailure = (ask: Ask, cause: unknown): Failure => {
  const { cluster } = ask;
  if (cause instanceof Failure) return cause;
  if (cause instanceof ApiException) return answered(ask, cause);
  const code = codeOf(cause);
  if (UNTRUSTED.test(code)) {
    return new Failure(
      'ClusterUntrusted',
      `the endpoint of cluster ${cluster} shows a certificate that is not from the cluster's CA (${code}); is something in between?`,
      { cause },
    );
  }
  return new Failure(
    'ClusterUnreachable',
    `no answer from the endpoint of cluster ${cluster} (${code}); a private endpoint needs the function in the cluster's VPC`,
    { cause },
  );
};

/** The message of the Status object that the API server sends with an error. */
export const messageOf = ({ body }: ApiException<unknown>): string => {
  const status = statusOf(body);
  return status?.message ?? (typeof body === 'string' ? body.slice(0, 300) : 'without a message');
};

/**
 * What the budget says that refuses an eviction, with its name and numbers. Undefined for a 429 that is about the
 * server's own load.
 */
export const budgetRefusal = ({ code, body }: ApiException<unknown>): string | undefined => {
  const causes = code === 429 ? statusOf(body)?.details?.causes : undefined;
  return causes?.find(({ reason }) => reason === 'DisruptionBudget')?.message;
};

const answered = (ask: Ask, cause: ApiException<unknown>): Failure => {
  const { cluster, verb, resource, namespace } = ask;
  const call = `${verb} ${resource}${namespace === undefined ? '' : ` in namespace ${namespace}`} of cluster ${cluster}`;
  const message = messageOf(cause);
  const options = { cause };
  switch (cause.code) {
    case 401:
      return new Failure(
        'ClusterUnauthorized',
        `cluster ${cluster} does not know this function's role: it needs an EKS access entry (authentication mode API or API_AND_CONFIG_MAP)`,
        options,
      );
    case 403:
      return new Failure(
        'ClusterForbidden',
        `may not ${call}: ${message}. Give the role's access entry its Kubernetes group, and apply infra/kubernetes`,
        options,
      );
    case 404:
      return new Failure('NotFound', `${call}: ${message}`, options);
    case 409:
      return new Failure('Conflict', `${call}: ${message}`, options);
    case 410:
      return new Failure('ServiceUnavailable', `${call} must begin again: ${message}`, options);
    case 429:
      return new Failure('Throttled', `${call}: the API server asks to slow down: ${message}`, options);
    default:
      return cause.code >= 500
        ? new Failure('ServiceUnavailable', `${call} was answered with ${cause.code}: ${message}`, options)
        : new Failure('Refused', `${call} was refused with ${cause.code}: ${message}`, options);
  }
};

type Status = {
  readonly message?: string;
  readonly details?: { readonly causes?: ReadonlyArray<{ readonly reason?: string; readonly message?: string }> };
};

// The client gives the body of an error as text.
const statusOf = (body: unknown): Status | undefined => {
  try {
    const status: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    return typeof status === 'object' && status !== null ? status : undefined;
  } catch {
    return undefined;
  }
};

/** A failed fetch says only "fetch failed"; the reason is down the chain of causes. */
const codeOf = (error: unknown): string => {
  let each = error;
  let message = String(error);
  // Not by instanceof: a timeout is a DOMException.
  while (typeof each === 'object' && each !== null) {
    if ('code' in each && typeof each.code === 'string') return each.code;
    if ('name' in each && each.name === 'TimeoutError') return each.name;
    if ('message' in each && typeof each.message === 'string') message = each.message;
    each = 'cause' in each ? each.cause : undefined;
  }
  return message;
};

/** OpenSSL's and Node's codes for certificates and handshakes: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = /CERT|ISSUER|SIGNATURE|^ERR_TLS_|^ERR_SSL_|^HOSTNAME_MISMATCH$|^INVALID_CA$|^EPROTO$/;
