/** A pod's projected token, judged by the cluster that issued it. */
import type { Cluster } from '../eks/index.ts';
import { EksAuthError } from './errors.ts';

export type PodToken = {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: { readonly name: string; readonly uid: string };
};

/** @throws InvalidTokenException, ExpiredTokenException */
export const reviewPodToken = async (cluster: Cluster, token: string, audience: string): Promise<PodToken> => {
  // The pattern of the service's model: a JSON web token has three parts.
  if (!/^[\w=-]+\.[\w=-]+\.[\w=-]+$/.test(token)) throw invalid('The token is not a JSON web token.');
  const reviewed = await cluster.reviewToken(token, audience).catch((cause: unknown) => {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    if (name === 'TokenExpired') throw new EksAuthError('ExpiredTokenException', message, { cause });
    throw invalid(message, { cause });
  });
  const { namespace, serviceAccount, pod } = reviewed;
  // The tags name a pod: a token that was made for none can't be used.
  if (pod === undefined) throw invalid('The token is not bound to a pod.');
  return { namespace, serviceAccount, pod };
};

const invalid = (message: string, options?: ErrorOptions): EksAuthError =>
  new EksAuthError('InvalidTokenException', message, options);
