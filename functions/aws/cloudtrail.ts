/** CloudTrail's event history of this account: the calls of the last 90 days, without any trail or rule. */
import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { Failure } from '../runtime/errors.ts';
import { answerOf, CLIENT_SETTINGS, lazily } from './edge.ts';

export type LookedUpEvent = {
  readonly eventId: string;
  /** When the call was made, as ISO text. */
  readonly at: string;
  /** CloudTrail's record as JSON text: what EventBridge has as `detail`. */
  readonly record: string;
};

export type Lookup = {
  /** The history can be asked for one thing at a time: calls of a name (`DeleteRole`), or those about a resource, by its name or ARN. */
  readonly by: { readonly eventName: string } | { readonly resourceName: string };
  /** ISO 8601, both ends included. */
  readonly from: string;
  readonly to: string;
  /** Where the page begins, as the page before it has said; good for the same question only. */
  readonly next?: string;
  /** Events of a page, 1 to 50. */
  readonly limit?: number;
  /** The function's own when absent. IAM's calls are in the partition's IAM region only. */
  readonly region?: string;
};

export type LookupPage = { readonly events: readonly LookedUpEvent[]; readonly next?: string };

/**
 * A page of such calls, newest first; a page can be empty and have a next one. A call shows within minutes, and the rate is two
 * lookups a second for an account and region.
 * @throws Failure Throttled, ServiceUnavailable, AccessDenied; Refused for an event without its id, time or record
 */
export const lookupEvents = async ({ by, from, to, next, limit = 50, region }: Lookup): Promise<LookupPage> => {
  const command = new LookupEventsCommand({
    LookupAttributes: [
      'eventName' in by
        ? { AttributeKey: 'EventName', AttributeValue: by.eventName }
        : { AttributeKey: 'ResourceName', AttributeValue: by.resourceName },
    ],
    StartTime: new Date(from),
    EndTime: new Date(to),
    MaxResults: limit,
    ...(next !== undefined && { NextToken: next }),
  });
  const page = await answerOf('cloudtrail:LookupEvents', () => cloudTrail(region).send(command));
  return {
    events: (page.Events ?? []).map(eventOf),
    ...(page.NextToken !== undefined && { next: page.NextToken }),
  };
};

const eventOf = ({ EventId: eventId, EventTime, CloudTrailEvent: record }: Event): LookedUpEvent => {
  if (!eventId || EventTime === undefined || !record) {
    throw new Failure('Refused', `CloudTrail told of event ${eventId ?? '?'} without its id, time or record`);
  }
  return { eventId, at: EventTime.toISOString(), record };
};

const here = lazily(() => new CloudTrailClient(CLIENT_SETTINGS));

let elsewhere: { readonly region: string; readonly client: CloudTrailClient } | undefined;

/** One region besides the function's own is all that anybody asks: IAM's. */
const cloudTrail = (region: string | undefined): CloudTrailClient => {
  if (region === undefined) return here();
  if (elsewhere?.region !== region) {
    elsewhere = { region, client: new CloudTrailClient({ ...CLIENT_SETTINGS, region }) };
  }
  return elsewhere.client;
};
