import { EventBridgeClient, PutEventsCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TrailEvent } from '../../../../local/contract.ts';
import { backgroundOf } from '../../../../local/services/background.ts';
import {
  addBusStatement,
  addTargets,
  busesOf,
  defineBus,
  defineRule,
  service as events,
  eventsPace,
} from '../../../../local/services/events/index.ts';
import { addPermission, service as lambda, lambdaLimits } from '../../../../local/services/lambda/index.ts';
import { defineQueue, queuesOf, setQueuePolicy, service as sqs } from '../../../../local/services/sqs/index.ts';
import { defineMachine, service as states, statesOf } from '../../../../local/services/states/index.ts';
import { HUB, REGION, type SmallCloud, SPOKE, smallCloud } from '../../deploy/small-cloud.ts';

let small: SmallCloud;
beforeAll(async () => {
  small = await smallCloud(events, lambda, sqs, states);
  eventsPace(small.cloud).retryMs = 1;
  lambdaLimits(small.cloud).asyncDelaysMs = [1];
});
afterAll(() => small.close());

const settled = () => backgroundOf(small.cloud).settled();
const defaultBus = (account: string) => {
  const bus = busesOf(small.cloud, account, REGION).get('default');
  if (bus === undefined) throw new Error('no default bus');
  return bus;
};
const arnOf = (service: string, resource: string, account = HUB) =>
  `arn:aws:${service}:${REGION}:${account}:${resource}`;

let count = 0;
/** A queue that takes what the rules of its account send. */
const openQueue = (account = HUB) => {
  const queue = defineQueue(small.cloud, account, REGION, { name: `queue-${++count}` });
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queue.arn,
  };
  setQueuePolicy(queue, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  return queue;
};
const bodies = (queue: ReturnType<typeof openQueue>) =>
  [...queue.messages.values()].map((message) => JSON.parse(message.body));

const put = (Source: string, Detail: object, EventBusName?: string, account = HUB) =>
  small.call<{ FailedEntryCount: number; Entries: Array<{ ErrorCode?: string }> }>(
    'events',
    'PutEvents',
    {
      Entries: [
        {
          Source,
          DetailType: 'Test',
          Detail: JSON.stringify(Detail),
          ...(EventBusName === undefined ? {} : { EventBusName }),
        },
      ],
    },
    account,
  );

const rule = (name: string, source: string, target: object, more: object = {}, account = HUB) => {
  const made = defineRule(small.cloud, defaultBus(account), {
    name,
    pattern: JSON.stringify({ source: [source] }),
    ...more,
  });
  addTargets(made, [{ Id: '1', Arn: undefined, ...target }]);
  return made;
};

