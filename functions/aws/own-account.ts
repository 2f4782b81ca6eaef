/** A spoke function acts in its own account and region only. */
import { type ClusterRef, clusterArn } from '../identity.ts';
import { parseArn } from '../partition.ts';
import type { Place } from '../places.ts';
import { Failure } from '../runtime/errors.ts';

/**
 * A cluster of the same name elsewhere must not be taken for this account's.
 * @throws Failure InputMalformed when the cluster is of another account or region than the function
 */
export const assertOwnCluster = (cluster: ClusterRef, functionArn: string): void => {
  if (isOwn(cluster, functionArn)) return;
  throw new Failure('InputMalformed', `${clusterArn(cluster)} is not of the account and region of ${functionArn}`);
};

/**
 * The same, where no cluster is named.
 * @throws Failure InputMalformed when the place is another one than the function's
 */
export const assertOwnPlace = (place: Place, functionArn: string): void => {
  if (isOwn(place, functionArn)) return;
  throw new Failure(
    'InputMalformed',
    `${place.account}/${place.region} is not the account and region of ${functionArn}`,
  );
};

const isOwn = ({ account, region }: Place, functionArn: string): boolean => {
  const own = parseArn(functionArn);
  return own?.account === account && own.region === region;
};
