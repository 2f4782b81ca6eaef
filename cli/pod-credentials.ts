/**
 * Credentials of a pod as the EKS Pod Identity agent keeps them (github.com/aws/eks-pod-identity-agent,
 * internal/credsretriever): by token, for up to three hours, renewed while the association is there.
 */
import * as z from 'zod';
import { partitionOf } from '../functions/partition.ts';
import { AwsRefused, type Credentials, endpointOf, signedCall } from './signed-call.ts';

/** What the agent answers to an SDK. */
export type PodCredentials = {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  readonly AccountId: string;
  /** RFC 3339. */
  readonly Expiration: string;
};

/** Asks EKS Auth. @throws AwsRefused */
export type Ask = (token: string) => Promise<PodCredentials>;

export type CredentialCache = {
  /** The credentials for a token, kept or fresh. @throws what EKS Auth says, when nothing is kept */
  readonly get: (token: string) => Promise<PodCredentials>;
  /** Renews what is due, and forgets what can't be renewed: the agent does this once a minute. */
  readonly renew: () => Promise<void>;
};

/** "Irrecoverable" errors: the agent drops what it keeps (internal/cloud/eksauth/errors.go). */
const FINAL: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'ExpiredTokenException',
  'InvalidTokenException',
  'AccessDeniedException',
]);
/** Credentials with less than this left count as none. */
const LEAST_MS = 15_000;
/** Before a failed renewal is tried again; the agent adds up to a minute by chance. */
const RETRY_MS = 60_000;

/** @param retentionMs how long credentials are served before EKS Auth is asked again; 0 keeps none */
export const credentialCache = (ask: Ask, retentionMs: number, now: () => number): CredentialCache => {
  const kept = new Map<string, { readonly credentials: PodCredentials; readonly renewAt: number }>();
  const underWay = new Map<string, Promise<PodCredentials>>();

  const fetched = async (token: string): Promise<PodCredentials> => {
    const credentials = await ask(token);
    const left = Date.parse(credentials.Expiration) - now();
    if (!(left > LEAST_MS)) {
      throw new Error(
        `error getting credentials to cache: fetched credentials are expired or will expire within the next ${(left / 1000).toFixed(2)} seconds`,
      );
    }
    if (retentionMs > 0) kept.set(token, { credentials, renewAt: now() + Math.min(left, retentionMs) });
    return credentials;
  };
  /** One question at a time for a token: SDKs of several threads ask together. */
  const once = (token: string): Promise<PodCredentials> => {
    const asked = underWay.get(token) ?? fetched(token).finally(() => underWay.delete(token));
    underWay.set(token, asked);
    return asked;
  };

  return {
    get: (token) => {
      const found = kept.get(token);
      if (found !== undefined && leftOf(found.credentials, now()) > LEAST_MS) return Promise.resolve(found.credentials);
      kept.delete(token);
      return once(token);
    },
    renew: async () => {
      for (const [token, { credentials, renewAt }] of [...kept]) {
        if (now() < renewAt) continue;
        try {
          await once(token);
        } catch (error) {
          const left = leftOf(credentials, now());
          const gone = error instanceof AwsRefused && FINAL.has(error.name);
          if (gone || left <= LEAST_MS) kept.delete(token);
          else kept.set(token, { credentials, renewAt: now() + Math.min(left, RETRY_MS) });
        }
      }
    },
  };
};

const leftOf = ({ Expiration }: PodCredentials, now: number): number => Date.parse(Expiration) - now;

export type Cluster = { readonly name: string; readonly region: string; readonly credentials: Credentials };

/** AssumeRoleForPodIdentity with the credentials of whoever runs the command, as the agent calls it with its node's. */
export const askEksAuth =
  ({ name, region, credentials }: Cluster): Ask =>
  async (token) => {
    const answer = Answer.parse(
      await signedCall({
        service: 'eks-auth',
        region,
        credentials,
        endpoint: endpointOf(
          'eks-auth',
          `https://eks-auth.${region}.${DUAL_STACK[partitionOf(region).name] ?? 'api.aws'}`,
        ),
        path: `/clusters/${encodeURIComponent(name)}/assume-role-for-pod-identity`,
        body: { token },
        timeoutMs: 5_000,
      }),
    );
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = answer.credentials;
    return {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      AccountId: answer.assumedRoleUser.arn.split(':')[4] ?? '',
      Expiration: new Date(expiration * 1000).toISOString(),
    };
  };

/** EKS Auth has dual-stack addresses only; their suffixes by partition (the service's endpoint rules). */
const DUAL_STACK: Readonly<Record<string, string>> = { 'aws-cn': 'api.amazonwebservices.com.cn' };

const Answer = z.object({
  credentials: z.object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string(),
    /** Seconds. */
    expiration: z.number(),
  }),
  assumedRoleUser: z.object({ arn: z.string() }),
});
