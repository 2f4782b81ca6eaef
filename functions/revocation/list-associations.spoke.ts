/** Reads one page of a cluster's associations, with what each gives. */
import { describeAssociation, issuerOf, listAssociations } from '../aws/eks.ts';
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { type AssociationsPage, ListAssociationsInput, type Listing } from './sweep.ts';

const PAGE = 50;
/** DescribePodIdentityAssociation is a call each; ten at a time keep a page at a second or two and below EKS's rates. */
const AT_ONCE = 10;

export const handler = entry(
  ListAssociationsInput,
  async ({ next: from, listing: begun, ...cluster }, { now }): Promise<AssociationsPage> => {
    // Before the list is asked for: what is made after this instant may be missing from it.
    const startedAt = now().toISOString();
    const page = await listAssociations(cluster.cluster, {
      limit: PAGE,
      ...(from === undefined ? {} : { next: from }),
    });
    const readAt = now().toISOString();
    if (page === undefined)
      return { cluster, status: 'gone', associations: [], readAt, listing: begun ?? { startedAt } };
    const listing = begun ?? (await listingOf(cluster.cluster, startedAt));
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
      listing,
      ...(page.next === undefined ? {} : { next: page.next }),
    };
  },
);

/** The issuer is asked for once in a listing: it never changes while the cluster lives. */
const listingOf = async (cluster: string, startedAt: string): Promise<Listing> => {
  const issuer = await issuerOf(cluster);
  return { startedAt, ...(issuer === undefined ? {} : { issuer }) };
};
