/** What the search for clusters has come to in one place: kept, told, and let go where podid has nothing to do with it any more. */
import { type ClusterRef, clusterArn } from '../../identity.ts';
import type { Place } from '../../places.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { LossReason } from '../../store/discovered.ts';
import type { Found } from '../../store/finding-row.ts';
import type { Kept } from '../../store/findings.ts';
import type { Store } from '../../store/index.ts';
import type { ObjectRef } from '../contract.ts';
import { objectKey } from '../object.ts';
import { HINTS_AT_ONCE, type Sweeping, settingsOf } from './asking.ts';
import { type ComparedClusters, notConfigured } from './discovery.ts';

export type Discovering = Sweeping & {
  readonly store: Sweeping['store'] & Pick<Store, 'discovered' | 'findings'>;
  /** Counts what has become of a cluster's findings, and tells the world. */
  readonly told: (cluster: ClusterRef, kept: Kept) => Promise<void>;
};

/** In the findings: by what they have come to their end. */
const RESOLVED_BY: Readonly<Record<LossReason, string>> = {
  listed: 'ClusterListed',
  untagged: 'ClusterTagRemoved',
  gone: 'ClusterDeleted',
  off: 'DiscoveryOff',
};

/** @param at When they were looked for, ISO 8601. */
export const keepDiscovered = async (
  around: Discovering,
  sweepId: string,
  place: Place,
  { clusters, lost, dropped }: ComparedClusters,
  at: string,
): Promise<void> => {
  const { store, config } = around;
  const tag = settingsOf(config).discover?.tag;
  const found = clusters.flatMap(({ name, goneAt }) => (goneAt === undefined ? [name] : []));
  await inBatches(found, HINTS_AT_ONCE, (name) => {
    const cluster = { ...place, cluster: name };
    return judge(around, cluster, tag === undefined ? [] : [notConfigured(cluster, tag)], { at, kind: 'Sweep' });
  });
  await inBatches(lost, HINTS_AT_ONCE, ({ cluster, because }) =>
    judge(around, { ...place, cluster }, [], { at, kind: RESOLVED_BY[because] }),
  );
  await store.sweeps.keepPart(sweepId, { part: 'discovery', ...place, found, lost: [...lost], at });
  await store.discovered.keep({ ...place, clusters: [...clusters], at });
  // Only now: whoever looked before would still take them for known.
  await inBatches(dropped, 1, (cluster) => letGo(around, { ...place, cluster }));
};

const judge = async (
  { store, told }: Discovering,
  cluster: ClusterRef,
  found: readonly Found[],
  { at, kind }: { readonly at: string; readonly kind: string },
): Promise<void> => {
  const judgement = { at, cause: { kind }, complete: true, judge: 'discovery' };
  await told(cluster, await store.findings.keep(clusterArn(cluster), found, judgement));
};

/** What stands open against it, and against what is in it, is looked at once more: the look closes what nobody looks after. */
const letGo = async ({ store, hint }: Discovering, cluster: ClusterRef): Promise<void> => {
  const within = await store.associations.ofCluster(cluster);
  const refs: ObjectRef[] = [
    { object: 'cluster', cluster },
    ...within.map(({ identity }) => ({ object: 'association' as const, identity })),
  ];
  await inBatches(refs, HINTS_AT_ONCE, async (ref) => {
    const rows = await store.findings.of(objectKey(ref));
    if (rows.some(({ state }) => state === 'open')) await hint(ref);
  });
};
