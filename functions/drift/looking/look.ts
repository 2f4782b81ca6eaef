/** One look at one object: whose turn it is, what is wrong, what is done about it, and when to look again. */
import { Failure } from '../../runtime/errors.ts';
import { findingId } from '../../store/finding-row.ts';
import type { Hold, ObjectRef } from '../contract.ts';
import { judgedChange } from '../detect/index.ts';
import { type Gathered, isLookedAfter } from '../gathering/gather.ts';
import { type ObjectState, placeOf } from '../kept.ts';
import { begun, ended, markDirty } from '../marking.ts';
import type { Pass } from '../reconcile/index.ts';
import { type Acted, act } from './act.ts';
import type { Look } from './contract.ts';
import { decide } from './decide.ts';
import { causeOf, foundOf, LOOKED } from './found.ts';
import type { LookHub } from './hub.ts';
import { keepFindings } from './keep-findings.ts';
import { letGo } from './let-go.ts';
import { liftDue } from './lift-due.ts';
import { placeOfObject } from './place.ts';
import { type Planning, planLook } from './planning.ts';
import { afterWrites, againAt, stateOf } from './state.ts';
import { tellOfBreakers } from './tell-of-breakers.ts';
import { tellReadable, tellUnreadable, Unreadable } from './unreadable.ts';
import { tellWithoutOutcome } from './without-outcome.ts';

/** Longer than the function lives: who is cut off in the middle is replaced then. */
export const LOOK_SECONDS = 330;
/** An execution ends then; what is due goes on by itself. */
export const MOST_LOOKS = 20;
/** What is due later is left to the clock of all objects. */
const WAIT_MILLISECONDS = 15 * 60_000;
/** After a look or a write that failed. */
const FAILED_MILLISECONDS = 300_000;

/**
 * What AWS doesn't let us read is a finding.
 * @throws Failure, SpokeFailure when it could not be read for another reason: it is due again in five minutes
 */
export const lookAt = async (hub: LookHub, asked: Look): Promise<Look> => {
  const { ref, execution } = asked;
  const { key } = placeOf(ref);
  const { again: _again, ...look } = { ...asked, looks: asked.looks + 1 };
  if (!(await isTurn(hub, asked, key))) return { ...look, told: 'It is clean, or somebody else is at it.' };
  let seen: Seen;
  try {
    seen = await lookOnce(hub, look);
  } catch (error) {
    if (!(error instanceof Unreadable)) {
      await postpone(hub, ref, hub.now().getTime() + FAILED_MILLISECONDS);
      throw error;
    }
    seen = await tellUnreadable(hub, ref, error);
    if (seen.again !== undefined) await postpone(hub, ref, seen.again);
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
  const place = await placeOfObject(hub, ref);
  if (place === undefined) {
    await letGo(hub, ref, await hub.store.findings.of(key));
    return { told: 'podid.config.yaml names no spoke for it.' };
  }
  const first = await planLook(hub, ref, place);
  const { gathered, snapshot, before, passed, plan: planned } = first;
  const at = snapshot.actual.readAt;
  const { complete, unread } = snapshot.actual;
  const modeOf = (reason: string) => gathered.rules.modeOf(gathered.concerned, reason);
  const rows = await hub.store.findings.of(key);
  if (!isLookedAfter(gathered)) {
    await letGo(hub, ref, rows);
    return { told: 'Nobody wants anything of it, and the configuration does not name it.' };
  }
  const told = { at, cause: { kind: LOOKED }, modeOf };
  await tellReadable(hub, ref, rows, told);
  await tellWithoutOutcome(hub, ref, rows, gathered, snapshot.actual, told);
  if (gathered.moved !== undefined) await hub.objects.keepBaseline(key, gathered.moved);
  const open = new Set(rows.flatMap(({ id, state }) => (state === 'open' ? [id] : [])));
  const news = passed.findings.filter((finding) => !open.has(findingId(key, finding)));
  const cause = causeOf(news, snapshot.changes, passed.known.fights, (change) =>
    judgedChange(change, snapshot, gathered.ours).who.startsWith('us'),
  );
  const looked = { at, cause, complete, unread, modeOf };
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
    anew: () => planLook(hub, ref, place, passed.known),
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
    // The same findings, counted already: what has held them back since is all that is new.
    const counted = { ...hub, count: () => undefined };
    await keepFindings(counted, key, foundOf(passed.findings, acted.holds), looked);
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
const postpone = async ({ objects }: LookHub, ref: ObjectRef, until: number): Promise<void> => {
  const { state, revision } = await objects.read(placeOf(ref).key);
  const again = new Date(until).toISOString();
  await objects.keep(placeOf(ref), { ...(state ?? { ref, fights: {} }), again }, revision, again);
};

const toldOf = ({ findings }: Pass, { written, holds }: Acted): string => {
  const held = [...new Set(holds.map(({ because }: Hold) => because))].join(', ');
  return [
    `${findings.length} findings`,
    `${written.length} facets written`,
    ...(held === '' ? [] : [`held because of ${held}`]),
  ].join('; ');
};
