/** Reading one object through its account's spoke; a cluster also from within. */
import { configuredCluster } from '../../config.ts';
import type { ClusterRef } from '../../identity.ts';
import type { Place } from '../../places.ts';
import { isFailure } from '../../runtime/errors.ts';
import { SpokeFailure } from '../../runtime/spoke-call.ts';
import { actualFrom } from '../actual.ts';
import type { Actual, ObjectRef } from '../contract.ts';
import { type SeenInside, withInside } from '../facets/index.ts';
import type { JustRead } from '../gathering/gather.ts';
import { principalsOf, readerOf } from '../gathering/setup.ts';
import { ReadClusterOutput, ReadObjectOutput } from '../spoke-contract.ts';
import type { LookHub } from './hub.ts';

export type WasRead = { readonly actual: Actual; readonly raw: JustRead };

type Asking = Pick<LookHub, 'ask' | 'config' | 'count'>;

/** @throws SpokeFailure, Failure */
export const readObject = async (hub: Asking, ref: ObjectRef, place: Place): Promise<WasRead> => {
  const principals = ref.object === 'cluster' ? { principals: principalsOf(hub.config, ref.cluster) } : {};
  const output = ReadObjectOutput.parse(
    await hub.ask({ function: 'read-object', ...place, input: { ref, ...principals } }),
  );
  if (ref.object === 'cluster' && output.object === 'cluster' && output.control.present && letsUsIn(hub, ref.cluster)) {
    const inside = await insideOf(hub, ref.cluster, place);
    const control = withInside(output.control, inside, readerOf(ref.cluster));
    return { actual: actualFrom({ ...output, control }), raw: {} };
  }
  const raw = output.object === 'role' && output.seen.present ? { trust: output.seen.trust } : {};
  return { actual: actualFrom(output), raw };
};

/** One that was only found by its tag has no access entry of ours. */
const letsUsIn = ({ config }: Asking, { account, region, cluster }: ClusterRef): boolean =>
  configuredCluster(config, account, region, cluster) !== undefined;

/** What can't be had from within is unread, and the rest is judged all the same. */
const insideOf = async ({ ask, count }: Asking, cluster: ClusterRef, place: Place): Promise<SeenInside> => {
  try {
    return ReadClusterOutput.parse(await ask({ function: 'read-cluster', ...place, input: cluster }));
  } catch (error) {
    if (!(error instanceof SpokeFailure || isFailure(error))) throw error;
    count('ClusterUnread');
    return {};
  }
};
