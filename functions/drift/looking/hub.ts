/** What a look at an object works with; the hub function hands it in. */
import type { LifecycleEvent } from '../../lifecycle.ts';
import type { Count } from '../../runtime/entry.ts';
import type { CallSpoke } from '../../runtime/spoke-call.ts';
import type { DriftHub } from '../gathering/gather.ts';

export type LookHub = DriftHub & {
  /** Asks a function of a spoke; the answer is for its own schema to read. @throws SpokeFailure, Failure */
  readonly ask: (call: CallSpoke) => Promise<unknown>;
  /** False when an execution of that name has closed. */
  readonly start: (machine: string, name: string, input: object) => Promise<boolean>;
  /** Tells the world. */
  readonly tell: (events: readonly LifecycleEvent[]) => Promise<void>;
  readonly count: Count;
};

/** In the journal, and in sentences about fights. */
export const BY = 'look-at-object';
