/** All of a cluster's associations by id, page after page: whole, or not at all. */
import type { ClusterRef } from '../../identity.ts';
import { asked, type Sweeping, settingsOf } from './asking.ts';
import type { Listed } from './compare-listing.ts';
import { ListAssociationsOutput } from './contract.ts';

export type WholeListing = {
  readonly status: 'present' | 'gone';
  readonly associations: readonly Listed[];
  readonly issuer?: string;
};

/** @throws whatever keeps it from being whole: then nothing is missing */
export const listCluster = async (
  around: Pick<Sweeping, 'ask' | 'config'>,
  cluster: ClusterRef,
): Promise<WholeListing> => {
  const { describesPerSecond: perSecond } = settingsOf(around.config);
  const associations: Listed[] = [];
  let issuer: string | undefined;
  let next: string | undefined;
  do {
    const input = { ...cluster, perSecond, ...(next !== undefined && { next }) };
    const page = await asked(around, ListAssociationsOutput, 'list-associations', cluster, input);
    // Deleted between two pages: then it has none of those of the pages before, either.
    if (page.status === 'gone') return { status: 'gone', associations: [] };
    associations.push(...page.associations);
    issuer ??= page.issuer;
    next = page.next;
  } while (next !== undefined);
  return { status: 'present', associations, ...(issuer !== undefined && { issuer }) };
};
