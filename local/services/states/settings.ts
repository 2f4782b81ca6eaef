/** What can be set about the local Step Functions, above all by tests. */
import type { Cloud } from '../../contract.ts';

export type StatesPace = {
  /** Milliseconds that every Wait state takes instead of its own time. */
  waitMs?: number;
  /** Milliseconds before every retry instead of its own interval. */
  retryMs?: number;
};

/** The pace of a cloud's executions: real, until it is changed. Those under way keep theirs. */
export const statesPace = (cloud: Cloud): StatesPace => cloud.state('states', 'pace', () => ({}));
