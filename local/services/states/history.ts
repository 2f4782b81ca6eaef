/** An execution's history as Step Functions tells it: numbered events, each with the one before it in its branch. */
import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';

/** One line of execution: the machine itself, an item of a Map, a branch of a Parallel. */
export type Lane = {
  /** The id of its last event. */
  previous: number;
  /** The state it is in. */
  state?: string;
  /** The input of its run, by which a task's handler finds it. */
  readonly input: unknown;
  /** For an item: stands for the one execution of the Map state that it belongs to. */
  readonly mapRun?: object;
  /** The task under way; what comes from an earlier one is stale. */
  task?: object;
  /** The state's error was caught: it is left without a result of its own. */
  caught?: boolean;
};

export type History = {
  readonly events: readonly HistoryEvent[];
  /** Appends an event to a lane and gives its id. */
  readonly add: (lane: Lane, type: HistoryEventType, details?: Partial<HistoryEvent>) => number;
  readonly full: () => boolean;
};

/** Events of one execution (Step Functions quotas). */
export const MOST_EVENTS = 25_000;

export const createHistory = (now: () => Date): History => {
  const events: HistoryEvent[] = [];
  return {
    events,
    add: (lane, type, details = {}) => {
      const id = events.length + 1;
      events.push({ timestamp: now(), type, id, previousEventId: lane.previous, ...details });
      lane.previous = id;
      return id;
    },
    full: () => events.length >= MOST_EVENTS,
  };
};
