/** The end of an execution: what came of it, to the grant, the findings and the world. */
import type { GrantEvent, ResolvedGrant } from '../../grants/index.ts';
import { showIdentity } from '../../identity.ts';
import { findingEvents } from '../../store/finding-events.ts';
import type { Found } from '../../store/finding-row.ts';
import { type ProvisionWork, workName } from '../contract.ts';
import { carryOut, type Transitions } from '../transitions.ts';
import { leftOut } from './back.ts';
import type { Run } from './contract.ts';
import { actsOf, type Hub, leaseOf, planOf } from './machine.ts';
import { type Act, type Thing, thingsOf } from './made.ts';
import { scopeOf } from './next-wave.ts';
import { whyOf } from './outcome.ts';
import { podNotes } from './pod-notes.ts';
import { progressOf } from './pods-record.ts';

export type Recorded = {
  readonly outcome: GrantEvent['kind'] | 'superseded';
  readonly grantId: string;
  readonly version: number;
  readonly because: string;
  readonly undone: readonly string[];
  readonly left: readonly string[];
};

export const recordGrant = async (
  hub: Hub & Pick<Transitions, 'tell' | 'start'>,
  { work, run }: { readonly work: ProvisionWork; readonly run: Run },
): Promise<Recorded> => {
  const { store, grants, config, now, tell, start } = hub;
  const { grantId, version } = work;
  const acts = await actsOf(hub, work);
  const plan = run.mode === 'provision' ? await planOf(hub, work) : undefined;
  const back = wentBack(acts, work, run, plan);
  const undone = back.filter(({ act }) => act?.came?.done === true).map(({ thing }) => nameOf(thing));
  const remaining = back.filter(({ act }) => act?.came?.done !== true);
  const left = remaining.map(leftSentence);
  const because = becauseOf(run) || (left.length > 0 ? 'Not everything could be removed.' : '');
  const at = now().toISOString();
  const judgement = { at, cause: { kind: CAUSES[run.mode] }, complete: run.mode === 'revoke' && left.length === 0 };
  if (remaining.length > 0 || judgement.complete) {
    const kept = await store.findings.keep(grantId, remaining.map(leftover), judgement);
    await tell(findingEvents(kept));
  }
  // Before the event, which may start the next execution.
  await store.leases.release(leaseOf(grantId), workName(work));
  const event = eventOf({
    work,
    run,
    because,
    undone,
    left,
    notes: plan === undefined ? [] : notesOf(plan, acts, work, left),
  });
  const carried = await carryOut({ store, grants, settings: config.grants, now, tell, start }, grantId, event);
  const outcome = 'grant' in carried ? event.kind : 'superseded';
  return { outcome, grantId, version, because: 'refused' in carried ? carried.refused : because, undone, left };
};

const CAUSES = { provision: 'GrantProvisioned', undo: 'GrantUndone', revoke: 'GrantRevoked' } as const;

type Gone = { readonly thing: Thing; readonly act?: Act };

/** What was to go, and the act by which it went or didn't. */
const wentBack = (
  acts: readonly Act[],
  work: ProvisionWork,
  run: Run,
  plan: ResolvedGrant | undefined,
): readonly Gone[] => {
  const name = workName(work);
  const left = plan && leftOut(plan);
  const scope = left === undefined ? scopeOf(acts, work, run) : thingsOf(acts).filter(({ object }) => left.has(object));
  return scope.map((thing) => {
    const act = acts.findLast(
      (each) => each.work === name && each.object === thing.object && !FORWARD_WRITES.has(each.intent.wave),
    );
    return { thing, ...(act && { act }) };
  });
};

const FORWARD_WRITES: ReadonlySet<string> = new Set(['sources', 'targets', 'permissions', 'associations']);

const eventOf = (told: {
  readonly work: ProvisionWork;
  readonly run: Run;
  readonly because: string;
  readonly undone: readonly string[];
  readonly left: readonly string[];
  readonly notes: readonly string[];
}): GrantEvent => {
  const { work, run, because, undone, left, notes } = told;
  const id = `${workName(work)}/${run.mode}`;
  switch (run.mode) {
    case 'provision':
      return { kind: 'provisioned', id, version: work.version, notes: [...notes] };
    case 'undo':
      return { kind: 'failed', id, version: work.version, because, undone: [...undone], left: [...left] };
    case 'revoke':
      if (left.length === 0) return { kind: 'revoked', id, notes: undone.map((each) => `Removed: ${each}`) };
      return { kind: 'revocation-failed', id, because, left: [...left] };
  }
};

const becauseOf = ({ because, mode }: Run): string => {
  if (because === null) return mode === 'undo' ? 'It could not be made.' : '';
  return typeof because === 'string' ? because : whyOf(because);
};

/** Which pods have no credentials is told by who looked after the association was made, not by who looked before. */
const notesOf = (
  { warnings, associations }: ResolvedGrant,
  acts: readonly Act[],
  work: ProvisionWork,
  left: readonly string[],
): readonly string[] => [
  ...warnings.filter(({ reason }) => reason !== 'RestartNeeded').map(({ sentence }) => sentence),
  ...associations.flatMap(({ identity }) => podNotes(identity, progressOf(acts, work, identity))),
  ...left.map((each) => `Left: ${each}`),
];

const nameOf = ({ what, object, identity }: Thing): string =>
  what === 'role' || identity === undefined ? `role ${object}` : `association of ${showIdentity(identity)}`;

const leftSentence = ({ thing, act }: Gone): string => {
  const { because = 'nobody knows what came of it.', command } = act?.came ?? {};
  return `${nameOf(thing)}: ${because}${command === undefined ? '' : ` Run: ${command}`}`;
};

const leftover = ({ thing, act }: Gone): Found => ({
  reason: act?.came?.status === 'quarantined' ? 'GrantRoleQuarantined' : 'GrantLeftover',
  severity: act?.came?.status === 'quarantined' ? 'warning' : 'error',
  subject: thing.object,
  sentence: `The grant has made this and could not take it back: ${leftSentence({ thing, ...(act && { act }) })}`,
  witness: thing.object,
  remedy: act?.came?.command ?? 'Remove it by hand, or revoke the grant again.',
});
