/** Dead letters read: of a function that failed, of a rule that could not deliver, and of what nobody understands. */
import { expect, it } from '@jest/globals';
import { letterOf } from '../../cli/dlq-letters.ts';

const place = { account: { name: 'hub', id: '111111111111' }, region: 'eu-west-1' } as never;
const EVENT = { source: 'aws.eks', detail: { eventID: 'e-1', eventName: 'DeletePodIdentityAssociation' } };
const read = (body: unknown, attributes: Readonly<Record<string, string>> = {}) =>
  letterOf(
    {
      MessageId: 'm-1',
      ReceiptHandle: 'r',
      Body: typeof body === 'string' ? body : JSON.stringify(body),
      Attributes: { SentTimestamp: '1795262400000' },
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { StringValue }]),
      ),
    },
    { name: 'podid-dead-letters', place },
  );
const FUNCTION = 'arn:aws:lambda:eu-west-1:111111111111:function:podid-on-role-changed';
const ofFunction = (more: object = {}) => ({
  requestContext: { functionArn: `${FUNCTION}:$LATEST`, condition: 'RetriesExhausted', approximateInvokeCount: 3 },
  requestPayload: EVENT,
  ...more,
});
const RULE = { RULE_ARN: 'arn:aws:events:eu-west-1:111111111111:rule/podid/podid-on-role-changed' };

it.each<[what: string, body: unknown, attributes: Readonly<Record<string, string>>, letter: object]>([
  [
    'a function that threw',
    ofFunction({ responsePayload: { errorType: 'EventMalformed', errorMessage: 'no id' } }),
    {},
    {
      by: { kind: 'function', name: 'podid-on-role-changed' },
      cause: { code: 'EventMalformed', message: 'no id', attempts: 3 },
      eventId: 'e-1',
      eventName: 'DeletePodIdentityAssociation',
      event: EVENT,
      to: { kind: 'function', arn: FUNCTION },
      at: '2026-11-21T12:00:00.000Z',
    },
  ],
  [
    'a function that was never reached',
    ofFunction(),
    {},
    { cause: { code: 'RetriesExhausted', message: expect.stringMatching(/tells no more/), attempts: 3 } },
  ],
  [
    'a rule whose function was turned away',
    EVENT,
    { ...RULE, TARGET_ARN: FUNCTION, ERROR_CODE: 'THROTTLING', ERROR_MESSAGE: 'slow down', RETRY_ATTEMPTS: '185' },
    {
      by: { kind: 'rule', name: 'podid-on-role-changed' },
      cause: { code: 'THROTTLING', message: 'slow down', attempts: 186 },
      to: { kind: 'function', arn: FUNCTION },
    },
  ],
  [
    'a rule that forwards',
    EVENT,
    { ...RULE, TARGET_ARN: 'arn:aws:events:eu-west-1:111111111111:event-bus/podid' },
    { to: { kind: 'bus', arn: 'arn:aws:events:eu-west-1:111111111111:event-bus/podid' } },
  ],
  [
    'a schedule that starts a machine',
    { id: 'x-1', 'detail-type': 'Scheduled Event' },
    { ...RULE, TARGET_ARN: 'arn:aws:states:eu-west-1:111111111111:stateMachine:podid-sweep' },
    { eventId: 'x-1', eventName: 'Scheduled Event', to: { kind: 'machine' } },
  ],
  [
    'a target that is none of ours',
    EVENT,
    { ...RULE, TARGET_ARN: 'arn:aws:sqs:eu-west-1:111111111111:x' },
    { to: { kind: 'nobody' } },
  ],
  [
    'no target',
    EVENT,
    {},
    { by: { kind: 'unknown' }, to: { kind: 'nobody', because: 'it does not say for whom it was' } },
  ],
  ['no JSON', 'hello', RULE, { event: 'hello', to: { kind: 'nobody', because: 'its body is no JSON' } }],
  ['null', 'null', RULE, { event: 'null', to: { kind: 'nobody' } }],
])('of %s', (_what, body, attributes, letter) => {
  expect(read(body, attributes)).toMatchObject({ id: 'm-1', account: 'hub', ...letter });
});
