/** Service accounts that ask for a role by IRSA. */
import { type IrsaUse, irsaUseOf } from '../irsa.ts';
import type { Cluster } from './client.ts';
import { somePages } from './pages.ts';

export type IrsaUser = { readonly namespace: string; readonly serviceAccount: string; readonly irsa: IrsaUse };

/** 2,000 service accounts: were every text of theirs as long as `irsaUseOf` leaves it, that would be 5 MB. A Lambda answers with 6. */
const PAGES_AT_ONCE = 4;

/**
 * Those of all namespaces, some pages of them. `next`: where to go on; the API server knows it for minutes, and then fails with ServiceUnavailable.
 * @throws Failure what the cluster fails with: see `clusterFailure`
 */
export const irsaUsers = async (
  cluster: Cluster,
  from?: string,
): Promise<{ readonly users: readonly IrsaUser[]; readonly next?: string }> => {
  const { items, ...rest } = await somePages(
    (page) =>
      cluster.ask({ verb: 'list', resource: 'serviceaccounts' }, () =>
        cluster.core.listServiceAccountForAllNamespaces(page),
      ),
    PAGES_AT_ONCE,
    from,
  );
  const users = items.flatMap(({ metadata }) => {
    const irsa = irsaUseOf(metadata?.annotations ?? {});
    if (irsa === undefined || metadata?.name === undefined || metadata.namespace === undefined) return [];
    return [{ namespace: metadata.namespace, serviceAccount: metadata.name, irsa }];
  });
  return { users, ...rest };
};
