/** Which clusters bear the tag that podid looks for, beside those that did before: who is new, who is lost and why. Pure. */
import type { ClusterRef } from '../../identity.ts';
import type { DiscoveredCluster, LossReason } from '../../store/discovered.ts';
import type { Found } from '../../store/finding-row.ts';
import type { ClusterTag } from '../../sweep-settings.ts';
import { DRIFT_REASONS } from '../detect/reasons.ts';
import { nameOfObject } from '../detect/told.ts';

/** A complete listing of a place; undefined where nobody looks for a tag any more. */
export type Seen = { readonly names: readonly string[]; readonly tagged: readonly string[] } | undefined;

export type Lost = { readonly cluster: string; readonly because: LossReason };

export type ComparedClusters = {
  /** What is known from now on, by name. */
  readonly clusters: readonly DiscoveredCluster[];
  /** Those that bore the tag the last time. */
  readonly lost: readonly Lost[];
  /** Names of those that podid has nothing to do with any more. */
  readonly dropped: readonly string[];
};

/** Its associations went with it, and each is looked at by itself: that takes some sweeps at the most. */
const KEPT_MILLIS = 24 * 3_600_000;

/**
 * @param configured The names of those that the configuration lists: they are not discovered, whatever they bear.
 * @param at When they were looked for, ISO 8601.
 */
export const compareDiscovered = (
  before: readonly DiscoveredCluster[],
  configured: ReadonlySet<string>,
  seen: Seen,
  at: string,
): ComparedClusters => {
  const clusters = new Map<string, DiscoveredCluster>();
  const lost: Lost[] = [];
  const dropped: string[] = [];
  for (const { name, since, goneAt } of before) {
    const because = lossOf(name, configured, seen);
    if (because === undefined) clusters.set(name, { name, since });
    else if (because !== 'gone') {
      lost.push({ cluster: name, because });
      dropped.push(name);
    } else {
      if (goneAt === undefined) lost.push({ cluster: name, because });
      if (Date.parse(at) - Date.parse(goneAt ?? at) < KEPT_MILLIS)
        clusters.set(name, { name, since, goneAt: goneAt ?? at });
      else dropped.push(name);
    }
  }
  for (const name of seen?.tagged ?? []) {
    if (!configured.has(name) && !clusters.has(name)) clusters.set(name, { name, since: at });
  }
  return { clusters: [...clusters.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), lost, dropped };
};

/** What stands against it until it is listed, or loses its tag. */
export const notConfigured = (cluster: ClusterRef, { key, value }: ClusterTag): Found => {
  const { severity, remedy } = DRIFT_REASONS.ClusterNotConfigured;
  const tag = value === undefined ? key : `${key}=${value}`;
  const name = nameOfObject({ object: 'cluster', cluster });
  return {
    reason: 'ClusterNotConfigured',
    severity,
    sentence: `${name} bears the tag ${tag}, and podid.config.yaml doesn’t list it: podid sees its associations and can cut nothing there.`,
    remedy,
  };
};

const lossOf = (name: string, configured: ReadonlySet<string>, seen: Seen): LossReason | undefined => {
  if (configured.has(name)) return 'listed';
  if (seen === undefined) return 'off';
  if (seen.tagged.includes(name)) return undefined;
  return seen.names.includes(name) ? 'untagged' : 'gone';
};
