/** Where an object is asked for. */
import { configuredCluster } from '../../config.ts';
import { type Place, placeOfRole } from '../../places.ts';
import type { ObjectRef } from '../contract.ts';
import { isDiscovered } from '../gathering/discovered.ts';
import type { LookHub } from './hub.ts';

/** Undefined where the configuration has no spoke for it, or podid has nothing to do with its cluster. */
export const placeOfObject = async (
  { store, config }: Pick<LookHub, 'store' | 'config'>,
  ref: ObjectRef,
): Promise<Place | undefined> => {
  if (ref.object === 'role') return placeOfRole(ref.roleArn, config);
  const { account, region, cluster } = ref.object === 'association' ? ref.identity : ref.cluster;
  const isConfigured = configuredCluster(config, account, region, cluster) !== undefined;
  const isKnown = isConfigured || (await isDiscovered({ store, config }, { account, region, cluster }));
  return isKnown ? { account, region } : undefined;
};
