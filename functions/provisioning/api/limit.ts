/** The limit per caller: a bucket of tokens for each, in the memory of one instance of the function. */
import type { ApiSettings } from '../../api-settings.ts';

type Bucket = { readonly tokens: number; readonly at: number };

/** Callers that are remembered; the one that was last seen longest ago is forgotten first, with a full bucket. */
const MOST_CALLERS = 10_000;

/**
 * Takes a token for a caller at an instant (milliseconds): 0 when there was one, else the seconds until there is.
 *
 * In memory on purpose: a row for each request would cost a write and its milliseconds, to protect what API Gateway's
 * throttling protects already. This one keeps a single caller from using up everybody's share.
 */
export const callerLimit = ({ burst, perSecond }: ApiSettings['callerLimit']) => {
  const buckets = new Map<string, Bucket>();
  return (caller: string, now: number): number => {
    const { tokens, at } = buckets.get(caller) ?? { tokens: burst, at: now };
    const filled = Math.min(burst, tokens + (Math.max(0, now - at) / 1000) * perSecond);
    const left = filled >= 1 ? filled - 1 : filled;
    buckets.delete(caller);
    buckets.set(caller, { tokens: left, at: now });
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_CALLERS && oldest !== undefined) buckets.delete(oldest);
    return filled >= 1 ? 0 : Math.ceil((1 - filled) / perSecond);
  };
};
