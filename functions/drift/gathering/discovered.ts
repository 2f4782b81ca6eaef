/** Clusters that the configuration doesn't list, and that the sweep has found by their tag: podid looks after them all the same. */
import { type Config, spokeRegions } from '../../config.ts';
import type { ClusterRef } from '../../identity.ts';
import type { Store } from '../../store/index.ts';

/** Whether the last sweep that looked there has found it, and podid can still look there. One that has gone since counts for a day. */
export const isDiscovered = async (
  { store, config }: { readonly store: Pick<Store, 'discovered'>; readonly config: Config },
  cluster: ClusterRef,
): Promise<boolean> => {
  const { account, region } = cluster;
  const isInReach =
    config.spokes.some((spoke) => spoke.account === account) && spokeRegions(config, account).includes(region);
  return config.sweep?.discover !== undefined && isInReach && (await store.discovered.has(cluster));
};
