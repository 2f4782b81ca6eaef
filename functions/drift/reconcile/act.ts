/**
 * How a plan is carried out: lease, read and plan anew, compare, count, write, read again. A machine of plain states: what it wants next is its `wants`, and the answer
 * makes the next one. Grants are written under the same lease. Pure.
 */
import type { Action, DriftPlan, Facet, Hold } from '../contract.ts';

/** Instants are epoch milliseconds. */
export type Acting =
  | { readonly wants: 'lease'; readonly plan: DriftPlan }
  | { readonly wants: 'read'; readonly plan: DriftPlan; readonly lastWritten: number }
  | { readonly wants: 'count'; readonly plan: DriftPlan; readonly actions: readonly Action[]; readonly holds: Hold[] }
  | {
      /** The first of `left`: the intent is recorded, then the write is made. */
      readonly wants: 'write';
      readonly plan: DriftPlan;
      readonly left: readonly [Action, ...Action[]];
      readonly written: readonly Facet[];
      readonly holds: Hold[];
    }
  | Ended;

/** The lease is given back. `again`: when to look again; after a write always, to see it in force. */
export type Ended = {
  readonly wants: 'nothing';
  readonly written: readonly Facet[];
  readonly holds: readonly Hold[];
  readonly again?: number;
};

export type Answer =
  | {
      readonly to: 'lease';
      /** Who has it and until when, or since when it is ours and what was written under it last. */
      readonly held?: { readonly by: string; readonly until: number };
      readonly lastWritten?: number;
    }
  /** The plan made anew from what is read, wanted and known now: brakes that were pulled meanwhile are in its holds. */
  | { readonly to: 'read'; readonly plan: DriftPlan; readonly now: number; readonly settleSeconds: number }
  | { readonly to: 'count'; readonly refused?: string }
  | { readonly to: 'write'; readonly failed?: string; readonly now: number; readonly settleSeconds: number };

/** An answer to something that was not asked. */
export class OutOfStep extends Error {
  override readonly name = 'OutOfStep';
}

export const begin = (plan: DriftPlan): Acting =>
  plan.actions.length === 0 ? { wants: 'nothing', written: [], holds: plan.holds } : { wants: 'lease', plan };

/** @throws OutOfStep when the answer is to something else than what is wanted */
export const next = (acting: Acting, answer: Answer): Acting => {
  if (acting.wants === 'lease' && answer.to === 'lease') return leased(acting.plan, answer);
  if (acting.wants === 'read' && answer.to === 'read') return read(acting, answer);
  if (acting.wants === 'count' && answer.to === 'count') return counted(acting, answer.refused);
  if (acting.wants === 'write' && answer.to === 'write') return wrote(acting, answer);
  throw new OutOfStep(`${acting.wants} is wanted, and ${answer.to} was answered`);
};

const leased = (plan: DriftPlan, { held, lastWritten }: Extract<Answer, { to: 'lease' }>): Acting => {
  if (held === undefined) return { wants: 'read', plan, lastWritten: lastWritten ?? 0 };
  const because = `${held.by} has the lease on it.`;
  return ended([], all(plan.actions, 'lease', because, held.until), held.until);
};

const read = (
  { plan, lastWritten }: Extract<Acting, { wants: 'read' }>,
  { plan: anew, now, settleSeconds }: Extract<Answer, { to: 'read' }>,
): Acting => {
  const settled = lastWritten + settleSeconds * 1000;
  if (now < settled) {
    // The writer before us may not have told yet, and what we read may be from before it.
    return ended([], all(plan.actions, 'settling', 'It was written a moment ago.', settled), settled);
  }
  if (anew.actualDigest !== plan.actualDigest || anew.desiredDigest !== plan.desiredDigest) {
    return ended([], all(plan.actions, 'changed-since', 'It is not what the plan was made from any more.', now), now);
  }
  const actions = plan.actions.filter((action) => anew.actions.some((each) => sameAction(each, action)));
  return actions.length === 0
    ? ended([], anew.holds, soonest(anew.holds))
    : { wants: 'count', plan: anew, actions, holds: anew.holds };
};

const counted = (
  { plan, actions, holds }: Extract<Acting, { wants: 'count' }>,
  refused: string | undefined,
): Acting => {
  const [first, ...rest] = actions;
  if (refused !== undefined) return ended([], [...holds, ...all(actions, 'breaker', refused)], soonest(holds));
  return first === undefined
    ? ended([], holds, soonest(holds))
    : { wants: 'write', plan, left: [first, ...rest], written: [], holds };
};

/** A write that failed stops the ones behind it: what there is now is for the next look to find out. */
const wrote = (
  { plan, left: [action, ...rest], written, holds }: Extract<Acting, { wants: 'write' }>,
  { failed, now, settleSeconds }: Extract<Answer, { to: 'write' }>,
): Acting => {
  const again = now + settleSeconds * 1000;
  if (failed !== undefined) {
    return ended(written, [...holds, ...all([action, ...rest], 'changed-since', failed, again)], again);
  }
  const done = [...written, action.facet];
  const [following, ...others] = rest;
  return following === undefined
    ? ended(done, holds, again)
    : { wants: 'write', plan, left: [following, ...others], written: done, holds };
};

const ended = (written: readonly Facet[], holds: readonly Hold[], again?: number): Ended => ({
  wants: 'nothing',
  written,
  holds,
  ...(again === undefined ? {} : { again }),
});

const all = (actions: readonly Action[], because: Hold['because'], sentence: string, again?: number): Hold[] =>
  actions.map(({ facet }) => ({
    because,
    facet,
    sentence,
    ...(again === undefined ? {} : { again: new Date(again).toISOString() }),
  }));

const sameAction = (a: Action, b: Action): boolean => a.do === b.do && a.facet === b.facet && a.to === b.to;

const soonest = (holds: readonly Hold[]): number | undefined => {
  const times = holds.flatMap(({ again }) => (again === undefined ? [] : [Date.parse(again)]));
  return times.length === 0 ? undefined : Math.min(...times);
};
