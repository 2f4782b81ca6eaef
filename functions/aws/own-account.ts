/** A spoke function acts in its own account and region only. */
import { type ClusterRef, clusterArn } from '../identity.ts';
import { parseArn } from '../partition.ts';
import { Failure } from '../runtime/errors.ts';

/**
 * A cluster of the same name elsewhere must not be taken for this account's.
 * @throws Failure InputMalformed when the cluster is of another account or region than the function
 */
export const assertOwnCluster = (cluster: ClusterRef, functionArn: string): void => {
  const own = parseArn(functionArn);
  if (own?.account === cluster.account && own.region === cluster.region) return;
  throw new Failure('InputMalformed', `${clusterArn(cluster)} is not of the account and region of ${functionArn}`);
};
