/** The token files of a pod on this machine, renewed as the kubelet renews them. */
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster } from '../functions/kubernetes/client.ts';
import type { TokenFile } from './pod-environment.ts';

export type Tokens = {
  /** The files by their path in the pod. */
  readonly files: ReadonlyMap<string, string>;
  readonly stop: () => void;
};

/** A token is renewed when a fifth of its life is left, and each day (kubelet, pkg/kubelet/token). */
const RENEW_AT = 0.8;
const DAY_MS = 24 * 3_600_000;
/** After a failed renewal. */
const RETRY_MS = 60_000;

/** A token as the API server hands it out, and when it ends: milliseconds since 1970. */
export type IssuedToken = { readonly text: string; readonly expires: number };

export type Clock = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Runs something later; the answer takes that back. */
  readonly after: (ms: number, run: () => void) => () => void;
};

/** The machine's. Waiting for a renewal doesn't keep the process alive. */
export const CLOCK: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Asks for each token and writes it below `dir`; renews them until it is stopped. Once the pod is gone no more tokens come, and the old ones are
 * refused: as it would be in the pod, if it lived on.
 */
export const keepTokens = async (
  request: (token: TokenFile) => Promise<IssuedToken>,
  wanted: readonly TokenFile[],
  dir: string,
  log: (line: string) => void,
  clock: Clock = CLOCK,
): Promise<Tokens> => {
  const waiting = new Map<string, () => void>();
  const later = (ms: number, file: string, token: TokenFile): void => {
    const again = () => {
      renew(file, token).catch((error: unknown) => {
        log(`the token ${token.path} could not be renewed: ${error instanceof Error ? error.message : String(error)}`);
        later(RETRY_MS, file, token);
      });
    };
    waiting.set(file, clock.after(ms, again));
  };
  const renew = async (file: string, token: TokenFile): Promise<void> => {
    const { text, expires } = await request(token);
    // Renamed into place: a reader never sees half of it.
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    later(Math.min(DAY_MS, Math.max(RETRY_MS, (expires - clock.now()) * RENEW_AT)), file, token);
  };
  const files = new Map<string, string>();
  for (const [index, token] of wanted.entries()) {
    const file = path.join(dir, `${index}-${path.posix.basename(token.path)}`);
    await renew(file, token);
    files.set(token.path, file);
  }
  return {
    files,
    stop: () => {
      for (const cancel of waiting.values()) cancel();
    },
  };
};

/** Asks a pod's API server for tokens of its service account, bound to the pod. */
export const podTokens =
  (cluster: Cluster, { metadata, spec }: V1Pod) =>
  async ({ audience, seconds }: TokenFile): Promise<IssuedToken> => {
    const { name = '', namespace = '', uid = '' } = metadata ?? {};
    const { status } = await cluster.ask({ verb: 'create', resource: 'serviceaccounts/token', namespace }, () =>
      cluster.core.createNamespacedServiceAccountToken({
        name: spec?.serviceAccountName ?? 'default',
        namespace,
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            audiences: audience === undefined ? [] : [audience],
            expirationSeconds: seconds,
            boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
          },
        },
      }),
    );
    return { text: status?.token ?? '', expires: status?.expirationTimestamp?.getTime() ?? Date.now() };
  };
