/** Reads one page of a cluster's associations, with what each gives. */
import { describeAssociation, listAssociations } from '../aws/eks.ts';
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { type AssociationsPage, ListAssociationsInput } from './sweep.ts';

const PAGE = 50;
/** DescribePodIdentityAssociation is a call each; ten at a time keep a page at a second or two and below EKS's rates. */
const AT_ONCE = 10;

export const handler = entry(
  ListAssociationsInput,
  async ({ next: from, ...cluster }, { now }): Promise<AssociationsPage> => {
    const page = await listAssociations(cluster.cluster, {
      limit: PAGE,
      ...(from === undefined ? {} : { next: from }),
    });
    const readAt = now().toISOString();
    if (page === undefined) return { cluster, status: 'gone', associations: [], readAt };
    const found = await inBatches(page.ids, AT_ONCE, (id) => describeAssociation(cluster.cluster, id));
    return {
      cluster,
      status: 'present',
      // Those that were deleted between the two calls are not described.
      associations: found.flatMap((one) =>
        one === undefined
          ? []
          : [
              {
                identity: { ...cluster, namespace: one.namespace, serviceAccount: one.serviceAccount },
                state: one.state,
              },
            ],
      ),
      readAt,
      ...(page.next === undefined ? {} : { next: page.next }),
    };
  },
);
