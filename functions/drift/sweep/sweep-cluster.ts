/**
 * The sweep of one cluster: all its associations listed, and described what is new, missing or due; then its service accounts. What differs of an
 * association is hinted; nothing is judged.
 */
import { inBatches } from '../../runtime/batches.ts';
import type { IrsaPart } from '../../store/sweeps.ts';
import { HINTS_AT_ONCE, type Sweeping, settingsOf } from './asking.ts';
import { compareListing } from './compare-listing.ts';
import type { ClusterProgress, KeepAssociationsInput, KeepAssociationsOutput } from './contract.ts';
import { allGone, type Described, type Describing, describeAll, proveGone } from './describe-cluster.ts';
import { listCluster } from './list-cluster.ts';
import { laterOnes } from './spread.ts';
import { sweepServiceAccounts } from './sweep-service-accounts.ts';

/**
 * Without time for all of it the answer has `progress`: the same again, with that, goes on. Safe to repeat: what fails in the middle of the
 * listing has taken nothing for gone, and nothing is marked as listed before all that was unknown is kept.
 */
export const sweepCluster = async (
  around: Sweeping,
  { sweep, cluster, progress }: KeepAssociationsInput,
): Promise<KeepAssociationsOutput> => {
  const { store, hint, config, now } = around;
  const startedAt = now().toISOString();
  const before = await store.clusters.swept(cluster);
  // Before the listing: what is made while it runs is not missing from it.
  const known = await store.associations.ofCluster(cluster);
  const { status, associations, issuer } = await listCluster(around, cluster);
  const { describeHours } = settingsOf(config);
  // At the first listing all that is new is described, and what events have told comes with the rotation.
  const since = before === undefined ? sweep.startedAt : before.describedTo;
  const rotation = { since, now: sweep.startedAt, describeHours };
  const { fresh, moved, missing, due } = compareListing(cluster, known, associations, rotation);
  const identities = progress === undefined ? moved.flatMap((one) => one.identities) : [];
  // What has become of the agent and of our access entries, only a read of the cluster tells.
  if (progress === undefined) await hint({ object: 'cluster', cluster });
  await inBatches(identities, HINTS_AT_ONCE, (identity) => hint({ object: 'association', identity }));

  const describing: Describing = {
    known: new Map(known.map(({ state }) => [state.associationId, state])),
    counted: before !== undefined,
    until: sweep.until,
    later: laterOnes(startedAt),
  };
  const unknown = [...fresh, ...moved.map(({ associationId }) => associationId)];
  const rest = due.filter((id) => id > (progress?.after ?? ''));
  // What nobody knows comes first, then what is perhaps gone: what is due has been seen before.
  const first = await describeAll(around, cluster, unknown, describing);
  const gone =
    status === 'gone'
      ? await allGone(around, missing, describing)
      : await proveGone(around, cluster, first.through < unknown.length ? [] : missing, describing);
  const wasAll = first.through + gone.through === unknown.length + missing.length;
  const rotated = await describeAll(around, cluster, wasAll ? rest : [], describing);

  const so = sum(progress, [first, gone, rotated], identities.length);
  const left = unknown.length + missing.length + rest.length - first.through - gone.through - rotated.through;
  const answer = { status, listed: associations.length, described: so.described };
  const isOver = now().toISOString() >= sweep.until;
  // Where nothing was described, another call would have no more time for the service accounts than this one.
  const hasTime = first.through + gone.through + rotated.through === 0 || around.hasTime();
  if (!isOver && (left > 0 || !hasTime)) {
    const after = rest[rotated.through - 1] ?? progress?.after;
    return { ...answer, progress: { ...so, ...(after !== undefined && { after }) } };
  }
  const irsa: IrsaPart = isOver
    ? { status: 'unread', why: 'there was no time left in this sweep' }
    : await sweepServiceAccounts(around, cluster, status);
  const at = now().toISOString();
  if (first.through === unknown.length) {
    const describedTo = left === 0 ? sweep.startedAt : before?.describedTo;
    await store.clusters.keepSwept({
      cluster,
      startedAt,
      completedAt: at,
      ...(issuer !== undefined && { issuer }),
      ...(describedTo !== undefined && { describedTo }),
    });
  }
  await store.sweeps.keepPart(sweep.id, {
    part: 'cluster',
    cluster,
    listed: associations.length,
    ...so,
    status,
    left,
    irsa,
    at,
  });
  return answer;
};

type Counts = Omit<ClusterProgress, 'after'>;

const sum = (before: ClusterProgress | undefined, parts: readonly Described[], moved: number): Counts =>
  parts.reduce(
    (so, { through, hinted, silent }) => ({
      described: so.described + through,
      hinted: so.hinted + hinted,
      silent: so.silent + silent,
    }),
    {
      described: before?.described ?? 0,
      hinted: (before?.hinted ?? 0) + moved,
      silent: before?.silent ?? 0,
    },
  );
