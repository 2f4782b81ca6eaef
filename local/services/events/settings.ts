/** What can be set about the local EventBridge, above all by tests. */
import type { Cloud } from '../../contract.ts';

export type EventsPace = {
  /** Milliseconds before the first retry; they double up to a minute. */
  retryMs: number;
};

export const eventsPace = (cloud: Cloud): EventsPace => cloud.state('events', 'pace', () => ({ retryMs: 500 }));

const LONGEST_MS = 60_000;

/** Exponential, with up to half of it as jitter. */
export const retryDelay = (cloud: Cloud, retries: number): number => {
  const delay = Math.min(eventsPace(cloud).retryMs * 2 ** retries, LONGEST_MS);
  return delay * (1 - Math.random() / 2);
};
