/**
 * The blast-radius breaker of a cluster. Whoever wants to write adds the identities that it touches and judges by what the same write gave back: of
 * many at once, each sees all that were before it, while a counter that is read first and written later lets all of them through. Pure.
 */
import type { BreakerSettings } from '../../config.ts';

/** One row. Instants are epoch milliseconds. */
export type Breaker = {
  /** Raised by each acknowledgement: counting begins anew. */
  readonly generation: number;
  /** The identities touched, by key, and when last; a second touch within the window counts once. */
  readonly touched: Readonly<Record<string, number>>;
  readonly tripped?: { readonly at: number; readonly identities: number; readonly because: string };
  readonly acknowledged?: { readonly by: string; readonly at: number };
};

export const UNTOUCHED: Breaker = { generation: 0, touched: {} };

/**
 * The one conditional ADD, and its judgement: on the condition that it isn't tripped, the identities join those of the window that ends now. `refused`: nothing
 * may be written, by this one or by anybody until a person acknowledges.
 * @param associations How many the cluster has, for the share
 */
export const count = (
  breaker: Breaker,
  identities: readonly string[],
  now: number,
  settings: BreakerSettings,
  associations: number,
): { readonly breaker: Breaker; readonly refused?: string } => {
  if (breaker.tripped !== undefined) return { breaker, refused: breaker.tripped.because };
  const since = now - settings.windowSeconds * 1000;
  const touched: Record<string, number> = {};
  for (const [identity, at] of Object.entries(breaker.touched)) if (at > since) touched[identity] = at;
  for (const identity of identities) touched[identity] = now;
  const number = Object.keys(touched).length;
  const because = tooMany(number, settings, associations);
  if (because === undefined) return { breaker: { ...breaker, touched } };
  return { breaker: { ...breaker, touched, tripped: { at: now, identities: number, because } }, refused: because };
};

/** A person has looked at it: writing goes on, and counting begins anew. Not tripped: nothing changes. */
export const acknowledgeBreaker = (breaker: Breaker, by: string, now: number): Breaker =>
  breaker.tripped === undefined
    ? breaker
    : { generation: breaker.generation + 1, touched: {}, acknowledged: { by, at: now } };

const tooMany = (number: number, settings: BreakerSettings, associations: number): string | undefined => {
  const { identities, percent, percentFrom, windowSeconds } = settings;
  if (number > identities) {
    return `${number} identities would be touched within ${windowSeconds} s; the limit is ${identities}`;
  }
  // Of a cluster that was never listed we know fewer than there are: then the share is too high, and we stop and ask.
  const all = Math.max(associations, number);
  return number >= percentFrom && 100 * number > percent * all
    ? `${number} identities of ${all} would be touched within ${windowSeconds} s; the limit is ${percent} %`
    : undefined;
};
