/** What the default bus is told of executions. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { backgroundOf } from '../../../../local/services/background.ts';
import { addTargets, busesOf, defineRule, service as events } from '../../../../local/services/events/index.ts';
import { defineQueue, setQueuePolicy, service as sqs } from '../../../../local/services/sqs/index.ts';
import { defineMachine, service as states } from '../../../../local/services/states/index.ts';
import { HUB, REGION, type SmallCloud, smallCloud } from '../../deploy/small-cloud.ts';

let small: SmallCloud;
let told: () => { time: string; detail: Record<string, unknown> }[];
beforeAll(async () => {
  small = await smallCloud(events, sqs, states);
  const queue = defineQueue(small.cloud, HUB, REGION, { name: 'told' });
  const may = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queue.arn,
  };
  setQueuePolicy(queue, JSON.stringify({ Version: '2012-10-17', Statement: [may] }));
  const bus = busesOf(small.cloud, HUB, REGION).get('default');
  if (bus === undefined) throw new Error('no default bus');
  const pattern = { source: ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'] };
  const rule = defineRule(small.cloud, bus, { name: 'all', pattern: JSON.stringify(pattern) });
  addTargets(rule, [{ Id: '1', Arn: queue.arn }]);
  told = () => [...queue.messages.values()].map(({ body }) => JSON.parse(body)).splice(0);
});
afterAll(() => small.close());

const machine = (name: string, definition: object): string =>
  defineMachine(small.cloud, HUB, REGION, {
    name,
    roleArn: `arn:aws:iam::${HUB}:role/none`,
    definition: JSON.stringify(definition),
  }).arn;
const start = async (stateMachineArn: string, name: string, input = '{"a":1}') =>
  (await small.call<{ executionArn: string }>('states', 'StartExecution', { stateMachineArn, name, input }))
    .executionArn;
const settled = () => backgroundOf(small.cloud).settled();
const toldOf = (name: string) => told().filter(({ detail }) => detail.name === name);

it('an execution that succeeds: RUNNING, then SUCCEEDED with its output', async () => {
  const arn = await start(machine('good', { StartAt: 'a', States: { a: { Type: 'Pass', End: true } } }), 'one');
  await settled();
  const [began, ended] = toldOf('one');
  expect(began).toMatchObject({
    version: '0',
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: HUB,
    region: REGION,
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: `arn:aws:states:${REGION}:${HUB}:stateMachine:good`,
      name: 'one',
      status: 'RUNNING',
      startDate: expect.any(Number),
      stopDate: null,
      input: '{"a":1}',
      inputDetails: { included: true },
      output: null,
      outputDetails: null,
      error: null,
      cause: null,
    },
  });
  expect(ended?.detail).toMatchObject({
    status: 'SUCCEEDED',
    stopDate: expect.any(Number),
    output: '{"a":1}',
    outputDetails: { included: true },
  });
});

it.each([
  [
    'FAILED',
    { a: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } },
    {},
    { error: 'Broken', cause: 'on purpose' },
  ],
  ['TIMED_OUT', { a: { Type: 'Wait', Seconds: 60, End: true } }, { TimeoutSeconds: 1 }, { error: null, output: null }],
])('an execution that ends as %s', async (status, States, top, detail) => {
  await start(machine(status, { StartAt: 'a', States, ...top }), status);
  await settled();
  expect(toldOf(status).map((event) => event.detail.status)).toEqual(['RUNNING', status]);
  expect(toldOf(status)[1]?.detail).toMatchObject(detail);
});

it('one that is stopped: ABORTED, once, with its input', async () => {
  const arn = await start(
    machine('long', { StartAt: 'a', States: { a: { Type: 'Wait', Seconds: 60, End: true } } }),
    'four',
  );
  const stop = { executionArn: arn, error: 'Enough', cause: 'by hand' };
  await small.call('states', 'StopExecution', stop);
  await small.call('states', 'StopExecution', stop);
  await settled();
  expect(toldOf('four').map(({ detail }) => [detail.status, detail.input, detail.error, detail.cause])).toEqual([
    ['RUNNING', '{"a":1}', null, null],
    ['ABORTED', '{"a":1}', 'Enough', 'by hand'],
  ]);
});

it('input and output that are too large are left out, and said to be', async () => {
  const input = JSON.stringify({ text: 'x'.repeat(200_000) });
  await start(machine('large', { StartAt: 'a', States: { a: { Type: 'Pass', End: true } } }), 'five', input);
  await settled();
  const [began, ended] = toldOf('five');
  expect(began?.detail).toMatchObject({ input, inputDetails: { included: true } });
  expect(ended?.detail).toMatchObject({
    input: null,
    inputDetails: { included: false },
    output: null,
    outputDetails: { included: false },
  });
});
