/** The clusters that the sweep has found by their tag, and that the configuration doesn't list: one row for each account and region. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import type { ClusterRef } from '../identity.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

/** Why a cluster is not among them any more. `off`: nobody looks for a tag any more. */
export const LossReason = z.enum(['listed', 'untagged', 'gone', 'off']);
export type LossReason = z.infer<typeof LossReason>;

export const DiscoveredCluster = z.object({
  name: z.string(),
  /** When the tag was first seen. */
  since: Instant,
  /** When EKS listed it no more: it is kept for a while, for what was in it to be looked at. */
  goneAt: Instant.optional(),
});
export type DiscoveredCluster = z.infer<typeof DiscoveredCluster>;

export const DiscoveredRow = z.object({
  account: z.string(),
  region: z.string(),
  clusters: z.array(DiscoveredCluster),
  /** When they were looked for. */
  at: Instant,
});
export type DiscoveredRow = z.infer<typeof DiscoveredRow>;

type Where = Pick<DiscoveredRow, 'account' | 'region'>;

const key = ({ account, region }: Where) => ({ pk: `SWEEP#discovered#${account}/${region}`, sk: 'CLUSTERS' });

export const discovered = (table: Table) => {
  const inPlace = async (where: Where): Promise<readonly DiscoveredCluster[]> => {
    const stored = await table.get(key(where));
    return stored === undefined ? [] : readRow(DiscoveredRow, stored).clusters;
  };
  return {
    /** Those of an account and region. */
    inPlace,

    /** Whether it is one of them; one that has gone is, as long as it is kept. */
    has: async (cluster: ClusterRef): Promise<boolean> =>
      (await inPlace(cluster)).some(({ name }) => name === cluster.cluster),

    /** Takes the place of what was known; false when somebody has looked later. */
    keep: (row: DiscoveredRow): Promise<boolean> =>
      table.put({ ...key(row), ...row, at: instant(row.at) }, { field: 'at', notAfter: instant(row.at) }),
  };
};
