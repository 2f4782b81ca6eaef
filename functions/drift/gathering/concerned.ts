/** Whose access hangs on an object, and what their clusters say to writing to it. */
import { type Grant, identitiesOf } from '../../grants/index.ts';
import { type ClusterRef, clusterArn, identityKey, type WorkloadIdentity } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Store } from '../../store/index.ts';
import type { ObjectRef } from '../contract.ts';
import type { Objects } from '../hints.ts';
import { objectKey } from '../object.ts';

/** Each once; of an association its own. */
export const identitiesOn = (ref: ObjectRef, onRole: readonly WorkloadIdentity[]): readonly WorkloadIdentity[] => {
  if (ref.object === 'association') return [ref.identity];
  return [...new Map(onRole.map((identity) => [identityKey(identity), identity])).values()];
};

/** Those of the version in force, and of the one under way. */
export const identitiesIn = ({ versions, inForce, pending }: Grant): readonly WorkloadIdentity[] =>
  versions
    .filter(({ version }) => version === inForce || version === pending?.version)
    .flatMap(({ wish }) => identitiesOf(wish));

/** Whether all of their baselines are accepted, and why a breaker of one of them holds us back. */
export const clustersOf = async (
  { store, objects }: { readonly store: Pick<Store, 'brakes'>; readonly objects: Objects },
  concerned: readonly ClusterRef[],
): Promise<{ readonly accepted: boolean; readonly tripped?: string }> => {
  const clusters = [...new Map(concerned.map((one) => [clusterArn(one), one])).values()];
  const looked = await inBatches(clusters, AT_ONCE, async ({ account, region, cluster }) => {
    const ref: ObjectRef = { object: 'cluster', cluster: { account, region, cluster } };
    const [baseline, { tripped }] = await Promise.all([
      objects.baseline(objectKey(ref)),
      store.brakes.breaker(ref.cluster),
    ]);
    const sentence = tripped && `The breaker of cluster ${cluster} tripped at ${tripped.at}: ${tripped.because}.`;
    return { accepted: baseline !== undefined, tripped: sentence };
  });
  const tripped = looked.find((one) => one.tripped !== undefined)?.tripped;
  return { accepted: looked.every(({ accepted }) => accepted), ...(tripped !== undefined && { tripped }) };
};

const AT_ONCE = 10;
