/** Reads what a service account holds now: its association, if it has one and the cluster still exists. */
import { describeAssociation, listAssociations } from '../aws/eks.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { entry } from '../runtime/entry.ts';
import { ReadAssociationsInput, type ReadAssociationsOutput } from './contract.ts';

export const handler = entry(
  ReadAssociationsInput,
  async ({ identity }, { now, functionArn }): Promise<ReadAssociationsOutput> => {
    assertOwnCluster(identity, functionArn);
    const { cluster, namespace, serviceAccount } = identity;
    const page = await listAssociations(cluster, { namespace, serviceAccount });
    const readAt = now().toISOString();
    if (page === undefined) return { cluster: 'gone', readAt };
    for (const id of page.ids) {
      const found = await describeAssociation(cluster, id);
      // Deleted between the two calls, or not this identity's: not taking the filter at its word costs nothing.
      if (found?.namespace === namespace && found.serviceAccount === serviceAccount) {
        return { cluster: 'present', association: found.state, readAt };
      }
    }
    return { cluster: 'present', readAt };
  },
);
