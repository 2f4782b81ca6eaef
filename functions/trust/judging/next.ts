/** Where the machine goes from here. Pure. */
import type { Look, Next, Tightening } from './contract.ts';

/** How often an execution waits: with the pauses below, some ten minutes, which is longer than any lease and than IAM takes. */
export const MOST_WAITS = 24;

const LONGEST_PAUSE = 30;

export const done = (look: Look, because: string): Next => ({ next: 'done', look, waitSeconds: 1, because });

export const lookAgain = (look: Look, because: string): Next => ({ next: 'look', look, waitSeconds: 1, because });

/** Seldom longer than two seconds; ever longer when it takes long. `atMost`: seconds after which waiting is pointless. */
export const wait = (look: Look, because: string, atMost = LONGEST_PAUSE): Next => ({
  next: 'wait',
  look: { ...look, waits: look.waits + 1 },
  waitSeconds: Math.max(1, Math.min(2 ** Math.floor(look.waits / 3 + 1), atMost, LONGEST_PAUSE)),
  because,
});

/** Undefined when it has waited often enough. */
export const waitOnce = (look: Look, because: string, atMost?: number): Next | undefined =>
  look.waits < MOST_WAITS ? wait(look, because, atMost) : undefined;

/** Once, for as long as that. Undefined when it has waited often enough. */
export const waitFor = (look: Look, because: string, seconds: number): Next | undefined => {
  const next = waitOnce(look, because);
  return next && { ...next, waitSeconds: Math.max(1, Math.ceil(seconds)) };
};

export const tightenNow = (look: Look, tighten: Tightening, because: string): Next => ({
  next: 'tighten',
  look: { ...look, rounds: look.rounds + 1 },
  waitSeconds: 1,
  tighten,
  because,
});
