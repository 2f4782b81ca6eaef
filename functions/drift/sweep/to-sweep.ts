/** What a sweep looks at. Pure. */
import { type Config, spokeRegions } from '../../config.ts';
import type { PlaceToSweep, SweepRef, SweepSlice, ToSweep } from './contract.ts';
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

/**
 * So many items, accounts and clusters together, fit into the 256 KiB of a payload, as does what becomes of them (some 200 bytes of each that fails),
 * and their steps into the 25,000 events of an execution's history ("Step Functions quotas").
 */
export const MOST_ITEMS = 1000;

/**
 * What an execution sweeps itself, and the slices that others are started for.
 * @param discovered Of each account and region: what is swept there though the configuration doesn't list it.
 */
export const toSweep = (
  config: Config,
  sweep: SweepRef,
  discovered: readonly DiscoveredIn[],
): { readonly own: Omit<ToSweep, 'slices'>; readonly slices: readonly SweepSlice[] } => {
  const accounts = accountsOf(config);
  const [places, ...others] = sliced(placesOf(config, discovered), MOST_ITEMS - accounts.length);
  return {
    own: {
      isSlice: false,
      sweep,
      accounts,
      places: [...(places ?? [])],
      discovery: discovered.map(({ outcome }) => outcome),
    },
    slices: others.map((some) => ({ sweep, places: [...some] })),
  };
};

/** In their order, each place whole: its clusters share EKS's rates. The first slice may be empty, the others hold `MOST_ITEMS`. */
const sliced = (places: readonly PlaceToSweep[], first: number): readonly (readonly PlaceToSweep[])[] => {
  const slices: PlaceToSweep[][] = [[]];
  let room = first;
  for (const place of places) {
    const items = place.clusters.length;
    if (items > room) {
      slices.push([]);
      room = MOST_ITEMS;
    }
    slices.at(-1)?.push(place);
    room -= items;
  }
  return slices;
};

const accountsOf = (config: Config): ToSweep['accounts'] =>
  config.spokes.map(({ account }) => {
    const [region = config.hub.region] = spokeRegions(config, account);
    return { account, region, looks: looksOf(config, account) };
  });

/** EKS's rates count for an account and region: its clusters come one after the other. */
const placesOf = (config: Config, discovered: readonly DiscoveredIn[]): PlaceToSweep[] =>
  config.spokes.flatMap(({ account, clusters }) =>
    spokeRegions(config, account).flatMap((region) => {
      const listed = clusters.flatMap((cluster) => (cluster.region === region ? [cluster.name] : []));
      const found = discovered.filter((place) => place.account === account && place.region === region);
      const names = [...listed, ...found.flatMap((place) => place.clusters)];
      const here = names.map((cluster) => ({ account, region, cluster }));
      return here.length === 0 ? [] : [{ clusters: here }];
    }),
  );
