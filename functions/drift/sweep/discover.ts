/** The search for clusters by their tag, through the spokes of every account and region. */
import { type Config, spokeRegions } from '../../config.ts';
import type { Place } from '../../places.ts';
import { inBatches } from '../../runtime/batches.ts';
import { asked, settingsOf } from './asking.ts';
import { FindClustersOutput, type Outcome } from './contract.ts';
import { compareDiscovered, type Seen } from './discovery.ts';
import { type Discovering, keepDiscovered } from './keep-discovered.ts';

/** Of an account and region: the names of the clusters to sweep beside the configured ones, and whether they could be looked for. */
export type DiscoveredIn = Place & { readonly clusters: readonly string[]; readonly outcome: Outcome };

/** Each account and region has rates of its own, and is asked one question at a time. */
const PLACES_AT_ONCE = 10;

/**
 * One place that can't be asked doesn't stop the others: what was known there is swept all the same, and nothing of it is taken for lost.
 * @throws Failure when the table can't be read or written
 */
export const discover = (around: Discovering, sweepId: string): Promise<DiscoveredIn[]> =>
  inBatches(placesIn(around.config), PLACES_AT_ONCE, (place) => discoverIn(around, sweepId, place));

const placesIn = (config: Config): Place[] =>
  config.spokes.flatMap(({ account }) => spokeRegions(config, account).map((region) => ({ account, region })));

const discoverIn = async (around: Discovering, sweepId: string, place: Place): Promise<DiscoveredIn> => {
  const { store, config, now } = around;
  const configured = configuredIn(config, place);
  const before = await store.discovered.inPlace(place);
  const isOff = settingsOf(config).discover === undefined;
  if (isOff && before.length === 0) return { ...place, clusters: [], outcome: { outcome: 'swept' } };
  const at = now().toISOString();
  const seen = isOff ? undefined : await lookFor(around, place, configured);
  if (seen !== undefined && 'failed' in seen) {
    const outcome = { outcome: 'not-swept', what: place, at: 'find-clusters', error: seen.failed } as const;
    return { ...place, clusters: before.flatMap(({ name }) => (configured.has(name) ? [] : [name])), outcome };
  }
  const compared = compareDiscovered(before, configured, seen, at);
  await keepDiscovered(around, sweepId, place, compared, at);
  return { ...place, clusters: compared.clusters.map(({ name }) => name), outcome: { outcome: 'swept' } };
};

const configuredIn = ({ spokes }: Config, { account, region }: Place): ReadonlySet<string> => {
  const clusters = spokes.find((spoke) => spoke.account === account)?.clusters ?? [];
  return new Set(clusters.flatMap((cluster) => (cluster.region === region ? [cluster.name] : [])));
};

/** All of a place's clusters, or why they can't be told. */
const lookFor = async (
  around: Discovering,
  place: Place,
  configured: ReadonlySet<string>,
): Promise<NonNullable<Seen> | { readonly failed: string }> => {
  const { discover: wanted, describesPerSecond: perSecond } = settingsOf(around.config);
  const question = { ...place, tag: wanted?.tag, except: [...configured], perSecond };
  const names: string[] = [];
  const tagged: string[] = [];
  let next: string | undefined;
  try {
    do {
      if (!around.hasTime()) return { failed: 'NoTime' };
      const input = { ...question, ...(next !== undefined && { next }) };
      const page = await asked(around, FindClustersOutput, 'find-clusters', place, input);
      names.push(...page.names);
      tagged.push(...page.tagged);
      next = page.next;
    } while (next !== undefined);
  } catch (error) {
    return { failed: error instanceof Error ? error.name : 'Unknown' };
  }
  return { names, tagged };
};
