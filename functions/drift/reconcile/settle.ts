/**
 * The settle window: after its last change an object is left alone for a while. AWS may still show its past, and somebody may still be at it; a
 * simulation without it wrote a hundred times as much, for nothing. Pure.
 */
import type { SeenChange } from '../contract.ts';

/** What is remembered of an object's changes between two looks at it. Instants are epoch milliseconds. */
export type Changing = {
  /** Digest of the facets at the last look. */
  readonly digest: string;
  /** The last look at which something was new, or our own last write. */
  readonly changedAt: number;
  /** How many changes were told that their events date later than the last look: some clock is wrong. */
  readonly ahead: number;
};

/**
 * After a look. What was never seen before has changed now, for all we know; what looks other than the last time has changed since, or is shown from the
 * past; and a change that is dated into the future happened before it was told: all of them wait.
 */
export const looked = (
  before: Changing | undefined,
  digest: string,
  changes: readonly SeenChange[],
  now: number,
): Changing => {
  const ahead = changes.reduce((count, { at }) => (Date.parse(at) > now ? count + 1 : count), 0);
  if (before?.digest === digest && ahead <= before.ahead) return ahead === before.ahead ? before : { ...before, ahead };
  return { digest, changedAt: now, ahead };
};

/** After a write of ours. */
export const wrote = (before: Changing, now: number): Changing => ({ ...before, changedAt: now });

/** Until when the object is left alone. Changes dated later than now don't count by their date: they would hold us for as long as that clock is wrong. */
export const settlesAt = (
  { changedAt }: Changing,
  changes: readonly SeenChange[],
  now: number,
  settleSeconds: number,
): number => {
  const told = changes.map(({ at }) => Date.parse(at)).filter((at) => at <= now);
  return Math.max(changedAt, ...told) + settleSeconds * 1000;
};
