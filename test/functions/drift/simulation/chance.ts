/** Chance from a seed: the same seed, the same run (mulberry32). */
export type Chance = {
  /** 0 ≤ x < 1. */
  next: () => number;
  /** Whole, from 0 and below `count`. */
  below: (count: number) => number;
  between: (from: number, to: number) => number;
  happens: (share: number) => boolean;
  one: <Thing>(things: readonly Thing[]) => Thing;
};

export const chanceFrom = (seed: number): Chance => {
  let state = seed * 0x9e3779b1;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    next,
    below,
    between: (from, to) => from + next() * (to - from),
    happens: (share) => next() < share,
    one: (things) => {
      const thing = things[below(things.length)];
      if (thing === undefined) throw new Error('one of nothing');
      return thing;
    },
  };
};
