/** A recorded event through today's code, as one line of what `podid replay` prints. Pure. */
import type { Actor } from '../../actor.ts';
import { type Change, changeOf, EventMalformed } from '../../changes/index.ts';
import type { Action, DriftFinding, Hold, SeenChange } from '../contract.ts';
import { objectKey } from '../object.ts';
import type { Decision } from './decision.ts';
import type { Redone } from './redo.ts';

/** A step of a plan, with the object that it is about: an event can concern several. */
export type Step = (Action | ({ readonly do: 'hold' } & Hold)) & { readonly object: string };

/** A decision that was made on the event, and what is otherwise today. */
export type Compared = {
  readonly id: string;
  readonly at: string;
  readonly object: string;
  readonly rulesVersion: string;
  readonly differences: readonly string[];
};

export type Line =
  | {
      readonly eventId: string | null;
      readonly change: ChangeTold | null;
      /** Why there is no change, why nothing is said about findings, or how many decisions are different now. */
      readonly because: string;
      readonly actor: Actor | null;
      readonly findings: readonly DriftFinding[] | null;
      readonly plan: readonly Step[] | null;
      /** Only where there are any. */
      readonly decisions?: readonly Compared[];
    }
  | { readonly eventId: string | null; readonly error: string };

type ChangeTold = { readonly kind: string; readonly at: string; readonly [field: string]: unknown };

export type DecisionRedone = { readonly decision: Decision; readonly redone: Redone };

/** What is known of an event's decisions: those that were made on it in the order of time, or why there are none. */
export type Known = { readonly redone: readonly DecisionRedone[] } | { readonly none: string };

/** What an event tells, before anything is looked up: its line where there is nothing to look up, or the change. */
export type Told = { readonly line: Line } | { readonly change: Change };

/** The event as today's code reads it. */
export const toldBy = (event: unknown): Told => {
  try {
    const change = changeOf(event);
    if (change.kind !== 'NoChange') return { change };
    const { because } = change;
    return { line: { eventId: eventIdOf(event), change: null, because, actor: null, findings: null, plan: null } };
  } catch (error) {
    if (!(error instanceof EventMalformed)) throw error;
    return { line: { eventId: eventIdOf(event), error: error.message } };
  }
};

/** The line of a change. */
export const lineOf = ({ actor, ...change }: Change, known: Known): Line => ({
  eventId: actor.eventId,
  change,
  actor,
  ...answerOf(known),
});

/** The lines of a decision whose events are not at hand: one for each change that its snapshot tells of, or one for the sweep or the clock. */
export const linesOf = (made: DecisionRedone, changes: readonly SeenChange[]): Line[] => {
  const { eventIds } = made.decision;
  const answer = answerOf({ redone: [made] });
  if (eventIds.length === 0) {
    const because = `No event led to it, but a sweep or the clock. ${answer.because}`;
    return [{ eventId: null, change: null, actor: null, ...answer, because }];
  }
  return eventIds.map((eventId) => {
    const seen = changes.find((change) => change.eventId === eventId);
    if (seen === undefined) return { eventId, change: null, actor: null, ...answer };
    const { actor, eventId: _eventId, ...change } = seen;
    return { eventId, change, actor, ...answer };
  });
};

/** How many decisions in these lines would be otherwise now. One that several events led to is one. */
export const changedIn = (lines: readonly Line[]): number =>
  new Set(
    lines.flatMap((line) =>
      'error' in line
        ? []
        : (line.decisions ?? []).flatMap(({ id, differences }) => (differences.length > 0 ? id : [])),
    ),
  ).size;

const answerOf = (known: Known) => {
  if ('none' in known) return { because: known.none, findings: null, plan: null };
  const { redone } = known;
  const decisions = redone.map(({ decision, redone: { differences } }) => ({
    id: decision.id,
    at: decision.at,
    object: objectKey(decision.ref),
    rulesVersion: decision.rulesVersion,
    differences,
  }));
  // While an object settles it is looked at several times on one event: the last look says what came of it.
  const last = [...new Map(redone.map((each) => [objectKey(each.decision.ref), each] as const)).values()];
  const other = decisions.filter(({ differences }) => differences.length > 0).length;
  return {
    because:
      other === 0
        ? 'What was decided would be decided again.'
        : `${other} of ${decisions.length} decisions would be different now.`,
    findings: last.flatMap(({ redone: { findings } }) => findings),
    plan: last.flatMap(({ decision, redone: { plan } }) => stepsOf(objectKey(decision.ref), plan)),
    decisions,
  };
};

const stepsOf = (object: string, { actions, holds }: Redone['plan']): Step[] => [
  ...actions.map((action) => ({ object, ...action })),
  ...holds.map((hold) => ({ object, do: 'hold' as const, ...hold })),
];

/** As far as it can be told of what may be no event. */
const eventIdOf = (event: unknown): string | null => {
  const { detail, id } = Object(event);
  const found = [Object(detail).eventID, id].find((each) => typeof each === 'string' && each !== '');
  return typeof found === 'string' ? found.slice(0, 128) : null;
};
