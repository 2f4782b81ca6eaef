/** The last-known row of every association: an update's event tells only the new state, a deletion's perhaps only ids. */
import { isDeepStrictEqual } from 'node:util';
import type { AssociationState } from '../association.ts';
import { type ClusterRef, clusterArn, identityKey, type WorkloadIdentity } from '../identity.ts';
import { Failure } from '../runtime/errors.ts';
import { AssociationRow, latest, mergeSeen, type Seen } from './association-row.ts';
import { instant, readRow } from './row.ts';
import type { Item, Table } from './table.ts';

const ATTEMPTS = 5;
/** How long the row of a deleted association is kept: longer than any event is retried or any session lives. */
const GONE_KEPT_SECONDS = 30 * 24 * 3600;

const pk = (cluster: ClusterRef): string => `CLUSTER#${clusterArn(cluster)}`;
const sk = (associationId: string): string => `ASSOC#${associationId}`;

export const associations = (table: Table) => {
  const lastKnown = async (cluster: ClusterRef, associationId: string): Promise<AssociationRow | undefined> => {
    const stored = await table.get({ pk: pk(cluster), sk: sk(associationId) });
    return stored && readRow(AssociationRow, stored);
  };

  const write = async (
    identity: WorkloadIdentity,
    associationId: string,
    change: (row: AssociationRow | undefined) => Omit<AssociationRow, 'version'>,
  ): Promise<AssociationRow> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const known = await lastKnown(identity, associationId);
      const changed = change(known);
      // Nothing new, as with most of what a sweep reads: no write.
      if (attempt === 0 && known !== undefined && isDeepStrictEqual({ ...changed, version: known.version }, known))
        return known;
      const row = { ...changed, version: (known?.version ?? 0) + 1 };
      const target = targetItem(row, known, associationId);
      // The second row goes first: when we stop between the two, the next writer still sees from the first what has to be mended.
      if (target !== undefined) await table.put(target);
      const only = known === undefined ? ('absent' as const) : { field: 'version', equals: known.version };
      if (await table.put(item(row, associationId), only)) return row;
    }
    throw new Failure(
      'Conflict',
      `the row of ${associationId} was written by others ${ATTEMPTS} times in a row; try again`,
    );
  };

  return {
    /** The row of one association, or undefined when it was never seen. */
    lastKnown,

    /** Adds a sight to the association's row and answers the row; an older one never hides a newer. @throws Conflict */
    keep: (identity: WorkloadIdentity, seen: Seen): Promise<AssociationRow> =>
      write(identity, seen.state.associationId, (row) => ({
        ...row,
        identity,
        seen: mergeSeen(row?.seen ?? [], seen),
      })),

    /** Marks it as deleted at an instant, with the state that it had then; it no longer counts as anybody's neighbour. @throws Conflict */
    markGone: (identity: WorkloadIdentity, seen: Seen, gone: string): Promise<AssociationRow> =>
      write(identity, seen.state.associationId, (row) => ({
        identity,
        seen: mergeSeen(row?.seen ?? [], seen),
        gone: row?.gone ?? instant(gone),
      })),

    /** Live associations with this role or target role, any cluster. Read from an index: a second old at times. */
    ofRole: async (roleArn: string): Promise<Neighbour[]> => {
      const stored = await table.all({ index: 'byRole', pk: `ROLE#${roleArn}` });
      return stored.flatMap((one) => {
        const row = readRow(AssociationRow, one);
        const state = latest(row);
        return state === undefined ? [] : [{ identity: row.identity, state }];
      });
    },

    /** Live associations of a cluster, as last known. Reads its whole partition: 4 pages of 1 MB for a full one. */
    ofCluster: async (cluster: ClusterRef): Promise<Neighbour[]> => {
      const stored = await table.all({ pk: pk(cluster), prefix: 'ASSOC#' });
      return stored.flatMap((one) => {
        const row = readRow(AssociationRow, one);
        const state = latest(row);
        return state === undefined || row.gone !== undefined ? [] : [{ identity: row.identity, state }];
      });
    },

    /** How many of the associations that we know a cluster had at an instant. Reads its whole partition: 4 pages of 1 MB for a full one. */
    countAt: (cluster: ClusterRef, at: string): Promise<number> =>
      table.countUnset({ pk: pk(cluster), prefix: 'ASSOC#' }, 'gone', instant(at)),
  };
};

/** An identity that holds a role through an association. */
export type Neighbour = { readonly identity: WorkloadIdentity; readonly state: AssociationState };

const item = (row: AssociationRow, associationId: string): Item => ({
  pk: pk(row.identity),
  sk: sk(associationId),
  ...row,
  ...indexed(row, latest(row)?.roleArn),
  ...expiry(row),
});

// An index row can bear one role: the target role has a row of its own beside the association's.
const targetItem = (
  row: AssociationRow,
  known: AssociationRow | undefined,
  associationId: string,
): Item | undefined => {
  const target = latest(row)?.targetRoleArn;
  if (target === undefined && (known === undefined || latest(known)?.targetRoleArn === undefined)) return undefined;
  return { pk: pk(row.identity), sk: `TARGET#${associationId}`, ...row, ...indexed(row, target), ...expiry(row) };
};

const indexed = (row: AssociationRow, roleArn: string | undefined) =>
  roleArn === undefined || row.gone !== undefined
    ? {}
    : { gsiRolePk: `ROLE#${roleArn}`, gsiRoleSk: identityKey(row.identity) };

const expiry = ({ gone }: AssociationRow) =>
  gone === undefined ? {} : { expiresAt: Math.floor(Date.parse(gone) / 1000) + GONE_KEPT_SECONDS };
