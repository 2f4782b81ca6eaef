/** What a look at an object comes to before anything is written: what is read, gathered, found, and planned with the means that there are. */
import type { Place } from '../../places.ts';
import { inBatches } from '../../runtime/batches.ts';
import { latest } from '../../store/association-row.ts';
import type { RevocationRow } from '../../store/revocation-row.ts';
import type { DriftFinding, ObjectRef, OpenIntent, SeenChange, Snapshot } from '../contract.ts';
import { attributionOf, detect } from '../detect/index.ts';
import { dropBoundsOf } from '../dropping.ts';
import { type Gathered, gather } from '../gathering/gather.ts';
import { type ObjectState, placeOf } from '../kept.ts';
import { fightsOf } from '../kept-fights.ts';
import { type Known as KnownBefore, type Pass, pass, type Surroundings } from '../reconcile/index.ts';
import { trippedFinding } from '../tripped.ts';
import type { Planned } from './act.ts';
import { askBehind } from './ask-behind.ts';
import { revocationOfEnd } from './carry-out.ts';
import { withMeans } from './deeds.ts';
import { beingWritten, intentsOfRevocations, revocationsNamed } from './deny-writers.ts';
import type { LookHub } from './hub.ts';
import { readObject } from './read.ts';
import { orUnreadable } from './unreadable.ts';

export type Planning = Planned & {
  readonly snapshot: Snapshot;
  readonly before: ObjectState | undefined;
  readonly knownBefore: KnownBefore;
  readonly surroundings: Surroundings;
  readonly passed: Pass;
  readonly gathered: Gathered;
  readonly actual: Snapshot['actual'];
};

/**
 * Reads, gathers and judges.
 * @param earlier Of an earlier look that is not over yet.
 * @throws Unreadable; Failure, SpokeFailure
 */
export const planLook = async (
  hub: LookHub,
  ref: ObjectRef,
  place: Place,
  earlier?: KnownBefore,
): Promise<Planning> => {
  const { actual, raw } = await orUnreadable(readObject(hub, ref, place));
  const gathered = await gather(hub, ref, { ...raw, facets: actual.facets });
  const { kept, desired, intents, rules, concerned, killSwitch, tripped, notOurs, adopted, ours } = gathered;
  // Not again under the lease: a question to the history takes seconds.
  const changes = earlier === undefined ? await askBehind(hub, placeOf(ref).key, kept.changes, ours) : kept.changes;
  const before = kept.state;
  const revocations = await denyWriters(hub, ref, kept.changes);
  const explained =
    ref.object === 'role' ? intentsOfRevocations(revocations, ref.roleArn, actual.facets, kept.changes) : [];
  const standing = explained.filter(({ facet, value }) => (actual.facets[facet] ?? null) === value);
  const assumptions = changes.flatMap(({ behind = [] }) => behind);
  const known = { actual, changes: [...changes], assumptions, intents: [...intents, ...explained] };
  const isOurs = (facet: string, is: string | null): boolean => attributionOf(facet, is, known, ours).who === 'us';
  const snapshot: Snapshot = {
    ...known,
    ref,
    now: hub.now().toISOString(),
    desired: { ...desired, also: [...(desired.also ?? []), ...beingWritten(revocations, standing, isOurs)] },
    ...(before?.facets !== undefined && { before: before.facets }),
  };
  const knownBefore = earlier ?? {
    fights: fightsOf(before?.fights ?? {}),
    ...(before?.changing !== undefined && { changing: before.changing }),
  };
  const surroundings: Surroundings = {
    ...{ rules, concerned, killSwitch, us: 'podid' },
    ...(adopted.size > 0 && { adopted }),
    ...(tripped !== undefined && { tripped }),
    ...(notOurs !== undefined && { notOurs }),
  };
  const judge = (each: Snapshot): readonly DriftFinding[] => [...detect(each, ours), ...trippedFinding(ref, tripped)];
  const passed = pass(snapshot, judge, knownBefore, surroundings);
  const means = {
    ...{ actual, desired, grants: gathered.grants, denies: gathered.denies },
    isRevoked: await isRevoked(hub, ref, before?.facets?.exists),
    isDropped: before?.facets?.exists !== undefined && kept.intents.some(isEnd),
    bounds: dropBoundsOf(hub.config, place.account),
  };
  return {
    plan: withMeans(passed.plan, means),
    means,
    ...{ gathered, snapshot, before, knownBefore, surroundings, passed, actual },
    wanted: desired.wanted,
    changes: snapshot.changes,
  };
};

const denyWriters = async (
  { store }: LookHub,
  ref: ObjectRef,
  changes: readonly SeenChange[],
): Promise<readonly RevocationRow[]> => {
  if (ref.object !== 'role') return [];
  const rows = await inBatches(revocationsNamed(changes), AT_ONCE, (id) => store.revocations.get(id));
  return rows.flatMap((row) => row ?? []);
};

const AT_ONCE = 10;

/** Of an association; nothing else that a look sets out to write is an end. */
const isEnd = ({ facet, value }: OpenIntent): boolean => facet === 'exists' && value === null;

const isRevoked = async ({ store }: LookHub, ref: ObjectRef, associationId: string | undefined): Promise<boolean> => {
  if (ref.object !== 'association' || associationId === undefined) return false;
  const row = await store.associations.lastKnown(ref.identity, associationId);
  const state = row && latest(row);
  if (state === undefined) return false;
  return (await store.revocations.get(revocationOfEnd(ref.identity, associationId, state))) !== undefined;
};
