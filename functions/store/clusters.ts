/** What the sweep has learnt of clusters as a whole: when every association of one was last listed, and its OIDC issuer. */
import * as z from 'zod';
import { Identity, Instant } from '../association.ts';
import { type ClusterRef, clusterArn } from '../identity.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

export const SweptRow = z.object({
  cluster: Identity.pick({ account: true, region: true, cluster: true }),
  /** When its first page was read: an association older than this is known. */
  startedAt: Instant,
  /** When its last page was kept. */
  completedAt: Instant,
  /** Without `https://`; absent when it was not read, or when the cluster is gone. */
  issuer: z.string().optional(),
  /** Up to when all that was due in the rotation has been described; absent on rows of before there was one. */
  describedTo: Instant.optional(),
});
export type SweptRow = z.infer<typeof SweptRow>;

// Beside the cluster's associations, whose sort keys begin with ASSOC# and TARGET#.
const key = (cluster: ClusterRef) => ({ pk: `CLUSTER#${clusterArn(cluster)}`, sk: 'SWEPT' });

export const clusters = (table: Table) => ({
  /** Keeps a complete listing; false when a later one is known. */
  keepSwept: (row: SweptRow): Promise<boolean> => {
    const startedAt = instant(row.startedAt);
    const describedTo = row.describedTo === undefined ? {} : { describedTo: instant(row.describedTo) };
    const swept = { ...row, ...describedTo, startedAt, completedAt: instant(row.completedAt) };
    return table.put({ ...key(row.cluster), ...swept }, { field: 'startedAt', notAfter: startedAt });
  },

  /** Its last complete listing, or undefined when there was none yet. */
  swept: async (cluster: ClusterRef): Promise<SweptRow | undefined> => {
    const stored = await table.get(key(cluster));
    return stored && readRow(SweptRow, stored);
  },
});
