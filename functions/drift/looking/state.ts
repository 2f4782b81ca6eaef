/** What is kept of an object after a look, and when the next one is due. Pure. */
import type { Action, Actual, DriftPlan, Facet, Hold, ObjectRef } from '../contract.ts';
import type { ObjectState } from '../kept.ts';
import { type Known, putRight, wrote } from '../reconcile/index.ts';

type Settled = Pick<Known, 'fights'> & { readonly changing: NonNullable<Known['changing']> };

/** `again`: epoch milliseconds. */
export const stateOf = (
  ref: ObjectRef,
  before: ObjectState | undefined,
  { known, actual, plan, again }: { known: Settled; actual: Actual; plan: DriftPlan; again: number | undefined },
): ObjectState => {
  const keepsOld = !actual.complete || isEndOpen(before, actual, plan);
  const { facets, readAt } = keepsOld ? { facets: before?.facets, readAt: before?.readAt } : actual;
  return {
    ref,
    ...(facets !== undefined && { facets }),
    ...(readAt !== undefined && { readAt }),
    changing: known.changing,
    fights: rowOf(known.fights),
    ...(again !== undefined && { again: new Date(again).toISOString() }),
  };
};

/** After these writes of ours were accepted. */
export const afterWrites = (
  known: Settled,
  actions: readonly Action[],
  written: readonly Facet[],
  now: number,
): Settled => {
  if (written.length === 0) return known;
  let { fights } = known;
  for (const { facet, to } of actions) if (written.includes(facet)) fights = putRight(fights, facet, to, now);
  return { fights, changing: wrote(known.changing, now) };
};

const rowOf = (fights: Settled['fights']): ObjectState['fights'] =>
  Object.fromEntries(Object.entries(fights).map(([facet, fight]) => [facet, { ...fight, rounds: [...fight.rounds] }]));

/**
 * What a thing was before it went says what its end means, whom it belonged to above all: that is remembered until what is to be done about
 * the end is done.
 */
const isEndOpen = (before: ObjectState | undefined, { facets }: Actual, { actions, holds }: DriftPlan): boolean =>
  before?.facets?.exists !== undefined &&
  facets.exists === undefined &&
  [...actions, ...holds.filter(({ because }) => PASSES.has(because))].some(({ facet }) => facet === 'exists');

const PASSES: ReadonlySet<Hold['because']> = new Set([
  'window',
  'settling',
  'kill-switch',
  'breaker',
  'in-flight',
  'incomplete',
  'lease',
  'changed-since',
]);

/** A person lets it go on, or decides otherwise, and nothing tells us. */
const ASKED: ReadonlySet<Hold['because']> = new Set(['kill-switch', 'breaker', 'fight', 'adopted']);
const ASKED_MILLISECONDS = 300_000;

/** The soonest of these times and of what the holds wait for. At once is a second from now: others want their turn, too. */
export const againAt = (
  holds: readonly Hold[],
  times: readonly (number | undefined)[],
  now: number,
): number | undefined => {
  const all = times.flatMap((time) => time ?? []);
  for (const { because, again } of holds) {
    if (ASKED.has(because)) all.push(now + ASKED_MILLISECONDS);
    // Who has a lease gives it back sooner than it runs out.
    else if (because === 'lease')
      all.push(Math.min(again === undefined ? Infinity : Date.parse(again), now + ASKED_MILLISECONDS));
    else if (again !== undefined) all.push(Date.parse(again));
  }
  return all.length === 0 ? undefined : Math.max(now + 1000, Math.min(...all));
};
