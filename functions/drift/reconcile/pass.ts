/** One look at one object: what is remembered of it, what is wrong, what is done about it, and when to look again. Pure. */
import type { DriftFinding, DriftPlan, Snapshot } from '../contract.ts';

import { type Circumstances, digestOfFacets, heeded, planFor } from '../remedy/index.ts';
import { type Fights, fightFindings, foughtOver, latchedFights } from './fights.ts';
import { type Changing, looked, settlesAt } from './settle.ts';

/** What is kept of an object between two looks at it. */
export type Known = { readonly changing?: Changing; readonly fights: Fights };

export type Pass = {
  readonly known: Known & { readonly changing: Changing };
  /** Those that anybody is told, fights included. */
  readonly findings: readonly DriftFinding[];
  readonly plan: DriftPlan;
  /** When to look again though nothing happens: epoch milliseconds. */
  readonly again?: number;
};

/** What a pass hangs on: the plan's circumstances without what it works out itself. */
export type Surroundings = Omit<Circumstances, 'settlesAt' | 'fights'> & {
  /** Our principal's name, for the sentence about a fight. */
  readonly us: string;
};

/**
 * Who made the last change doesn't matter here: also our own is looked at, since its event tells nothing of what others changed besides.
 * @param detect What is wrong with it
 */
export const pass = (
  snapshot: Snapshot,
  detect: (snapshot: Snapshot) => readonly DriftFinding[],
  known: Known,
  { us, ...surroundings }: Surroundings,
): Pass => {
  const now = Date.parse(snapshot.now);
  const { settings } = surroundings.rules;
  const changing = looked(known.changing, digestOfFacets(snapshot.actual.facets), snapshot.changes, now);
  const settles = settlesAt(changing, snapshot.changes, now, settings.settleSeconds);
  const found = detect(snapshot);
  // What is read while it settles may be the past, and what an execution of ours has set is no foreign change: nobody is blamed for these.
  const foreign = now < settles ? [] : found.filter((finding) => !isIntended(snapshot, finding));
  const fights = foughtOver(known.fights, foreign, now, settings.fights, us);
  const circumstances = { ...surroundings, settlesAt: settles, fights: latchedFights(fights) };
  const plan = planFor(snapshot, found, circumstances);
  const again = soonest(plan, now < settles ? settles : undefined);
  return {
    known: { changing, fights },
    findings: [...heeded(found, circumstances), ...fightFindings(fights, snapshot.ref)],
    plan,
    ...(again === undefined ? {} : { again }),
  };
};

// Also where nothing differs: within the window a read may show the past, and what it hides is looked for once it is over.
const soonest = ({ holds }: DriftPlan, settles: number | undefined): number | undefined => {
  const times = holds.flatMap(({ again }) => (again === undefined ? [] : [Date.parse(again)]));
  if (settles !== undefined) times.push(settles);
  return times.length === 0 ? undefined : Math.min(...times);
};

const isIntended = ({ intents }: Snapshot, { facet, is }: DriftFinding): boolean =>
  intents.some((intent) => intent.facet === facet && intent.value === is);
