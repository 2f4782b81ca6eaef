/** Carrying out one deed: its intent on record, then the write, then what came of it. Safe to repeat: the spokes' functions look before they write. */
import type { Actor } from '../../actor.ts';
import { identityKey, type WorkloadIdentity } from '../../identity.ts';
import { functionName, spokeRoleName } from '../../names.ts';
import { partitionOf } from '../../partition.ts';
import type { Place } from '../../places.ts';
import { modeOf, revocationOf } from '../../revocation-begin.ts';
import { latest, seenOf } from '../../store/association-row.ts';
import { electRevocation } from '../../store/elect.ts';
import type { NewEntry } from '../../store/journal.ts';
import type { Doing } from '../../store/made.ts';
import type { Facet, ObjectRef, OpenIntent, SeenChange, Wanted } from '../contract.ts';
import { covers } from '../facets/index.ts';
import { keptUntil } from '../hints.ts';
import { objectKey } from '../object.ts';
import type { DropAssociationInput } from '../spoke-contract.ts';
import { type Came, cameOf } from './answers.ts';
import type { Deed } from './deeds.ts';
import { BY, type LookHub } from './hub.ts';

export type Scene = {
  readonly ref: ObjectRef;
  readonly place: Place;
  /** Of this look: it tells its entries in the journal from those of others. */
  readonly look: string;
  readonly wanted: readonly Wanted[];
  readonly changes: readonly SeenChange[];
  /** By which the association was last known. */
  readonly associationId?: string;
};

/** @throws Failure Throttled, Conflict … of the hub's own table; what a spoke throws has failed, and nobody knows whether it was written */
export const carryOut = async (hub: LookHub, deed: Deed, scene: Scene): Promise<Came> => {
  if (deed.do === 'revoke') return revoke(hub, deed, scene);
  const note = noteOf(deed, scene);
  const at = hub.now().toISOString();
  await keepIntents(hub, deed, scene, { at });
  await hub.store.journal.append([
    { ...note, at, kind: 'intent', text: `${deed.do} for ${deed.asker}: ${facetsOf(deed)}.` },
  ]);
  const doing = doingOf(deed, scene);
  if (doing !== undefined)
    await hub.store.made.intend(doing, { at, by: BY, text: note.text, details: intendedOf(deed, scene) });
  const came = await askFor(hub, deed, scene);
  const closedAt = hub.now().toISOString();
  if (doing !== undefined && came.failed === undefined) {
    const { status, associationId } = came;
    const id = associationId === undefined ? {} : { associationId };
    await hub.store.made.came(doing, {
      at: closedAt,
      by: BY,
      text: `${deed.do}: ${status}.`,
      details: { status, done: true, ...id },
      came: 'created',
      ...(associationId !== undefined && { id: associationId }),
    });
  }
  const kind = came.failed === undefined ? 'accepted' : 'refused';
  await hub.store.journal.append([{ ...note, at: closedAt, kind, text: came.failed ?? `${deed.do}: ${came.status}.` }]);
  await keepIntents(hub, deed, scene, { at, closedAt });
  // Where that fails, or somebody else was faster, the next look makes it good: it finds the intent, and nothing there.
  if (deed.do === 'drop-association' && came.status === 'dropped') await revokeDropped(hub, deed.input, closedAt);
  return came;
};

const askFor = async ({ ask }: LookHub, deed: Exclude<Deed, { do: 'revoke' }>, { place }: Scene): Promise<Came> => {
  try {
    return cameOf(deed.do, await ask({ function: deed.do, ...place, input: inputOf(deed, place) }));
  } catch (error) {
    const because = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { status: 'failed', failed: `${deed.do} failed, and nobody knows whether it was written: ${because}` };
  }
};

const inputOf = (deed: Exclude<Deed, { do: 'revoke' }>, place: Place): unknown => {
  if (deed.do !== 'cut-sessions') return deed.input;
  const { identity, roleArn, form, issuedBefore, reachedFrom } = deed.deny;
  return {
    revocation: deed.asker,
    do: 'cut',
    identity,
    roleArn,
    form,
    ...(issuedBefore !== undefined && { issuedBefore }),
    ...place,
    via: reachedFrom === undefined ? [] : [reachedFrom],
  };
};

/** Who makes a thing anew sets all of it, while of what goes its end says enough; and whoever asks by its event is told that it was us. */
const keepIntents = async (
  { objects, config, now }: LookHub,
  deed: Deed,
  { ref, wanted }: Scene,
  when: Pick<OpenIntent, 'at' | 'closedAt'>,
): Promise<void> => {
  const values = new Map<Facet, string | null>(deed.actions.map(({ facet, to }) => [facet, to]));
  if (typeof values.get('exists') === 'string')
    for (const { facet, value } of wanted) if (!covers(['deny'], facet)) values.set(facet, value);
  const until = keptUntil(config, now());
  for (const [facet, value] of values) {
    await objects.keepIntent(objectKey(ref), { execution: deed.asker, facet, value, requestIds: [], ...when }, until);
  }
};

