/** Who asks for a role by IRSA: the annotated service accounts of each cluster, and when all of them were last listed. */
import * as z from 'zod';
import { Identity, Instant } from '../association.ts';
import { type ClusterRef, clusterArn, identityKey, type WorkloadIdentity } from '../identity.ts';
import { IrsaUse } from '../irsa.ts';
import { instant, readRow } from './row.ts';
import type { Item, Table } from './table.ts';

/** Written when a listing shows it otherwise than the one before: when it was last seen, the cluster's `ServiceAccountsListed` says. */
export const IrsaRow = z.object({
  identity: Identity,
  irsa: IrsaUse,
  /** Since which listing it is so. */
  since: Instant,
  /** Since which listing it asks for nothing, or is deleted. */
  gone: Instant.optional(),
  /** Raised with each write. */
  version: z.int(),
});
export type IrsaRow = z.infer<typeof IrsaRow>;

/** The last complete listing of a cluster's service accounts. */
export const ServiceAccountsListed = z.object({
  cluster: Identity.pick({ account: true, region: true, cluster: true }),
  startedAt: Instant,
  completedAt: Instant,
});
export type ServiceAccountsListed = z.infer<typeof ServiceAccountsListed>;

/** Nothing of ours deletes: what is gone leaves the index at once, and the table when it expires. */
const GONE_KEPT_SECONDS = 30 * 24 * 3600;

// Beside the cluster's associations, whose sort keys begin with ASSOC# and TARGET#.
const pk = (cluster: ClusterRef): string => `CLUSTER#${clusterArn(cluster)}`;
const sk = ({ namespace, serviceAccount }: WorkloadIdentity): string => `IRSA#${namespace}/${serviceAccount}`;
const listedKey = (cluster: ClusterRef) => ({ pk: pk(cluster), sk: 'IRSA-LISTED' });
/** A partition of its own in the index by role: those of `ROLE#` are associations. */
const rolePk = (roleArn: string): string => `IRSA#${roleArn}`;

export const serviceAccounts = (table: Table) => {
  /** Those that ask no more among them. Reads the rows of the whole cluster: 5 MB where 10,000 ask. */
  const rowsOf = async (cluster: ClusterRef): Promise<IrsaRow[]> => {
    const stored = await table.all({ pk: pk(cluster), prefix: 'IRSA#' });
    return stored.map((one) => readRow(IrsaRow, one));
  };

  return {
    rowsOf,

    /** Those that ask for a role now, as they were last listed. */
    ofCluster: async (cluster: ClusterRef): Promise<IrsaRow[]> => (await rowsOf(cluster)).filter(asks),

    /** Those that ask for this role, in any cluster. Read from an index: a second old at times. */
    ofRole: async (roleArn: string): Promise<IrsaRow[]> => {
      const stored = await table.all({ index: 'byRole', pk: rolePk(roleArn) });
      return stored.map((one) => readRow(IrsaRow, one)).filter(asks);
    },

    /** What one asks for, or undefined when it was last listed without asking, or never. */
    of: async (identity: WorkloadIdentity): Promise<IrsaRow | undefined> => {
      const stored = await table.get({ pk: pk(identity), sk: sk(identity) });
      const row = stored && readRow(IrsaRow, stored);
      return row !== undefined && asks(row) ? row : undefined;
    },

    /** Keeps what a listing shows of one, if nobody has since `version` (0: nobody ever): else false. */
    keep: (row: Omit<IrsaRow, 'version'>, version: number): Promise<boolean> =>
      table.put(
        itemOf({ ...row, version: version + 1 }),
        version === 0 ? 'absent' : { field: 'version', equals: version },
      ),

    /** Keeps that all of a cluster were listed, and their rows kept; false when a later listing is known. */
    keepListed: ({ cluster, startedAt, completedAt }: ServiceAccountsListed): Promise<boolean> => {
      const listed = { cluster, startedAt: instant(startedAt), completedAt: instant(completedAt) };
      return table.put({ ...listedKey(cluster), ...listed }, { field: 'startedAt', notAfter: listed.startedAt });
    },

    /** The last complete listing, or undefined when there was none yet. */
    listed: async (cluster: ClusterRef): Promise<ServiceAccountsListed | undefined> => {
      const stored = await table.get(listedKey(cluster));
      return stored && readRow(ServiceAccountsListed, stored);
    },
  };
};

const asks = ({ gone }: IrsaRow): boolean => gone === undefined;

const itemOf = (row: IrsaRow): Item => {
  const { identity, irsa, since, gone } = row;
  return {
    pk: pk(identity),
    sk: sk(identity),
    ...row,
    since: instant(since),
    // Whoever asks for no role in the first place hangs on none.
    ...(gone === undefined && irsa.valid && { gsiRolePk: rolePk(irsa.roleArn), gsiRoleSk: identityKey(identity) }),
    ...(gone !== undefined && {
      gone: instant(gone),
      expiresAt: Math.floor(Date.parse(gone) / 1000) + GONE_KEPT_SECONDS,
    }),
  };
};
