/** A stage's token bucket: `burst` tokens at most, `rate` new ones a second. */

/** Whether a request at that moment is let through. */
export type Throttle = (now: Date) => boolean;

export const throttleOf = ({ rate, burst }: { readonly rate: number; readonly burst: number }): Throttle => {
  let tokens = burst;
  let at = Number.NEGATIVE_INFINITY;
  return (now) => {
    const ms = now.getTime();
    tokens = Math.min(burst, tokens + (Math.max(0, ms - at) / 1000) * rate);
    at = Math.max(at, ms);
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
};
