/** Describes associations of a cluster by their ids, at the pace that it is told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeAssociation } from '../aws/eks.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { DescribeAssociationsInput, type DescribeAssociationsOutput } from './sweep/contract.ts';
import { pacer } from './sweep/pacer.ts';

const AT_ONCE = 10;

export const handler = entry(
  DescribeAssociationsInput,
  async ({ ids, perSecond, ...cluster }, { now, functionArn }): Promise<DescribeAssociationsOutput> => {
    assertOwnCluster(cluster, functionArn);
    const turn = pacer(perSecond, { now: () => now().getTime(), sleep });
    // Before the first is read: what is changed meanwhile is newer than this.
    const readAt = now().toISOString();
    const found = await inBatches(ids, AT_ONCE, async (id) => {
      await turn();
      return describeAssociation(cluster.cluster, id);
    });
    const associations = found.flatMap((one) => {
      if (one === undefined) return [];
      const { namespace, serviceAccount, state } = one;
      return [{ identity: { ...cluster, namespace, serviceAccount }, state }];
    });
    return { associations, readAt };
  },
);
