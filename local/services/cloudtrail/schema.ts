/** The schema of CloudTrail's LookupEvents: the SDK's client isn't among our packages. Shapes as in the service's public model, 2013-11-01. */
import type { StaticErrorSchema, StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';

const NAMESPACE = 'com.amazonaws.cloudtrail';

// The SDK's numbers: 0 is a string, 1 a number, 4 a timestamp; a structure's last number counts its required members, which come first.
type Members = Readonly<Record<string, StaticStructureSchema[5][number]>>;

const structure = (name: string, members: Members, required = 0): StaticStructureSchema => [
  3,
  NAMESPACE,
  name,
  0,
  Object.keys(members),
  Object.values(members),
  required,
];

const list = (name: string, member: StaticStructureSchema): StaticListSchema => [1, NAMESPACE, name, 0, () => member];

const LookupAttribute = structure('LookupAttribute', { AttributeKey: 0, AttributeValue: 0 }, 2);
const Resource = structure('Resource', { ResourceType: 0, ResourceName: 0 });
const Event = structure('Event', {
  EventId: 0,
  EventName: 0,
  ReadOnly: 0,
  AccessKeyId: 0,
  EventTime: 4,
  EventSource: 0,
  Username: 0,
  Resources: () => list('ResourceList', Resource),
  CloudTrailEvent: 0,
});

const LookupEventsRequest = structure('LookupEventsRequest', {
  LookupAttributes: () => list('LookupAttributesList', LookupAttribute),
  StartTime: 4,
  EndTime: 4,
  EventCategory: 0,
  MaxResults: 1,
  NextToken: 0,
});
const LookupEventsResponse = structure('LookupEventsResponse', {
  Events: () => list('EventsList', Event),
  NextToken: 0,
});

export const LookupEvents$: StaticOperationSchema = [
  9,
  NAMESPACE,
  'LookupEvents',
  0,
  () => LookupEventsRequest,
  () => LookupEventsResponse,
];

const exception = (name: string): StaticErrorSchema => [
  -3,
  NAMESPACE,
  name,
  { error: 'client', httpError: 400 },
  ['Message'],
  [0],
];

export const InvalidEventCategoryException$ = exception('InvalidEventCategoryException');
export const InvalidLookupAttributesException$ = exception('InvalidLookupAttributesException');
export const InvalidMaxResultsException$ = exception('InvalidMaxResultsException');
export const InvalidNextTokenException$ = exception('InvalidNextTokenException');
export const InvalidTimeRangeException$ = exception('InvalidTimeRangeException');
