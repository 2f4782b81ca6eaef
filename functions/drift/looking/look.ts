/** One look at one object: whose turn it is, what is wrong, what is done about it, and when to look again. */
import { clusterArn } from '../../identity.ts';
import type { Place } from '../../places.ts';
import { inBatches } from '../../runtime/batches.ts';
import { Failure } from '../../runtime/errors.ts';
import { latest } from '../../store/association-row.ts';
import { findingId } from '../../store/finding-row.ts';
import type { RevocationRow } from '../../store/revocation-row.ts';
import type { DriftFinding, Hold, ObjectRef, SeenChange, Snapshot } from '../contract.ts';
import { attributionOf, detect, judgedChange } from '../detect/index.ts';
import { type Gathered, gather, isLookedAfter } from '../gathering/gather.ts';
import { hint } from '../hints.ts';
import { type ObjectState, placeOf } from '../kept.ts';
import { fightsOf } from '../kept-fights.ts';
import { begun, ended, markDirty } from '../marking.ts';
import { type Known as KnownBefore, type Pass, pass, type Surroundings } from '../reconcile/index.ts';
import { Decision, decisionOf } from '../replay/decision.ts';
import { trippedFinding } from '../tripped.ts';
import { type Acted, act, type Planned } from './act.ts';
import { revocationOfEnd } from './carry-out.ts';
import type { Look } from './contract.ts';
import { withMeans } from './deeds.ts';
import { beingWritten, intentsOfRevocations, revocationsNamed } from './deny-writers.ts';
import { causeOf, foundOf } from './found.ts';
import type { LookHub } from './hub.ts';
import { keepFindings } from './keep-findings.ts';
import { liftDue } from './lift-due.ts';
import { placeOfObject, readObject } from './read.ts';
import { afterWrites, againAt, stateOf } from './state.ts';

/** Longer than the function lives: who is cut off in the middle is replaced then. */
export const LOOK_SECONDS = 330;
/** An execution ends then; what is due goes on by itself. */
export const MOST_LOOKS = 20;
/** What is due later is left to the clock of all objects. */
const WAIT_MILLISECONDS = 15 * 60_000;
/** After a look or a write that failed. */
const FAILED_MILLISECONDS = 300_000;

/** @throws Failure, SpokeFailure when it could not be read: it is due again in five minutes */
export const lookAt = async (hub: LookHub, asked: Look): Promise<Look> => {
  const { ref, execution } = asked;
  const { key } = placeOf(ref);
  const { again: _again, ...look } = { ...asked, looks: asked.looks + 1 };
  if (!(await isTurn(hub, asked, key))) return { ...look, told: 'It is clean, or somebody else is at it.' };
  let seen: Seen;
  try {
    seen = await lookOnce(hub, look);
  } catch (error) {
    await postpone(hub, ref);
    throw error;
  }
  const hinted = await ended(hub.objects, key, execution);
  const now = hub.now().getTime();
  const again = hinted ? now : seen.again;
  const ends = again === undefined || look.looks >= MOST_LOOKS || again > now + WAIT_MILLISECONDS;
  if (ends) return { ...look, told: seen.told };
  return { ...look, because: hinted ? 'told' : 'due', again: new Date(again).toISOString(), told: seen.told };
};

type Seen = { readonly told: string; readonly again?: number | undefined };

/** Told: unless somebody has looked since. Due: unless somebody has looked, and says when to look next. */
const isTurn = async ({ objects, now }: LookHub, { because, execution }: Look, key: string): Promise<boolean> => {
  const at = now().getTime();
  if (await begun(objects, key, execution, at, LOOK_SECONDS)) return true;
  if (because === 'told') return false;
  const { state } = await objects.read(key);
  if (state?.again === undefined || Date.parse(state.again) > at) return false;
  return (await markDirty(objects, key, at, () => execution, LOOK_SECONDS)) !== undefined;
};