const facetsOf = ({ actions }: Deed): string => actions.map(({ do: deed, facet }) => `${deed} ${facet}`).join(', ');

const noteOf = (deed: Deed, { ref, look }: Scene): Omit<NewEntry, 'at' | 'kind'> => ({
  subject: objectKey(ref),
  step: deed.do,
  object: objectKey(ref),
  by: BY,
  text: `${deed.do} for ${deed.asker}.`,
  details: {
    asker: deed.asker,
    actions: deed.actions.map(({ do: what, facet, mends }) => ({ do: what, facet, mends })),
  },
  round: `${look} ${facetsOf(deed)}`,
});

/** What is made anew is the grant's to take back: its record must know it, an association's by its new id. */
const doingOf = (deed: Deed, { ref }: Scene): Doing | undefined => {
  if (deed.do === 'associate' && deed.input.association.standing === 'create' && ref.object === 'association') {
    const { grantId, asker } = deed;
    return { grantId, execution: asker, step: 'associations', what: 'association', object: identityKey(ref.identity) };
  }
  if (deed.do === 'apply-role' && deed.input.role.standing === 'create') {
    const step = deed.input.role.as === 'source' ? 'sources' : 'targets';
    return { grantId: deed.grantId, execution: deed.asker, step, what: 'role', object: deed.input.role.roleArn };
  }
  return undefined;
};

/** In the form in which the machine that makes and revokes grants reads it. */
const intendedOf = (deed: Deed, { ref, place }: Scene): object | undefined => {
  if (deed.do === 'associate' && ref.object === 'association') {
    const { version } = deed;
    const what = { what: 'association', wave: 'associations', standing: 'create', identity: ref.identity };
    return { ...what, ...place, version };
  }
  if (deed.do !== 'apply-role') return undefined;
  const { as, inline } = deed.input.role;
  const wave = as === 'source' ? 'sources' : 'targets';
  return { what: 'role', wave, as, standing: 'create', inline: Object.keys(inline), ...place, version: deed.version };
};

/** As the event of a deletion would: told by both, it is one revocation. */
const revoke = async (hub: LookHub, _deed: Deed, { ref, associationId, changes }: Scene): Promise<Came> => {
  if (ref.object !== 'association' || associationId === undefined) {
    return { status: 'refused', failed: 'Nobody knows which association it was.' };
  }
  // Nothing ends by its creation, though that sets all of it.
  const change = changes.findLast(({ kind, facets }) => kind !== 'AssociationCreated' && covers(facets, 'exists'));
  const since = change?.at ?? hub.now().toISOString();
  const actor = change?.actor ?? { type: 'Unknown', eventId: `drift-${associationId}` };
  return revokeFormer(hub, ref.identity, associationId, { since, actor });
};

/** Told at once, whatever becomes of the event. */
const revokeDropped = (
  hub: LookHub,
  { asker, identity, associationId }: DropAssociationInput,
  since: string,
): Promise<Came> => {
  const { account, region } = identity;
  const { name: partition } = partitionOf(region);
  const role = spokeRoleName('drop-association', region);
  // As CloudTrail will tell it: Lambda names a function's session after the function.
  const name = functionName('drop-association');
  const actor = {
    ...{ type: 'AssumedRole', name, account, invokedBy: asker, eventId: `drift-${associationId}` },
    arn: `arn:${partition}:sts::${account}:assumed-role/${role}/${name}`,
    issuerArn: `arn:${partition}:iam::${account}:role/${role}`,
  };
  return revokeFormer(hub, identity, associationId, { since, actor });
};

const revokeFormer = async (
  hub: LookHub,
  identity: WorkloadIdentity,
  associationId: string,
  { since, actor }: { readonly since: string; readonly actor: Actor },
): Promise<Came> => {
  const { store, config, now } = hub;
  const row = await store.associations.lastKnown(identity, associationId);
  const former = row && latest(row);
  if (former === undefined) {
    return { status: 'refused', failed: `Nobody knows which role association ${associationId} gave.` };
  }
  const wanted = revocationOf(
    { cause: 'association-deleted', identity, associationId, former, since, actor },
    modeOf(config, identity),
  );
  const begun = await electRevocation({ store, start: hub.start, now, by: BY }, wanted, () => 'lost its association');
  await store.associations.markGone(identity, seenOf(former, since), since);
  hub.count('RevocationBegun');
  return { status: begun.status };
};

/** The revocation that the end of an association begins, whoever tells of it. */
export const revocationOfEnd = (
  identity: Parameters<typeof identityKey>[0],
  associationId: string,
  state: NonNullable<ReturnType<typeof latest>>,
): string =>
  revocationOf(
    {
      cause: 'association-deleted',
      identity,
      associationId,
      former: state,
      since: new Date(0).toISOString(),
      actor: { type: 'Unknown', eventId: '' },
    },
    'observe',
  ).id;