describe('a rule', () => {
  it('gives matching events to a queue, whole', async () => {
    const queue = openQueue();
    rule('whole', 'test.whole', { Arn: queue.arn });
    await put('test.whole', { a: 1 });
    await put('test.other', { a: 2 });
    await settled();
    expect(bodies(queue)).toEqual([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'Test',
        source: 'test.whole',
        account: HUB,
        time: expect.any(String),
        region: REGION,
        resources: [],
        detail: { a: 1 },
      },
    ]);
  });

  it('gives a part, a constant, or a filled template', async () => {
    const queue = openQueue();
    const made = rule('inputs', 'test.inputs', { Arn: queue.arn, InputPath: '$.detail.list[1]' });
    addTargets(made, [
      { Id: '2', Arn: queue.arn, Input: '{"constant":true}' },
      {
        Id: '3',
        Arn: queue.arn,
        InputTransformer: {
          InputPathsMap: { list: '$.detail.list', name: '$.detail.name' },
          InputTemplate: '{"list": <list>, "text": "<name> of <aws.events.rule-name>", "none": <absent>}'.replace(
            '<absent>',
            '"<absent>"',
          ),
        },
      },
    ]);
    await put('test.inputs', { list: [1, { two: 2 }], name: 'a "quoted" name' });
    await settled();
    expect(bodies(queue)).toEqual([
      { two: 2 },
      { constant: true },
      { list: [1, { two: 2 }], text: 'a "quoted" name of inputs', none: '<absent>' },
    ]);
  });

  it('invokes a function as events.amazonaws.com for the rule, and no other rule may', async () => {
    const queue = openQueue();
    const target = await small.lambda(
      'listener',
      `export const handler = async (event) => { throw new Error(event.detail.a) }`,
    );
    target.async = { ...target.async, retries: 0 };
    const good = rule('invoke', 'test.invoke', { Arn: target.arn });
    rule('invoke-other', 'test.invoke-other', { Arn: target.arn, DeadLetterConfig: { Arn: queue.arn } });
    addPermission(target, {
      id: 'rule',
      action: 'lambda:InvokeFunction',
      principal: 'events.amazonaws.com',
      sourceArn: good.arn,
    });
    await put('test.invoke', { a: 'first' });
    await put('test.invoke-other', { a: 'second' });
    await settled();
    expect(small.reports).toContainEqual(expect.stringContaining('first'));
    expect(small.reports).not.toContainEqual(expect.stringContaining('second'));
    const [message] = [...queue.messages.values()];
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ source: 'test.invoke-other' });
    expect(message?.attributes).toMatchObject({
      RULE_ARN: { StringValue: arnOf('events', 'rule/invoke-other') },
      TARGET_ARN: { StringValue: target.arn },
      ERROR_CODE: { StringValue: 'NO_PERMISSIONS' },
      RETRY_ATTEMPTS: { StringValue: '0' },
    });
  });

  it('starts a state machine with its role', async () => {
    const roleArn = await small.role('start', [{ Effect: 'Allow', Action: 'states:StartExecution', Resource: '*' }]);
    const definition = JSON.stringify({ StartAt: 'p', States: { p: { Type: 'Pass', End: true } } });
    const machine = defineMachine(small.cloud, HUB, REGION, { name: 'm', roleArn, definition });
    rule('start', 'test.start', { Arn: machine.arn, RoleArn: roleArn, InputPath: '$.detail' });
    await put('test.start', { go: true });
    await settled();
    const [execution] = [...statesOf(small.cloud, HUB, REGION).executions.values()];
    expect(execution).toMatchObject({ input: '{"go":true}', status: 'SUCCEEDED' });
  });

  it("forwards to another account's bus when both sides allow it, and the event stays what it was", async () => {
    const queue = openQueue();
    const hub = defineBus(small.cloud, HUB, REGION, 'podid');
    const onHub = defineRule(small.cloud, hub, { name: 'arrived', pattern: '{"source":["aws.eks"]}' });
    addTargets(onHub, [{ Id: '1', Arn: queue.arn }]);
    const roleArn = await small.role(
      'forward',
      [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: hub.arn }],
      SPOKE,
    );
    rule('forward', 'aws.eks', { Arn: hub.arn, RoleArn: roleArn }, {}, SPOKE);
    const record = (id: string) => ({
      version: '0',
      id,
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.eks',
      account: SPOKE,
      time: '2026-01-01T00:00:00Z',
      region: REGION,
      resources: [],
      detail: { eventName: 'DeletePodIdentityAssociation', readOnly: false },
    });
    await put('test.nothing', {});
    const spokeBus = defaultBus(SPOKE);
    const { publish } = await import('../../../../local/services/events/deliver.ts');
    publish(small.cloud, spokeBus, record('refused'));
    await settled();
    expect(bodies(queue)).toEqual([]);
    addBusStatement(hub, {
      Sid: 'spoke',
      Effect: 'Allow',
      Principal: { AWS: roleArn },
      Action: 'events:PutEvents',
      Resource: hub.arn,
    });
    publish(small.cloud, spokeBus, record('let-in'));
    await settled();
    expect(bodies(queue)).toEqual([record('let-in')]);
  });

  it('tries again what fails for a while, and buries it when the attempts are used up', async () => {
    const queue = openQueue();
    const target = await small.lambda('throttled', `export const handler = () => 1`, { reservedConcurrency: 0 });
    const made = rule('retry', 'test.retry', {
      Arn: target.arn,
      DeadLetterConfig: { Arn: queue.arn },
      RetryPolicy: { MaximumRetryAttempts: 3 },
    });
    addPermission(target, {
      id: 'rule',
      action: 'lambda:InvokeFunction',
      principal: 'events.amazonaws.com',
      sourceArn: made.arn,
    });
    await put('test.retry', {});
    await settled();
    const [message] = [...queue.messages.values()];
    expect(message?.attributes).toMatchObject({
      ERROR_CODE: { StringValue: 'THROTTLING' },
      RETRY_ATTEMPTS: { StringValue: '3' },
      EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
    });
  });

  it('says when an event is lost for want of a dead-letter queue', async () => {
    rule('lost', 'test.lost', { Arn: arnOf('sqs', 'nowhere') });
    await put('test.lost', {});
    await settled();
    expect(small.reports).toContainEqual(expect.stringMatching(/rule\/lost: event \S+ is lost/));
  });

  it.each([
    ['ENABLED', 0],
    ['ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', 1],
    ['DISABLED', 0],
  ])('in state %s sees %d records of calls that only read', async (state, expected) => {
    const { publish } = await import('../../../../local/services/events/deliver.ts');
    const queue = openQueue();
    const made = rule(`reads-${state}`, `aws.sts-${state}`, { Arn: queue.arn }, { state });
    const event: TrailEvent = {
      version: '0',
      id: 'x',
      'detail-type': 'AWS API Call via CloudTrail',
      source: `aws.sts-${state}`,
      account: HUB,
      time: '',
      region: REGION,
      resources: [],
      detail: { readOnly: true },
    };
    publish(small.cloud, made.bus, event);
    await settled();
    expect(bodies(queue)).toHaveLength(expected);
  });

  it('gets the records of the trail, those of IAM in us-east-1', async () => {
    const queue = openQueue();
    const iamBus = busesOf(small.cloud, HUB, 'us-east-1').get('default');
    if (iamBus === undefined) throw new Error('no bus');
    const made = defineRule(small.cloud, iamBus, {
      name: 'iam',
      pattern: JSON.stringify({ source: ['aws.iam'], detail: { eventName: ['CreateRole'] } }),
    });
    addTargets(made, [{ Id: '1', Arn: queue.arn }]);
    await small.role('seen-by-the-trail', []);
    await settled();
    expect(bodies(queue)).toMatchObject([
      { source: 'aws.iam', region: 'us-east-1', detail: { requestParameters: { roleName: 'seen-by-the-trail' } } },
    ]);
  });

  it('ends a circle of buses', async () => {
    const roleArn = await small.role('circle', [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' }]);
    rule('circle', 'test.circle', { Arn: defaultBus(HUB).arn, RoleArn: roleArn });
    await put('test.circle', {});
    await settled();
    expect(small.reports).toContainEqual(expect.stringContaining('goes no further'));
  });
});