const lookOnce = async (hub: LookHub, look: Look): Promise<Seen> => {
  const { ref } = look;
  const { key } = placeOf(ref);
  const place = placeOfObject(ref, hub.config);
  if (place === undefined) return { told: 'podid.config.yaml names no spoke for it.' };
  const first = await plan(hub, ref, place);
  const { gathered, snapshot, before, passed, plan: planned } = first;
  const at = snapshot.actual.readAt;
  const { complete } = snapshot.actual;
  if (!isLookedAfter(gathered)) {
    const rows = gathered.kept.state === undefined ? [] : await hub.store.findings.of(key);
    if (rows.some(({ state }) => state === 'open')) {
      await keepFindings(hub, key, [], { at, cause: { kind: 'NotLookedAfter' }, complete: true });
    }
    return { told: 'Nobody wants anything of it, and the configuration does not name it.' };
  }
  if (gathered.moved !== undefined) await hub.objects.keepBaseline(key, gathered.moved);
  const rows = await hub.store.findings.of(key);
  const open = new Set(rows.flatMap(({ id, state }) => (state === 'open' ? [id] : [])));
  const news = passed.findings.filter((finding) => !open.has(findingId(key, finding)));
  const cause = causeOf(news, snapshot.changes, passed.known.fights, (change) =>
    judgedChange(change, snapshot, gathered.ours).who.startsWith('us'),
  );
  const looked = { at, cause, complete };
  const kept = await keepFindings(hub, key, foundOf(passed.findings, planned.holds), looked);
  await keepState(
    hub,
    ref,
    gathered,
    stateOf(ref, before, { ...first, known: passed.known, again: againOf(hub, first) }),
  );

  const acted = await act(hub, first, {
    ...{ ref, place, execution: look.execution, look: `${look.execution}-${look.looks}` },
    ...(before?.facets?.exists !== undefined && { associationId: before.facets.exists }),
    anew: () => plan(hub, ref, place, passed.known),
  });
  const isActed = planned.actions.length > 0;
  const again = isActed ? againAfter(hub, acted) : againOf(hub, first);
  if (isActed) {
    const known = afterWrites(passed.known, planned.actions, acted.written, hub.now().getTime());
    await hub.objects
      .read(key)
      .then(({ state, revision }) =>
        keepAt(hub, ref, revision, stateOf(ref, state, { ...first, known, plan: leftOf(first, acted), again })),
      );
    await keepFindings(hub, key, foundOf(passed.findings, acted.holds), looked);
  }
  if (planned.actions.length > 0 || kept.opened.length > 0 || kept.resolved.length > 0) {
    await decide(hub, look, first, acted);
  }
  for (const _facet of acted.written) hub.count('DriftMended');
  const isStopped = acted.holds.some(({ because }) => because === 'breaker');
  if (isStopped || gathered.tripped !== undefined) await tellOfBreakers(hub, ref, gathered.concerned);
  const lifted = await liftDue(hub, gathered, { ref, place, execution: look.execution });
  for (let each = 0; each < lifted; each += 1) hub.count('DenyLifted');
  return { told: toldOf(passed, acted), again };
};

type Planning = Planned & {
  readonly snapshot: Snapshot;
  readonly before: ObjectState | undefined;
  readonly knownBefore: KnownBefore;
  readonly surroundings: Surroundings;
  readonly passed: Pass;
  readonly gathered: Gathered;
  readonly actual: Snapshot['actual'];
};

/** Reads, gathers and judges. `earlier`: of an earlier look that is not over yet. */
const plan = async (hub: LookHub, ref: ObjectRef, place: Place, earlier?: KnownBefore): Promise<Planning> => {
  const { actual, raw } = await readObject(hub, ref, place);
  const gathered = await gather(hub, ref, raw);
  const { kept, desired, intents, rules, concerned, killSwitch, tripped, notOurs, ours } = gathered;
  const before = kept.state;
  const revocations = await denyWriters(hub, ref, kept.changes);
  const explained = ref.object === 'role' ? intentsOfRevocations(revocations, ref.roleArn, actual.facets) : [];
  const known = { actual, changes: [...kept.changes], intents: [...intents, ...explained] };
  const isOurs = (facet: string, is: string | null): boolean => attributionOf(facet, is, known, ours).who === 'us';
  const snapshot: Snapshot = {
    ...known,
    ref,
    now: hub.now().toISOString(),
    desired: { ...desired, also: [...(desired.also ?? []), ...beingWritten(revocations, explained, isOurs)] },
    ...(before?.facets !== undefined && { before: before.facets }),
  };
  const knownBefore = earlier ?? {
    fights: fightsOf(before?.fights ?? {}),
    ...(before?.changing !== undefined && { changing: before.changing }),
  };
  const surroundings: Surroundings = {
    ...{ rules, concerned, killSwitch, us: 'podid' },
    ...(tripped !== undefined && { tripped }),
    ...(notOurs !== undefined && { notOurs }),
  };
  const judge = (each: Snapshot): readonly DriftFinding[] => [...detect(each, ours), ...trippedFinding(ref, tripped)];
  const passed = pass(snapshot, judge, knownBefore, surroundings);
  const means = {
    ...{ actual, desired, grants: gathered.grants, denies: gathered.denies },
    isRevoked: await isRevoked(hub, ref, before?.facets?.exists),
  };
  return {
    plan: withMeans(passed.plan, means),
    means,
    ...{ gathered, snapshot, before, knownBefore, surroundings, passed, actual },
    wanted: desired.wanted,
    changes: snapshot.changes,
  };
};

