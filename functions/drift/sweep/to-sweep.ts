/** What a sweep looks at. Pure. */
import { type Config, spokeRegions } from '../../config.ts';
import type { SweepRef, ToSweep } from './contract.ts';
import type { DiscoveredIn } from './discover.ts';
import { looksOf } from './looks.ts';

/** Of the time until the next sweep, so much is for this one. */
const SHARE = 0.9;
const HOUR = 3_600_000;

/** A sweep that begins now. */
export const sweepAt = ({ sweepHours }: Pick<Config, 'sweepHours'>, now: Date): SweepRef => ({
  id: `s-${now.getTime().toString(36)}`,
  startedAt: now.toISOString(),
  until: new Date(now.getTime() + SHARE * sweepHours * HOUR).toISOString(),
});

/** @param discovered Of each account and region: what is swept there though the configuration doesn't list it. */
export const toSweep = (config: Config, sweep: SweepRef, discovered: readonly DiscoveredIn[]): ToSweep => ({
  sweep,
  accounts: config.spokes.map(({ account }) => {
    const [region = config.hub.region] = spokeRegions(config, account);
    return { account, region, looks: looksOf(config, account) };
  }),
  // EKS's rates count for an account and region: its clusters come one after the other.
  places: config.spokes.flatMap(({ account, clusters }) =>
    spokeRegions(config, account).flatMap((region) => {
      const listed = clusters.flatMap((cluster) => (cluster.region === region ? [cluster.name] : []));
      const found = discovered.filter((place) => place.account === account && place.region === region);
      const names = [...listed, ...found.flatMap((place) => place.clusters)];
      const here = names.map((cluster) => ({ sweep, cluster: { account, region, cluster } }));
      return here.length === 0 ? [] : [{ clusters: here }];
    }),
  ),
  discovery: discovered.map(({ outcome }) => outcome),
});
