/** Answers `DeletePodIdentityAssociation`: the identity's sessions are to be cut, its pods to be restarted. */
import { config } from '../runtime/config.ts';
import { Failure } from '../runtime/errors.ts';
import { eventEntry } from '../runtime/event-entry.ts';
import { startMachine } from '../runtime/machines.ts';
import { latest, seenOf } from '../store/association-row.ts';
import { theStore } from '../store/index.ts';
import { modeOf, revocationOf } from './begin.ts';
import { elect } from './elect.ts';

const by = 'on-association-deleted';

export const handler = eventEntry('AssociationDeleted', async (change, { now, count }) => {
  const store = theStore();
  const { cluster, associationId, at, actor } = change;
  const known = await store.associations.lastKnown(cluster, associationId);
  const identity = change.identity ?? known?.identity;
  const former = change.state ?? (known && latest(known));
  if (identity === undefined || former === undefined) {
    // The creation may be on its way still: Lambda tries twice more, minutes apart, before this goes to the dead letters.
    throw new Failure(
      'PriorStateUnknown',
      `${associationId} of cluster ${cluster.cluster} (${cluster.account}, ${cluster.region}) was deleted, and neither the event nor ` +
        'our table says whose it was. Look its creation up in CloudTrail, and revoke its role sessions by hand.',
    );
  }
  const breaker = await store.brakes.countAgainstBreaker(identity, at, config().breaker, (then) =>
    store.associations.countAt(identity, then),
  );
  const wanted = revocationOf(
    { cause: 'association-deleted', identity, associationId, former, since: at, actor },
    modeOf(config(), identity),
  );
  const begun = await elect({ store, start: startMachine, now, by }, wanted);
  await store.associations.markGone(identity, seenOf(former, at), at);
  count('RevocationBegun');
  return { ...begun, breaker: breaker.tripped?.because ?? null };
});
