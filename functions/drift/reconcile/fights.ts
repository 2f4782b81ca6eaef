/**
 * Fights: somebody changes a thing, we put it back, they change it again. What counts is distinct changes by others, one for each time that we had
 * put it right: neither our attempts nor how often a change is told or looked at. Pure.
 */
import type { DriftFinding } from '../contract.ts';
import { objectKey } from '../object.ts';

/** What is known of one facet. Instants are epoch milliseconds. */
export type Fight = {
  /** Our last write that was accepted. */
  readonly wrote?: { readonly at: number; readonly to: string | null };
  readonly rounds: readonly Round[];
  readonly latched?: { readonly at: number; readonly sentence: string };
};

/** A change by others, in the time since one write of ours. */
export type Round = {
  /** Of the write that it undid; 0 where we had written nothing yet. */
  readonly since: number;
  readonly at: number;
  readonly who: string;
};

export type Fights = Readonly<Record<string, Fight>>;
export type FightLimit = { readonly changes: number; readonly hours: number };

/**
 * After a look at a settled object: each facet that differs was changed by somebody since our last write of it. The one that makes it too many latches.
 * @param us Our principal's name, for the sentence
 */
export const foughtOver = (
  fights: Fights,
  findings: readonly DriftFinding[],
  now: number,
  limit: FightLimit,
  us: string,
): Fights => {
  let after = fights;
  for (const finding of findings) {
    if (finding.is === finding.shouldBe || finding.attribution?.who === 'us') continue;
    const before = after[finding.facet] ?? { rounds: [] };
    const fight = withRound(before, finding, now, limit, us);
    if (fight !== before) after = { ...after, [finding.facet]: fight };
  }
  return after;
};

/** A write of ours was accepted. Attempts that failed are not told. */
export const putRight = (fights: Fights, facet: string, to: string | null, now: number): Fights => ({
  ...fights,
  [facet]: { ...(fights[facet] ?? { rounds: [] }), wrote: { at: now, to } },
});

/** A person has looked at it: we may put it right again, and count anew. */
export const acknowledgeFight = (fights: Fights, facet: string): Fights =>
  fights[facet] === undefined ? fights : { ...fights, [facet]: { rounds: [] } };

/** The latched ones, by facet, with the sentence that names both sides. */
export const latchedFights = (fights: Fights): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(fights).flatMap(([facet, { latched }]) =>
      latched === undefined ? [] : [[facet, latched.sentence] as const],
    ),
  );

/** The finding of each latched fight; it stays while the latch does. */
export const fightFindings = (fights: Fights, ref: DriftFinding['ref']): DriftFinding[] =>
  [...latchedFights(fights)].map(([facet, sentence]) => ({
    reason: 'FoughtOver',
    severity: 'error',
    ref,
    facet,
    subject: facet,
    sentence,
    remedy: 'Make one of them the owner: change the grant or the other program, then acknowledge the fight.',
    is: null,
    shouldBe: null,
  }));

const withRound = (fight: Fight, finding: DriftFinding, now: number, limit: FightLimit, us: string): Fight => {
  if (fight.latched !== undefined) return fight;
  // What is wanted changed since: then that it differs is nobody's doing.
  const since = fight.wrote !== undefined && fight.wrote.to === finding.shouldBe ? fight.wrote.at : 0;
  if (fight.rounds.some((round) => round.since === since)) return fight;
  const rounds = [
    ...fight.rounds.filter(({ at }) => at > now - limit.hours * 3_600_000),
    { since, at: now, who: whoOf(finding) },
  ];
  if (rounds.length < limit.changes) return { ...fight, rounds };
  return { ...fight, rounds, latched: { at: now, sentence: sentenceOf(finding, rounds, limit, us) } };
};

const whoOf = ({ attribution }: DriftFinding): string =>
  attribution?.actor?.arn ?? attribution?.actor?.name ?? 'somebody unknown';

const sentenceOf = (finding: DriftFinding, rounds: readonly Round[], { hours }: FightLimit, us: string): string => {
  const others = [...new Set(rounds.map(({ who }) => who))].join(' and ');
  return `${others} changed ${finding.facet} of ${objectKey(finding.ref)} ${rounds.length} times within ${hours} h, and ${us} put it back each time but the last; nothing more is written until somebody acknowledges it.`;
};
