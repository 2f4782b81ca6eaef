/** What the services do after they have answered: deliveries, retries, executions. It ends with the cloud, and what goes wrong in it is told. */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cloud } from '../contract.ts';

export type Background = {
  /** Aborted when the cloud closes. */
  readonly signal: AbortSignal;
  /** Runs something that nobody waits for; a rejection is reported. */
  readonly run: (what: string, work: () => Promise<void>) => void;
  /** Waits; false when the cloud was closed meanwhile. Does not keep the process alive. */
  readonly wait: (ms: number) => Promise<boolean>;
  /** Something that AWS would show in a metric at best: an event without a home, a log line that was refused. */
  readonly report: (sentence: string) => void;
  readonly onReport: (listener: (sentence: string) => void) => void;
  /** Called when the cloud closes, after the signal: workers, timers, servers. */
  readonly onClose: (end: () => Promise<void> | void) => void;
  /** Resolves when nothing is under way. */
  readonly settled: () => Promise<void>;
};

/** The one background of a cloud. */
export const backgroundOf = (cloud: Cloud): Background => cloud.state('background', '', () => create(cloud));

const create = (cloud: Cloud): Background => {
  const closing = new AbortController();
  // Everything that waits listens to it.
  setMaxListeners(0, closing.signal);
  const underWay = new Set<Promise<void>>();
  const listeners: Array<(sentence: string) => void> = [];
  const ends: Array<() => Promise<void> | void> = [];
  cloud.onClose(async () => {
    closing.abort();
    await Promise.all(ends.map((end) => end()));
    await Promise.all(underWay);
  });
  const report = (sentence: string): void => {
    for (const listener of listeners) listener(sentence);
  };
  return {
    signal: closing.signal,
    report,
    onReport: (listener) => {
      listeners.push(listener);
    },
    run: (what, work) => {
      if (closing.signal.aborted) return;
      const done = work()
        .catch((error: unknown) => {
          if (!closing.signal.aborted) report(`${what}: ${error instanceof Error ? error.message : String(error)}`);
        })
        .finally(() => underWay.delete(done));
      underWay.add(done);
    },
    wait: (ms) => pause(ms, true, { signal: closing.signal, ref: false }).catch(() => false),
    onClose: (end) => {
      ends.push(end);
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
};