/** The breaker is a cluster's, and so is the finding: whoever is held back by it has the cluster looked at, until it stands there. */
const tellOfBreakers = async (hub: LookHub, ref: ObjectRef, concerned: Gathered['concerned']): Promise<void> => {
  if (ref.object === 'cluster') return;
  const clusters = new Map(concerned.map((one) => [clusterArn(one), one]));
  await inBatches([...clusters.values()], AT_ONCE, async ({ account, region, cluster }) => {
    const own: ObjectRef = { object: 'cluster', cluster: { account, region, cluster } };
    const { tripped } = await hub.store.brakes.breaker(own.cluster);
    if (tripped === undefined) return;
    const rows = await hub.store.findings.of(placeOf(own).key);
    if (!rows.some(({ reason, state }) => reason === 'BreakerTripped' && state === 'open')) await hint(hub, own);
  });
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

const isRevoked = async ({ store }: LookHub, ref: ObjectRef, associationId: string | undefined): Promise<boolean> => {
  if (ref.object !== 'association' || associationId === undefined) return false;
  const row = await store.associations.lastKnown(ref.identity, associationId);
  const state = row && latest(row);
  if (state === undefined) return false;
  return (await store.revocations.get(revocationOfEnd(ref.identity, associationId, state))) !== undefined;
};

const againOf = ({ now }: LookHub, { passed, plan: { holds } }: Planning): number | undefined =>
  againAt(holds, [passed.again], now().getTime());

const againAfter = ({ now }: LookHub, { failed, again, holds }: Acted): number | undefined => {
  const at = now().getTime();
  // What was refused is refused again: not every minute.
  return failed ? at + FAILED_MILLISECONDS : againAt(holds, [again], at);
};

/** What of the plan is still to be done. */
const leftOf = ({ plan: planned }: Planning, { written, holds }: Acted) => ({
  ...planned,
  actions: planned.actions.filter(({ facet }) => !written.includes(facet)),
  holds: [...holds],
});

const keepState = async (hub: LookHub, ref: ObjectRef, { kept }: Gathered, state: ObjectState): Promise<void> =>
  keepAt(hub, ref, kept.revision, state);

/** @throws Failure Conflict when somebody else has looked meanwhile */
const keepAt = async ({ objects }: LookHub, ref: ObjectRef, revision: number, state: ObjectState): Promise<void> => {
  if (await objects.keep(placeOf(ref), state, revision, state.again)) return;
  throw new Failure('Conflict', `${placeOf(ref).key} was looked at by somebody else in between; look again`);
};

/** Whoever finds what is due wakes somebody else. */
const postpone = async ({ objects, now }: LookHub, ref: ObjectRef): Promise<void> => {
  const { state, revision } = await objects.read(placeOf(ref).key);
  const again = new Date(now().getTime() + FAILED_MILLISECONDS).toISOString();
  await objects.keep(placeOf(ref), { ...(state ?? { ref, fights: {} }), again }, revision, again);
};

/** For replay. */
const decide = async (
  { store, config }: LookHub,
  { execution, looks }: Look,
  { snapshot, knownBefore, surroundings, gathered, passed, plan: planned, before }: Planning,
  { written, counted }: Acted,
): Promise<void> => {
  const since = before?.readAt === undefined ? 0 : Date.parse(before.readAt) - SKEW_MILLISECONDS;
  const eventIds = snapshot.changes.filter(({ at }) => Date.parse(at) >= since).map(({ eventId }) => eventId);
  const { decision, world } = decisionOf({
    ...{ id: `${execution}-${looks}`, eventIds: eventIds.slice(-MOST_EVENTS), snapshot, known: knownBefore },
    ...{ surroundings, ours: gathered.ours, config, findings: passed.findings, plan: planned },
    grantVersions: gathered.grants,
    identities: counted,
    wrote: written,
  });
  await store.decisions(Decision).keep(decision, world);
};

const SKEW_MILLISECONDS = 60_000;
const MOST_EVENTS = 100;

const toldOf = ({ findings }: Pass, { written, holds }: Acted): string => {
  const held = [...new Set(holds.map(({ because }: Hold) => because))].join(', ');
  return [
    `${findings.length} findings`,
    `${written.length} facets written`,
    ...(held === '' ? [] : [`held because of ${held}`]),
  ].join('; ');
};
