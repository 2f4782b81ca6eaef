/** How one loses events: a rule is disabled, in the account whose calls it forwards or on the hub's bus, and enabled again. Through the SDK client. */
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TrailEvent } from '../../../../local/contract.ts';
import { backgroundOf } from '../../../../local/services/background.ts';
import {
  addBusStatement,
  addTargets,
  busesOf,
  defineBus,
  defineRule,
  service as events,
} from '../../../../local/services/events/index.ts';
import { defineQueue, setQueuePolicy, service as sqs } from '../../../../local/services/sqs/index.ts';
import { HUB, REGION, type SmallCloud, SPOKE, smallCloud } from '../../deploy/small-cloud.ts';

const IAM_REGION = 'us-east-1';
const pattern = '{"source":["aws.iam"],"detail":{"eventName":["CreateRole"]}}';
const onSpoke = { account: SPOKE, region: IAM_REGION, rule: { Name: 'forward' } };
const onHub = { account: HUB, region: REGION, rule: { Name: 'arrived', EventBusName: 'podid' } };

let small: SmallCloud;
let queue: ReturnType<typeof defineQueue>;
const records: TrailEvent[] = [];

/** From the calls of one account, by its rule, onto the hub's bus, and by a rule there into a queue. */
beforeAll(async () => {
  small = await smallCloud(events, sqs);
  const { cloud } = small;
  cloud.onRecord((event) => records.push(event));
  const hub = defineBus(cloud, HUB, REGION, 'podid');
  queue = defineQueue(cloud, HUB, REGION, { name: 'arrived' });
  const Principal = { Service: 'events.amazonaws.com' };
  const send = { Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: queue.arn };
  setQueuePolicy(queue, JSON.stringify({ Version: '2012-10-17', Statement: [send] }));
  addTargets(defineRule(cloud, hub, { name: 'arrived', pattern }), [{ Id: '1', Arn: queue.arn }]);

  const put = { Effect: 'Allow', Action: 'events:PutEvents', Resource: hub.arn };
  const roleArn = await small.role('forward', [put], SPOKE);
  addBusStatement(hub, { ...put, Sid: 'spoke', Principal: { AWS: roleArn } });
  const bus = busesOf(cloud, SPOKE, IAM_REGION).get('default');
  if (bus === undefined) throw new Error('no default bus');
  addTargets(defineRule(cloud, bus, { name: 'forward', pattern }), [{ Id: '1', Arn: hub.arn, RoleArn: roleArn }]);
});
afterAll(() => small.close());

const clientOf = ({ account, region }: { account: string; region: string }) =>
  new EventBridgeClient({
    region,
    endpoint: small.cloud.endpoint,
    credentials: small.cloud.administrator(account).credentials,
  });

/** Whether the hub hears of a role that is made now. */
const heardOf = async (name: string): Promise<boolean> => {
  await small.role(name, [], SPOKE);
  await backgroundOf(small.cloud).settled();
  return [...queue.messages.values()].some(({ body }) => JSON.parse(body).detail.requestParameters.roleName === name);
};

test.each([
  ["an account's own rule", 'spoke', onSpoke],
  ["a rule of the hub's bus", 'hub', onHub],
])('%s that is disabled delivers nothing, and enabled again it delivers what comes then', async (_, at, where) => {
  const client = clientOf(where);
  const state = async () => (await client.send(new DescribeRuleCommand(where.rule))).State;
  expect([await state(), await heardOf(`${at}-before`)]).toEqual(['ENABLED', true]);

  await client.send(new DisableRuleCommand(where.rule));
  expect([await state(), await heardOf(`${at}-meanwhile`)]).toEqual(['DISABLED', false]);
  // The record is all that is left of it.
  expect(records.map(({ detail }) => detail.requestParameters)).toContainEqual(
    expect.objectContaining({ roleName: `${at}-meanwhile` }),
  );

  await client.send(new EnableRuleCommand(where.rule));
  expect([await state(), await heardOf(`${at}-after`)]).toEqual(['ENABLED', true]);
  const names = [...queue.messages.values()].map(({ body }) => JSON.parse(body).detail.requestParameters.roleName);
  expect(names).not.toContain(`${at}-meanwhile`);
  client.destroy();
});

test('who did it is recorded where the rule is', () => {
  const told = records.flatMap(({ account, region, detail: { eventSource, eventName, requestParameters } }) =>
    eventSource === 'events.amazonaws.com' ? [{ account, region, eventName, requestParameters }] : [],
  );
  const forward = { account: SPOKE, region: IAM_REGION, requestParameters: { name: 'forward' } };
  const arrived = { account: HUB, region: REGION, requestParameters: { name: 'arrived', eventBusName: 'podid' } };
  expect(told).toEqual([
    { ...forward, eventName: 'DisableRule' },
    { ...forward, eventName: 'EnableRule' },
    { ...arrived, eventName: 'DisableRule' },
    { ...arrived, eventName: 'EnableRule' },
  ]);
});
