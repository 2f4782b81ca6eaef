import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { beforeEach, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { lookupEvents } from '../../../functions/aws/cloudtrail.ts';

const cloudTrail = mockClient(CloudTrailClient);
beforeEach(() => {
  cloudTrail.reset();
});

const question = { by: { eventName: 'DeleteRole' }, from: '2026-03-01T10:00:00.000Z', to: '2026-03-01T11:00:00.000Z' };
const event = (EventId: string) => ({
  EventId,
  EventName: 'DeleteRole',
  EventTime: new Date('2026-03-01T10:30:00Z'),
  Username: 'admin',
  CloudTrailEvent: `{"eventID":"${EventId}"}`,
});
const asked = () => cloudTrail.commandCalls(LookupEventsCommand).map(({ args }) => args[0].input);

it('asks for one name in a range of time, page by page', async () => {
  cloudTrail
    .on(LookupEventsCommand)
    .resolvesOnce({ Events: [event('a'), event('b')], NextToken: 'n' })
    .resolvesOnce({ NextToken: 'o' })
    .resolvesOnce({ Events: [] });
  const at = '2026-03-01T10:30:00.000Z';
  expect(await lookupEvents(question)).toEqual({
    events: [
      { eventId: 'a', at, record: '{"eventID":"a"}' },
      { eventId: 'b', at, record: '{"eventID":"b"}' },
    ],
    next: 'n',
  });
  expect(await lookupEvents({ ...question, next: 'n', limit: 10 })).toEqual({ events: [], next: 'o' });
  expect(await lookupEvents({ ...question, next: 'o' })).toEqual({ events: [] });
  const same = {
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DeleteRole' }],
    StartTime: new Date(question.from),
    EndTime: new Date(question.to),
  };
  expect(asked()).toEqual([
    { ...same, MaxResults: 50 },
    { ...same, MaxResults: 10, NextToken: 'n' },
    { ...same, MaxResults: 50, NextToken: 'o' },
  ]);
});

it('asks for what is about a resource', async () => {
  cloudTrail.on(LookupEventsCommand).resolves({ Events: [event('a')] });
  await lookupEvents({ ...question, by: { resourceName: 'arn:aws:iam::111122223333:role/ops' } });
  expect(asked()[0]?.LookupAttributes).toEqual([
    { AttributeKey: 'ResourceName', AttributeValue: 'arn:aws:iam::111122223333:role/ops' },
  ]);
});

it("asks in the function's own region, or in another one", async () => {
  process.env.AWS_REGION = 'eu-west-1';
  cloudTrail.on(LookupEventsCommand).resolves({});
  for (const region of [undefined, 'us-east-1', 'us-gov-west-1', undefined]) {
    await lookupEvents({ ...question, ...(region !== undefined && { region }) });
  }
  const clients = cloudTrail.commandCalls(LookupEventsCommand).map(({ thisValue }) => thisValue);
  const regions = clients.map((client) => (client instanceof CloudTrailClient ? client.config.region() : undefined));
  expect(await Promise.all(regions)).toEqual(['eu-west-1', 'us-east-1', 'us-gov-west-1', 'eu-west-1']);
});

it.each([
  ['its id', { EventId: '' }],
  ['its time', { EventTime: undefined }],
  ['its record', { CloudTrailEvent: undefined }],
])('refuses an event without %s', async (_, lacking) => {
  const odd = Object.fromEntries(Object.entries({ ...event('a'), ...lacking }).filter(([, value]) => value));
  cloudTrail.on(LookupEventsCommand).resolves({ Events: [event('b'), odd] });
  await expect(lookupEvents(question)).rejects.toMatchObject({ name: 'Refused' });
});

it.each([
  ['AccessDeniedException', 'AccessDenied'],
  ['ThrottlingException', 'Throttled'],
  ['InvalidNextTokenException', 'Refused'],
])('%s: %s', async (name, ours) => {
  const error = Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 400 } });
  cloudTrail.on(LookupEventsCommand).rejects(error);
  await expect(lookupEvents(question)).rejects.toMatchObject({
    name: ours,
    message: expect.stringContaining('cloudtrail:LookupEvents'),
  });
});
