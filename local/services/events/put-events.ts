/** PutEvents and TestEventPattern. */
import { randomUUID } from 'node:crypto';
import type {
  PutEventsRequest,
  PutEventsRequestEntry,
  PutEventsResponse,
  PutEventsResultEntry,
  TestEventPatternRequest,
  TestEventPatternResponse,
} from '@aws-sdk/client-eventbridge';
import type { Call, Operation } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { askBus, busAt, busReference } from './bus.ts';
import { publish } from './deliver.ts';
import { readPattern } from './rule.ts';

/** EventBridge quotas: entries of a call, and bytes of all of them. */
const MOST_ENTRIES = 10;
const LARGEST = 262_144;

export const PutEvents: Operation<PutEventsRequest, PutEventsResponse> = {
  // A data event: CloudTrail's management trail has no record of it.
  readOnly: true,
  asks: (input, call) =>
    (input.Entries ?? []).map((entry) =>
      askBus(call.cloud, 'PutEvents', busReference(entry.EventBusName, call), {
        'events:source': entry.Source ?? '',
        'events:detail-type': entry.DetailType ?? '',
        'events:eventBusInvocation': 'false',
      }),
    ),
  run: (input, call) => {
    const entries = input.Entries ?? [];
    if (entries.length === 0 || entries.length > MOST_ENTRIES) {
      throw invalid(
        `Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MOST_ENTRIES}`,
      );
    }
    if (entries.reduce((size, entry) => size + sizeOf(entry), 0) > LARGEST)
      throw invalid('Total size of the entries in the request is over the limit.');
    const results = entries.map((entry) => putEvent(entry, call));
    return { FailedEntryCount: results.filter((result) => result.ErrorCode !== undefined).length, Entries: results };
  },
};

export const TestEventPattern: Operation<TestEventPatternRequest, TestEventPatternResponse> = {
  readOnly: true,
  asks: () => [{ action: 'events:TestEventPattern', resource: '*' }],
  run: (input) => {
    const matches = readPattern(input.EventPattern ?? '');
    const event = parsed(input.Event ?? '');
    if (event === undefined) throw invalid('Parameter Event is not valid.');
    const missing = REQUIRED.find((field) => !Object.hasOwn(event, field));
    if (missing !== undefined) throw invalid(`Parameter Event is not valid. Reason: Missing required field ${missing}`);
    return { Result: matches(event) };
  },
};

const REQUIRED = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

const invalid = (message: string): ApiError => new ApiError('ValidationException', 400, message);

/** EventBridge guide, "Calculating PutEvents event entry size". */
const sizeOf = (entry: PutEventsRequestEntry): number =>
  (entry.Time === undefined ? 0 : 14) +
  [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])].reduce(
    (size, text) => size + Buffer.byteLength(text ?? ''),
    0,
  );

const putEvent = (entry: PutEventsRequestEntry, call: Call): PutEventsResultEntry => {
  const fault = (ErrorCode: string, ErrorMessage: string): PutEventsResultEntry => ({ ErrorCode, ErrorMessage });
  const { Source = '', DetailType = '', Detail = '', Resources = [], Time = call.now } = entry;
  if (Source === '')
    return fault('InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.');
  if (DetailType === '')
    return fault('InvalidArgument', 'Parameter DetailType is not valid. Reason: DetailType is a required argument.');
  if (/^aws\./.test(Source)) return fault('NotAuthorizedForSourceException', 'Not authorized for the source.');
  const detail = parsed(Detail);
  if (detail === undefined) return fault('MalformedDetail', 'Detail is malformed.');
  const bus = busAt(call.cloud, busReference(entry.EventBusName, call));
  const id = randomUUID();
  publish(call.cloud, bus, {
    version: '0',
    id,
    'detail-type': DetailType,
    source: Source,
    account: call.account,
    time: Time.toISOString().replace(/\.\d+Z$/, 'Z'),
    region: call.region,
    resources: Resources,
    detail,
  });
  return { EventId: id };
};

const parsed = (text: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // Whoever sent it is told by the entry's error code.
    return undefined;
  }
};
