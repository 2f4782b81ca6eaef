/** A kind of change: the CloudTrail event that tells of it, and how to read it. */
import type { ChangeRecord } from './record.ts';

/** One line of the table. `read` throws EventMalformed. */
export type ChangeKind<Change> = {
  /** `eventSource` of the record: `eks.amazonaws.com`. */
  readonly eventSource: string;
  readonly eventName: string;
  readonly read: (record: ChangeRecord) => Change;
};

/** Keeps the type of what `read` gives, so that the table's union is made of the kinds' own types. */
export const changeKind = <Change>(
  eventSource: string,
  eventName: string,
  read: (record: ChangeRecord) => Change,
): ChangeKind<Change> => ({ eventSource, eventName, read });
