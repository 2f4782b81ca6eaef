/** Calls at an even pace, whoever makes them: AWS's buckets are small and shared by everybody in the account. Pure: the clock is an argument. */

export type PacerClock = { readonly now: () => number; readonly sleep: (millis: number) => Promise<void> };

/** Waits until the next call's turn. @example const turn = pacer(2, clock); await turn(); await lookUp(); */
export const pacer = (perSecond: number, { now, sleep }: PacerClock): (() => Promise<void>) => {
  let free = 0;
  return async () => {
    const at = now();
    const turn = Math.max(free, at);
    // Taken before it waits: who asks meanwhile comes after.
    free = turn + 1000 / perSecond;
    if (turn > at) await sleep(turn - at);
  };
};
