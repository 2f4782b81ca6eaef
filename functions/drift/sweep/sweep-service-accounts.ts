/** The sweep of a cluster's service accounts: who asks for a role by IRSA is kept, from a complete listing or not at all. */
import { configuredCluster } from '../../config.ts';
import type { ClusterRef } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { IrsaPart } from '../../store/sweeps.ts';
import { asked, HINTS_AT_ONCE, type Sweeping } from './asking.ts';
import { compareServiceAccounts, type ListedUser } from './compare-service-accounts.ts';
import { type KeepAssociationsOutput, ListServiceAccountsOutput } from './contract.ts';

/**
 * Safe to repeat. A cluster whose API server doesn't answer, or doesn't let us in, is no failure of the sweep: what was known of it stays, and the
 * answer says why.
 * @param status `gone`: there is no such cluster, and nobody in it asks for anything
 */
export const sweepServiceAccounts = async (
  around: Sweeping,
  cluster: ClusterRef,
  status: KeepAssociationsOutput['status'],
): Promise<IrsaPart> => {
  const { store, now } = around;
  const startedAt = now().toISOString();
  // Before the listing: what somebody else writes while it runs is newer than it.
  const known = await store.serviceAccounts.rowsOf(cluster);
  const listing = status === 'gone' ? { users: [] } : await listWhole(around, cluster);
  if ('unread' in listing) return { status: 'unread', why: listing.unread };
  const { users } = listing;
  // Their roles are not kept by name, as associations' are: nobody has checked an annotation, and a name that leads to another role would hide one.
  const changed = compareServiceAccounts(cluster, known, users, startedAt);
  await inBatches(changed, HINTS_AT_ONCE, ({ row, version }) => store.serviceAccounts.keep(row, version));
  await store.serviceAccounts.keepListed({ cluster, startedAt, completedAt: now().toISOString() });
  return { status: 'read', users: users.length, malformed: users.filter(({ irsa }) => !irsa.valid).length };
};

type Listing = { readonly users: readonly ListedUser[] } | { readonly unread: string };

const listWhole = async (around: Sweeping, cluster: ClusterRef): Promise<Listing> => {
  if (configuredCluster(around.config, cluster.account, cluster.region, cluster.cluster) === undefined) {
    return { unread: 'podid.config.yaml does not name the cluster: podid has no access entry in it' };
  }
  const users: ListedUser[] = [];
  let next: string | undefined;
  do {
    const input = { ...cluster, ...(next !== undefined && { next }) };
    const page = await orWhyNot(asked(around, ListServiceAccountsOutput, 'list-service-accounts', cluster, input));
    if ('unread' in page) return page;
    users.push(...page.read.serviceAccounts);
    next = page.read.next;
    if (next !== undefined && !around.hasTime()) return { unread: 'there was no time for all of its pages' };
  } while (next !== undefined);
  return { users };
};

/** Whatever the spoke or its cluster fails with, a spoke that is not deployed yet among it. */
const orWhyNot = async <Read>(
  answer: Promise<Read>,
): Promise<{ readonly read: Read } | { readonly unread: string }> => {
  try {
    return { read: await answer };
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { unread: why.slice(0, LONGEST_WHY) };
  }
};

const LONGEST_WHY = 300;
