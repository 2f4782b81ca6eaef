/** Idempotency of create calls: the same client token gives what it gave before. */
import { invalid } from './lookup.ts';
import type { Cluster } from './state.ts';

type Input = { readonly clientRequestToken?: string | undefined };

/**
 * What the same call has made before, if that is still there.
 * @throws InvalidParameterException when its token came with other parameters
 */
export const repeated = <T>(
  cluster: Cluster,
  operation: string,
  input: Input,
  find: (id: string) => T | undefined,
): T | undefined => {
  const before = cluster.requestTokens.get(keyOf(operation, input));
  const made = before === undefined ? undefined : find(before.id);
  if (made === undefined) return undefined;
  if (before?.input !== fingerprint(input)) throw invalid('The client request token was used with other parameters.');
  return made;
};

/** Keeps what a call has made, for its repetition. Without a token there is none. */
export const remember = (cluster: Cluster, operation: string, input: Input, id: string): void => {
  if (input.clientRequestToken === undefined) return;
  cluster.requestTokens.set(keyOf(operation, input), { id, input: fingerprint(input) });
};

const keyOf = (operation: string, { clientRequestToken = '' }: Input): string => `${operation} ${clientRequestToken}`;

const fingerprint = (input: object): string =>
  JSON.stringify(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)));
