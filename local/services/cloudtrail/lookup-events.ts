/** LookupEvents: the event history of the caller's account in one region, newest first. */
import { createHash } from 'node:crypto';
import type { Call, Operation } from '../../contract.ts';
import { CloudTrailError } from './errors.ts';
import { type LookedUpEvent, lookedUp } from './event.ts';
import { historyOf } from './history.ts';

export type LookupEventsInput = {
  readonly LookupAttributes?: ReadonlyArray<{ readonly AttributeKey: string; readonly AttributeValue: string }>;
  readonly StartTime?: Date;
  readonly EndTime?: Date;
  readonly EventCategory?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
};

export type LookupEventsOutput = { readonly Events: readonly LookedUpEvent[]; readonly NextToken?: string };

const MAX_RESULTS = 50;

/**
 * Records are there at once, where AWS takes minutes. As everywhere here, reads leave no record, but for those that hand out credentials;
 * IAM's calls are in the partition's IAM region.
 */
export const LookupEvents: Operation<LookupEventsInput, LookupEventsOutput> = {
  readOnly: true,
  asks: () => [{ action: 'cloudtrail:LookupEvents', resource: '*' }],
  run: (input, call) => {
    const wanted = conditionOf(input);
    const size = input.MaxResults ?? MAX_RESULTS;
    if (size < 1 || size > MAX_RESULTS) {
      throw new CloudTrailError(
        'InvalidMaxResultsException',
        `A maximum results value of ${size} is invalid. Specify between 1 and ${MAX_RESULTS} results.`,
      );
    }
    const before = positionOf(input, call);
    const found: LookedUpEvent[] = [];
    let last = 0;
    for (const { number, event } of historyOf(call.cloud, call.account, call.region)) {
      if (number >= before) continue;
      const one = lookedUp(event);
      if (!wanted(one)) continue;
      // One more than fits: there is another page.
      if (found.length === size) return { Events: found, NextToken: tokenOf(input, call, last) };
      found.push(one);
      last = number;
    }
    return { Events: found };
  },
};

const conditionOf = ({ LookupAttributes = [], StartTime, EndTime, EventCategory }: LookupEventsInput) => {
  if (EventCategory !== undefined && EventCategory !== 'insight') {
    throw new CloudTrailError('InvalidEventCategoryException', `The event category ${EventCategory} is invalid.`);
  }
  if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime) {
    throw new CloudTrailError('InvalidTimeRangeException', 'Start time must be before end time.');
  }
  const [attribute, ...more] = LookupAttributes;
  if (more.length > 0) {
    throw new CloudTrailError('InvalidLookupAttributesException', 'You can specify only one lookup attribute.');
  }
  const matches = attribute === undefined ? () => true : matcherOf(attribute.AttributeKey, attribute.AttributeValue);
  return (event: LookedUpEvent): boolean =>
    // There are no insights here.
    EventCategory === undefined &&
    (StartTime === undefined || event.EventTime >= StartTime) &&
    (EndTime === undefined || event.EventTime <= EndTime) &&
    matches(event);
};

const ATTRIBUTES: Readonly<Record<string, (event: LookedUpEvent, value: string) => boolean>> = {
  EventId: ({ EventId }, value) => EventId === value,
  EventName: ({ EventName }, value) => EventName === value,
  ReadOnly: ({ ReadOnly }, value) => ReadOnly === value.toLowerCase(),
  Username: ({ Username }, value) => Username === value,
  ResourceType: ({ Resources }, value) => Resources.some(({ ResourceType }) => ResourceType === value),
  ResourceName: ({ Resources }, value) => Resources.some(({ ResourceName }) => ResourceName === value),
  EventSource: ({ EventSource }, value) => EventSource === value,
  AccessKeyId: ({ AccessKeyId }, value) => AccessKeyId === value,
};

/** Whole values, in their own case (CloudTrail guide, "Lookup attributes"). */
const matcherOf = (key: string, value: string): ((event: LookedUpEvent) => boolean) => {
  const compare = Object.hasOwn(ATTRIBUTES, key) ? ATTRIBUTES[key] : undefined;
  if (compare === undefined || value === '' || value.length > 2000) {
    throw new CloudTrailError('InvalidLookupAttributesException', `The lookup attribute ${key} is invalid.`);
  }
  return (event) => compare(event, value);
};

/** "The token must be passed in with the same parameters that were specified in the original call" (API reference). */
const tokenOf = (input: LookupEventsInput, call: Call, last: number): string =>
  Buffer.from(`${last}:${queryOf(input, call)}`).toString('base64url');

const positionOf = (input: LookupEventsInput, call: Call): number => {
  if (input.NextToken === undefined) return Number.POSITIVE_INFINITY;
  const [last = '', query] = Buffer.from(input.NextToken, 'base64url').toString().split(':');
  if (!/^\d+$/.test(last) || query !== queryOf(input, call)) {
    throw new CloudTrailError('InvalidNextTokenException', 'The specified next token is invalid.');
  }
  return Number(last);
};

const queryOf = ({ NextToken: _token, MaxResults: _size, ...query }: LookupEventsInput, call: Call): string =>
  createHash('sha256')
    .update(JSON.stringify([call.account, call.region, query]))
    .digest('base64url');
