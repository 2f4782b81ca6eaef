/** Reading one object through its account's spoke. */
import type { Config } from '../../config.ts';
import { configuredCluster } from '../../config.ts';
import { type Place, placeOfRole } from '../../places.ts';
import { actualFrom } from '../actual.ts';
import type { Actual, ObjectRef } from '../contract.ts';
import type { JustRead } from '../gathering/gather.ts';
import { principalsOf } from '../gathering/setup.ts';
import { ReadObjectOutput } from '../spoke-contract.ts';
import type { LookHub } from './hub.ts';

/** Where it is asked for; undefined where the configuration has no spoke: nothing of ours is there. */
export const placeOfObject = (ref: ObjectRef, config: Config): Place | undefined => {
  if (ref.object === 'role') return placeOfRole(ref.roleArn, config);
  const { account, region, cluster } = ref.object === 'association' ? ref.identity : ref.cluster;
  return configuredCluster(config, account, region, cluster) === undefined ? undefined : { account, region };
};

export type WasRead = { readonly actual: Actual; readonly raw: JustRead };

/** @throws SpokeFailure, Failure */
export const readObject = async (
  { ask, config }: Pick<LookHub, 'ask' | 'config'>,
  ref: ObjectRef,
  place: Place,
): Promise<WasRead> => {
  const principals = ref.object === 'cluster' ? { principals: principalsOf(config, ref.cluster) } : {};
  const output = ReadObjectOutput.parse(
    await ask({ function: 'read-object', ...place, input: { ref, ...principals } }),
  );
  const raw = output.object === 'role' && output.seen.present ? { trust: output.seen.trust } : {};
  return { actual: actualFrom(output), raw };
};
