/** Whom a tripped breaker holds back has it told as its cluster's finding. */
import { clusterArn } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { ObjectRef } from '../contract.ts';
import type { Gathered } from '../gathering/gather.ts';
import { hint } from '../hints.ts';
import { placeOf } from '../kept.ts';
import type { LookHub } from './hub.ts';

/** The breaker is a cluster's, and so is the finding: whoever is held back by it has the cluster looked at, until it stands there. */
export const tellOfBreakers = async (hub: LookHub, ref: ObjectRef, concerned: Gathered['concerned']): Promise<void> => {
  if (ref.object === 'cluster') return;
  const clusters = new Map(concerned.map((one) => [clusterArn(one), one]));
  await inBatches([...clusters.values()], AT_ONCE, async ({ account, region, cluster }) => {
    const own: ObjectRef = { object: 'cluster', cluster: { account, region, cluster } };
    const { tripped } = await hub.store.brakes.breaker(own.cluster);
    if (tripped === undefined) return;
    const rows = await hub.store.findings.of(placeOf(own).key);
    if (!rows.some(({ reason, state }) => reason === 'BreakerTripped' && state === 'open')) await hint(hub, own);
  });
};

const AT_ONCE = 10;
