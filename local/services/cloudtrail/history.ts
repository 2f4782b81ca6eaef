/** The event history of an account and region: the latest records, in memory. */
import type { Cloud, TrailEvent } from '../../contract.ts';

export type Kept = {
  /** Rises by one with each record: a page ends at a number, and new records don't shift it. */
  readonly number: number;
  readonly event: TrailEvent;
};

/** AWS keeps 90 days; here the oldest go when there are more than this, about 10 MB for an account and region. */
export const MAX_RECORDS = 5_000;

/** Newest first. */
export const historyOf = (cloud: Cloud, account: string, region: string): readonly Kept[] =>
  recordsOf(cloud, account, region).toReversed();

/** Keeps a record in the region and account that it is for. */
export const keep = (cloud: Cloud, event: TrailEvent): void => {
  const records = recordsOf(cloud, event.account, event.region);
  records.push({ number: (records.at(-1)?.number ?? 0) + 1, event });
  // Some more at a time: shifting thousands of records for each new one would cost more than the call that made it.
  if (records.length > MAX_RECORDS * 1.1) records.splice(0, records.length - MAX_RECORDS);
};

const recordsOf = (cloud: Cloud, account: string, region: string): Kept[] =>
  cloud.state('cloudtrail', `${account}/${region}`, () => []);
