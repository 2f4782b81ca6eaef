/** Taking in what an event says of an association, as revocation does: rows merge, whoever comes first. */
import type { ChangeOf } from '../../changes/index.ts';
import { type AssociationRow, latest, seenOf } from '../../store/association-row.ts';
import type { Store } from '../../store/index.ts';

type Changed = ChangeOf<'AssociationCreated' | 'AssociationUpdated' | 'AssociationDeleted'>;

/** The association's row with what the event tells; undefined when nobody knows whose it was. @throws Conflict */
export const keepAssociation = async (
  { associations }: Pick<Store, 'associations'>,
  change: Changed,
): Promise<AssociationRow | undefined> => {
  if (change.kind !== 'AssociationDeleted') {
    return associations.keep(change.identity, seenOf(change.state, change.at, change.actor));
  }
  const known = await associations.lastKnown(change.cluster, change.associationId);
  const identity = change.identity ?? known?.identity;
  const former = change.state ?? (known && latest(known));
  if (identity === undefined || former === undefined) return undefined;
  return associations.markGone(identity, seenOf(former, change.at), change.at);
};

/** Every role that the association gives or was seen to give, source roles first: what it gave before, it gives no more. */
export const rolesSeenIn = ({ seen }: AssociationRow): string[] => {
  const newestFirst = [...seen].reverse().map(({ state }) => state);
  const sources = newestFirst.map(({ roleArn }) => roleArn);
  const targets = newestFirst.flatMap(({ targetRoleArn }) => targetRoleArn ?? []);
  return [...new Set([...sources, ...targets])];
};
