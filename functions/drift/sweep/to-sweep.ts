/** What a sweep looks at. Pure. */
import { type Config, spokeRegions } from '../../config.ts';
import type { ListClustersOutput } from './contract.ts';
import { looksOf } from './looks.ts';

/** Of the time until the next sweep, so much is for this one. */
const SHARE = 0.9;
const HOUR = 3_600_000;

export const toSweep = (config: Config, now: Date): ListClustersOutput => {
  const startedAt = now.toISOString();
  const until = new Date(now.getTime() + SHARE * config.sweepHours * HOUR).toISOString();
  const sweep = { id: `s-${now.getTime().toString(36)}`, startedAt, until };
  return {
    sweep,
    accounts: config.spokes.map(({ account }) => {
      const [region = config.hub.region] = spokeRegions(config, account);
      return { account, region, looks: looksOf(config, account) };
    }),
    // EKS's rates count for an account and region: its clusters come one after the other.
    places: config.spokes.flatMap(({ account, clusters }) =>
      spokeRegions(config, account).flatMap((region) => {
        const here = clusters.filter((cluster) => cluster.region === region);
        return here.length === 0
          ? []
          : [{ clusters: here.map(({ name }) => ({ sweep, cluster: { account, region, cluster: name } })) }];
      }),
    ),
  };
};