describe('PutEvents', () => {
  it.each([
    ['a source of AWS', { Source: 'aws.eks' }, 'NotAuthorizedForSourceException'],
    ['no source', { Source: undefined }, 'InvalidArgument'],
    ['a detail that is no object', { Detail: '[]' }, 'MalformedDetail'],
  ])('refuses an entry with %s, not the others', async (_, change, code) => {
    const good = { Source: 'test', DetailType: 'Test', Detail: '{}' };
    const { FailedEntryCount, Entries } = await small.call<{
      FailedEntryCount: number;
      Entries: Array<{ ErrorCode?: string }>;
    }>('events', 'PutEvents', { Entries: [{ ...good, ...change }, good] });
    expect(FailedEntryCount).toBe(1);
    expect(Entries.map((entry) => entry.ErrorCode)).toEqual([code, undefined]);
  });

  it('asks the bus of another account', async () => {
    await expect(put('test', {}, arnOf('events', 'event-bus/podid'), SPOKE)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('works over the wire, as does TestEventPattern', async () => {
    const { accessKeyId, secretAccessKey } = small.cloud.administrator(HUB).credentials;
    const client = new EventBridgeClient({
      region: REGION,
      endpoint: small.cloud.endpoint,
      credentials: { accessKeyId, secretAccessKey },
    });
    const sent = await client.send(
      new PutEventsCommand({ Entries: [{ Source: 'test', DetailType: 'Test', Detail: '{}' }] }),
    );
    expect(sent.FailedEntryCount).toBe(0);
    const Event = JSON.stringify({
      id: '1',
      account: HUB,
      source: 'x',
      time: '',
      region: REGION,
      resources: [],
      'detail-type': 'y',
    });
    expect((await client.send(new TestEventPatternCommand({ EventPattern: '{"source":["x"]}', Event }))).Result).toBe(
      true,
    );
    await expect(
      client.send(new TestEventPatternCommand({ EventPattern: '{"source":"x"}', Event })),
    ).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
    client.destroy();
  });
});

describe('queues', () => {
  it('redrive what is received too often', async () => {
    const dead = defineQueue(small.cloud, HUB, REGION, { name: 'redriven' });
    defineQueue(small.cloud, HUB, REGION, {
      name: 'source',
      visibilitySeconds: 0,
      redrive: { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 },
    });
    const QueueUrl = `${small.cloud.endpoint}/${HUB}/source`;
    await small.call('sqs', 'SendMessage', { QueueUrl, MessageBody: 'x' });
    for (let n = 0; n < 3; n++) await small.call('sqs', 'ReceiveMessage', { QueueUrl });
    expect(queuesOf(small.cloud, HUB, REGION).get('source')?.messages.size).toBe(0);
    expect([...dead.messages.values()].map((message) => message.body)).toEqual(['x']);
  });
});
