import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backgroundOf } from '../../../../local/services/background.ts';
import { addPermission, service as lambda } from '../../../../local/services/lambda/index.ts';
import { defineMachine, service as states, statesPace } from '../../../../local/services/states/index.ts';
import { HUB, REGION, type SmallCloud, SPOKE, smallCloud } from '../../deploy/small-cloud.ts';

let small: SmallCloud;
let roleArn: string;

beforeAll(async () => {
  small = await smallCloud(lambda, states);
  roleArn = await small.role('machine-role', [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' }]);
  await small.lambda(
    'work',
    `let calls = {};
     export const handler = async (event) => {
       const n = calls[event.key] = (calls[event.key] ?? 0) + 1;
       if (event.large) return 'x'.repeat(event.large);
       if (event.failTimes >= n) throw Object.assign(new Error('attempt ' + n), { name: event.error ?? 'Throttled' });
       if (event.waitMs) await new Promise((resolve) => setTimeout(resolve, event.waitMs));
       return { ...event, n };
     };`,
  );
});
afterAll(() => small.close());

type Described = { status: string; output?: string; error?: string; cause?: string; executionArn: string };

const INVOKE = 'arn:aws:states:::lambda:invoke';
/** A Task state that hands the whole input to the function and takes its answer. */
const task = (more: object = {}) => ({
  Type: 'Task',
  Resource: INVOKE,
  Parameters: { FunctionName: 'work', 'Payload.$': '$' },
  OutputPath: '$.Payload',
  End: true,
  ...more,
});

let count = 0;
const machineOf = (machineStates: Record<string, object>, top: object = {}): string => {
  const definition = JSON.stringify({ StartAt: Object.keys(machineStates)[0], States: machineStates, ...top });
  return defineMachine(small.cloud, HUB, REGION, { name: `machine-${++count}`, roleArn, definition }).arn;
};

const start = async (stateMachineArn: string, input: unknown, name?: string) =>
  (
    await small.call<{ executionArn: string }>('states', 'StartExecution', {
      stateMachineArn,
      input: JSON.stringify(input),
      ...(name === undefined ? {} : { name }),
    })
  ).executionArn;

const describeExecution = (executionArn: string) =>
  small.call<Described>('states', 'DescribeExecution', { executionArn });

const historyOf = async (executionArn: string) =>
  (await small.call<{ events: HistoryEvent[] }>('states', 'GetExecutionHistory', { executionArn, maxResults: 1000 }))
    .events;

const run = async (machineStates: Record<string, object>, input: unknown, top?: object) => {
  const arn = await start(machineOf(machineStates, top), input);
  await backgroundOf(small.cloud).settled();
  const { status, output, error, cause } = await describeExecution(arn);
  const events = await historyOf(arn);
  return {
    arn,
    status,
    error,
    cause,
    output: output === undefined ? undefined : JSON.parse(output),
    events,
    types: events.map((event) => event.type),
  };
};

describe('a task', () => {
  it('invokes a function and tells each step', async () => {
    const { status, output, events } = await run({ one: task() }, { key: 'a' });
    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: { key: 'a', n: 1 } });
    expect(events.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 1, 'TaskStateEntered'],
      [3, 2, 'TaskScheduled'],
      [4, 3, 'TaskStarted'],
      [5, 4, 'TaskSucceeded'],
      [6, 5, 'TaskStateExited'],
      [7, 6, 'ExecutionSucceeded'],
    ]);
    expect(events[0]?.executionStartedEventDetails).toMatchObject({ input: '{"key":"a"}', roleArn });
    expect(events[1]?.stateEnteredEventDetails).toMatchObject({ name: 'one', input: '{"key":"a"}' });
    expect(JSON.parse(events[2]?.taskScheduledEventDetails?.parameters ?? '')).toEqual({
      FunctionName: 'work',
      Payload: { key: 'a' },
    });
    expect(JSON.parse(events[4]?.taskSucceededEventDetails?.output ?? '')).toMatchObject({
      Payload: { n: 1 },
      StatusCode: 200,
    });
  });

  it('is retried by the name of the error, then caught with its cause', async () => {
    statesPace(small.cloud).retryMs = 1;
    const retry = [{ ErrorEquals: ['Throttled'], MaxAttempts: 2 }];
    const good = await run({ one: task({ Retry: retry }) }, { key: 'retry-2', failTimes: 2 });
    expect(good).toMatchObject({ status: 'SUCCEEDED', output: { n: 3 } });
    expect(good.types.filter((type) => type === 'TaskFailed' || type === 'TaskScheduled')).toEqual([
      'TaskScheduled',
      'TaskFailed',
      'TaskScheduled',
      'TaskFailed',
      'TaskScheduled',
    ]);
    const caught = await run(
      {
        one: task({ Retry: retry, Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'two' }] }),
        two: { Type: 'Pass', End: true },
      },
      { key: 'retry-3', failTimes: 9 },
    );
    expect(caught.output).toEqual({
      key: 'retry-3',
      failTimes: 9,
      error: { Error: 'Throttled', Cause: expect.any(String) },
    });
    expect(JSON.parse(caught.output.error.Cause)).toMatchObject({ errorType: 'Throttled', errorMessage: 'attempt 3' });
    const failed = await run({ one: task() }, { key: 'no-catch', failTimes: 1, error: 'AccessDenied' });
    expect(failed).toMatchObject({ status: 'FAILED', error: 'AccessDenied' });
    expect(failed.events.at(-1)?.executionFailedEventDetails?.error).toBe('AccessDenied');
    delete statesPace(small.cloud).retryMs;
  });

  it('has its own timeout', async () => {
    const { status, error, types } = await run({ one: task({ TimeoutSeconds: 1 }) }, { key: 't', waitMs: 3000 });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    expect(types).toContain('TaskTimedOut');
  });

  it.each([
    ['a function that is not there', { FunctionName: 'nobody', Payload: {} }, 'Lambda.ResourceNotFoundException'],
    [
      "another account's function without its permission",
      { FunctionName: `arn:aws:lambda:${REGION}:${SPOKE}:function:far`, Payload: {} },
      'Lambda.AWSLambdaException',
    ],
  ])('names the error of %s', async (_, Parameters, error) => {
    expect(await run({ one: task({ Parameters }) }, {})).toMatchObject({ status: 'FAILED', error });
  });

  it("invokes another account's function by its policy, but none of another region", async () => {
    const far = await small.lambda(
      'near',
      `export const handler = () => process.env.AWS_LAMBDA_FUNCTION_NAME`,
      {},
      SPOKE,
    );
    addPermission(far, { id: 'hub', action: 'lambda:InvokeFunction', principal: roleArn });
    const Parameters = {
      'FunctionName.$': "States.Format('arn:aws:lambda:{}:{}:function:near', $.region, $.account)",
      Payload: {},
    };
    const { output } = await run({ one: task({ Parameters }) }, { region: REGION, account: SPOKE });
    expect(output).toBe('near');
    expect(await run({ one: task({ Parameters }) }, { region: 'ap-south-2', account: HUB })).toMatchObject({
      error: 'Lambda.ResourceNotFoundException',
      cause: expect.stringContaining('not reachable in this region'),
    });
  });

  it('fails when a payload is larger than 256 KiB, past every Catch', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'two' }];
    const machineStates = { one: task({ Catch }), two: { Type: 'Pass', End: true } };
    expect(await run(machineStates, { large: 262_000 })).toMatchObject({ status: 'SUCCEEDED' });
    const { status, error, types } = await run(machineStates, { large: 262_145 });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(types).not.toContain('PassStateEntered');
  });

  it('fails when a state grows past 256 KiB without a task', async () => {
    const double = { Type: 'Pass', Parameters: { 'a.$': '$', 'b.$': '$' } };
    const { status, error } = await run(
      { one: { ...double, Next: 'two' }, two: { ...double, End: true } },
      'x'.repeat(100_000),
    );
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

const map = (inner: Record<string, object>, more: object = {}) => ({
  Type: 'Map',
  ItemsPath: '$.items',
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: Object.keys(inner)[0], States: inner },
  End: true,
  ...more,
});

const ITEM = [
  'MapIterationStarted',
  'TaskStateEntered',
  'TaskScheduled',
  'TaskStarted',
  'TaskSucceeded',
  'TaskStateExited',
];

/** For each item that succeeded, the events that previousEventId leads back through, to the item's start. */
const chainsOf = (events: readonly HistoryEvent[]) => {
  const byId = new Map(events.map((event) => [event.id, event]));
  return events
    .filter((event) => event.type === 'MapIterationSucceeded')
    .map((success) => {
      const chain: HistoryEvent[] = [];
      for (let at = byId.get(success.previousEventId); at !== undefined; at = byId.get(at.previousEventId)) {
        chain.unshift(at);
        if (at.type === 'MapIterationStarted') break;
      }
      return { index: success.mapIterationSucceededEventDetails?.index, chain };
    });
};

describe('a Map', () => {
  it('in an item of another one gives its own items with its own ItemSelector', async () => {
    const inner = map(
      { one: { Type: 'Pass', End: true } },
      {
        ItemsPath: '$.group',
        ItemSelector: { 'value.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'all.$': '$.all' },
      },
    );
    const outer = map(
      { inner },
      { ItemsPath: '$.groups', ItemSelector: { 'group.$': '$$.Map.Item.Value.of', 'all.$': '$.all' } },
    );
    const { output } = await run({ outer }, { groups: [{ of: ['a', 'b'] }, { of: ['c'] }], all: 7 });
    expect(output).toEqual([
      [
        { value: 'a', index: 0, all: 7 },
        { value: 'b', index: 1, all: 7 },
      ],
      [{ value: 'c', index: 0, all: 7 }],
    ]);
  });

  it('runs its items with ItemSelector, each in its own branch of the history', async () => {
    const ItemSelector = { 'key.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'all.$': '$.all' };
    const { output, events } = await run(
      { each: map({ one: task() }, { ItemSelector }) },
      { items: ['m1', 'm2', 'm3'], all: true },
    );
    expect(output).toEqual([0, 1, 2].map((index) => ({ key: `m${index + 1}`, index, all: true, n: 1 })));
    const started = events.filter((event) => event.type === 'MapIterationStarted');
    expect(started.map((event) => event.mapIterationStartedEventDetails)).toEqual(
      [0, 1, 2].map((index) => ({ name: 'each', index })),
    );
    expect(events.find((event) => event.type === 'MapStateStarted')?.mapStateStartedEventDetails).toEqual({
      length: 3,
    });
    for (const { index, chain } of chainsOf(events)) {
      expect(chain.map((event) => event.type)).toEqual(ITEM);
      expect(chain[0]?.mapIterationStartedEventDetails?.index).toBe(index);
      expect(chain[2]?.taskScheduledEventDetails?.parameters).toContain(`"index":${index}`);
    }
  });

  it('tells equal items without an input of their own apart', async () => {
    const Parameters = { FunctionName: 'work', Payload: { key: 'same' } };
    const { output, events } = await run({ each: map({ one: task({ Parameters }) }) }, { items: ['s', 's', 's', 's'] });
    expect(output).toHaveLength(4);
    const chains = chainsOf(events).map(({ chain }) => chain);
    expect(chains.map((chain) => chain.map((event) => event.type))).toEqual([ITEM, ITEM, ITEM, ITEM]);
    expect(new Set(chains.flat().map((event) => event.id)).size).toBe(4 * ITEM.length);
  });

  it('starts no further task when one has failed', async () => {
    const items = Array.from({ length: 50 }, (_, index) => ({ key: `stop-${index}`, failTimes: index === 0 ? 1 : 0 }));
    const each = map({ one: task() }, { MaxConcurrency: 2, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'after' }] });
    const { End: _, ...rest } = each;
    const { status, types } = await run(
      { each: { ...rest, Next: 'after' }, after: { Type: 'Wait', Seconds: 1, End: true } },
      { items },
    );
    expect(status).toBe('SUCCEEDED');
    expect(types.filter((type) => type === 'TaskScheduled').length).toBeLessThan(10);
    expect(types).toContain('MapIterationFailed');
    expect(types).toContain('MapStateFailed');
  });

  it('keeps the execution as the context inside of its items', async () => {
    const inner = {
      show: {
        Type: 'Pass',
        Parameters: { 'input.$': '$$.Execution.Input.items', 'name.$': '$$.Execution.Name' },
        End: true,
      },
    };
    const { output, arn } = await run({ each: map(inner) }, { items: [1] });
    expect(output).toEqual([{ input: [1], name: arn.split(':').at(-1) }]);
  });
});

describe('an execution', () => {
  it.each([
    ['IsPresent false', { Variable: '$.a', IsPresent: false }, {}, 'yes'],
    ['IsPresent false of what is there', { Variable: '$.a', IsPresent: false }, { a: 1 }, 'no'],
    [
      'And with IsNull false',
      {
        And: [
          { Variable: '$.a', IsPresent: true },
          { Variable: '$.a', IsNull: false },
        ],
      },
      { a: 1 },
      'yes',
    ],
  ])('chooses by %s', async (_, test, input, expected) => {
    const machineStates = {
      choose: { Type: 'Choice', Choices: [{ ...test, Next: 'yes' }], Default: 'no' },
      yes: { Type: 'Pass', Result: 'yes', End: true },
      no: { Type: 'Pass', Result: 'no', End: true },
    };
    expect((await run(machineStates, input)).output).toBe(expected);
  });

  it('puts results at nested paths, and takes `$` for the whole', async () => {
    const machineStates = {
      a: { Type: 'Pass', Result: { x: 1 }, ResultPath: '$.deep.er', Next: 'b' },
      b: { Type: 'Pass', Parameters: { 'got.$': '$.deep.er.x' }, ResultPath: '$', End: true },
    };
    expect((await run(machineStates, { keep: true })).output).toEqual({ got: 1 });
  });

  it('waits for a path of seconds and for an instant', async () => {
    const machineStates = {
      a: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'b' },
      b: { Type: 'Wait', TimestampPath: '$.at', End: true },
    };
    const { status, types } = await run(machineStates, { seconds: 0, at: '2020-01-01T00:00:00Z' });
    expect(status).toBe('SUCCEEDED');
    expect(types).toEqual(expect.arrayContaining(['WaitStateEntered', 'WaitStateExited']));
  });

  it('runs branches in parallel', async () => {
    const both = {
      Type: 'Parallel',
      End: true,
      Branches: [
        { StartAt: 'left', States: { left: task() } },
        { StartAt: 'right', States: { right: task() } },
      ],
    };
    const { output, types } = await run({ both }, { key: 'p' });
    expect(output).toHaveLength(2);
    expect(types).toEqual(
      expect.arrayContaining(['ParallelStateStarted', 'ParallelStateSucceeded', 'ParallelStateExited']),
    );
    expect(types.filter((type) => type === 'TaskSucceeded')).toHaveLength(2);
  });

  it('is stopped: no further task, status ABORTED', async () => {
    const arn = await start(machineOf({ a: { Type: 'Wait', Seconds: 3600, Next: 'one' }, one: task() }), {
      key: 'never',
    });
    expect((await describeExecution(arn)).status).toBe('RUNNING');
    await small.call('states', 'StopExecution', { executionArn: arn, error: 'Enough', cause: 'a person' });
    await backgroundOf(small.cloud).settled();
    expect(await describeExecution(arn)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'a person' });
    const events = await historyOf(arn);
    expect(events.at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Enough' },
    });
    expect(events.map((event) => event.type)).not.toContain('TaskScheduled');
  });

  it('is stopped in the middle of its retries', async () => {
    const arn = await start(
      machineOf({ one: task({ Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 60, MaxAttempts: 99 }] }) }),
      { key: 'r', failTimes: 99 },
    );
    while (!(await historyOf(arn)).some((event) => event.type === 'TaskFailed'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    await small.call('states', 'StopExecution', { executionArn: arn });
    await backgroundOf(small.cloud).settled();
    const types = (await historyOf(arn)).map((event) => event.type);
    expect(types.filter((type) => type === 'TaskScheduled')).toHaveLength(1);
    expect(types.at(-1)).toBe('ExecutionAborted');
  });

  it('has a timeout of its own', async () => {
    const { status, types } = await run({ a: { Type: 'Wait', Seconds: 3600, End: true } }, {}, { TimeoutSeconds: 1 });
    expect(status).toBe('TIMED_OUT');
    expect(types.at(-1)).toBe('ExecutionTimedOut');
  });

  it('ends when its history is full', async () => {
    const machineStates = {
      a: { Type: 'Pass', Next: 'b' },
      b: { Type: 'Choice', Choices: [{ Variable: '$.end', IsPresent: true, Next: 'c' }], Default: 'a' },
      c: { Type: 'Succeed' },
    };
    const { status, error, events } = await run(machineStates, {});
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Runtime' });
    const all = await small.call<{ nextToken?: string; events: HistoryEvent[] }>('states', 'GetExecutionHistory', {
      executionArn: (
        await small.call<{ executions: Array<{ executionArn: string }> }>('states', 'ListExecutions', {
          stateMachineArn: `arn:aws:states:${REGION}:${HUB}:stateMachine:machine-${count}`,
        })
      ).executions[0]?.executionArn,
      reverseOrder: true,
      maxResults: 2,
    });
    expect(events).toHaveLength(1000);
    expect(all.events[0]).toMatchObject({ type: 'ExecutionFailed', id: 25_001 });
    expect(all.nextToken).toBe('2');
  });

  it('keeps its name: the same again while it runs, refused with another input or when it has ended', async () => {
    const arn = machineOf({ a: { Type: 'Wait', Seconds: 3600, End: true } });
    const first = await start(arn, { a: 1 }, 'same');
    expect(await start(arn, { a: 1 }, 'same')).toBe(first);
    await expect(start(arn, { a: 2 }, 'same')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await small.call('states', 'StopExecution', { executionArn: first });
    await expect(start(arn, { a: 1 }, 'same')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await expect(start(arn, {}, 'no spaces')).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(start(`${arn}x`, {})).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
    const { executions } = await small.call<{ executions: object[] }>('states', 'ListExecutions', {
      stateMachineArn: arn,
      statusFilter: 'ABORTED',
    });
    expect(executions).toHaveLength(1);
  });

  it('is seen over the wire, page by page', async () => {
    const { accessKeyId, secretAccessKey } = small.cloud.administrator(HUB).credentials;
    const client = new SFNClient({
      region: REGION,
      endpoint: small.cloud.endpoint,
      credentials: { accessKeyId, secretAccessKey },
    });
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: machineOf({ one: task() }), input: '{"key":"w"}' }),
    );
    await backgroundOf(small.cloud).settled();
    const first = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 5 }));
    const second = await client.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 5, nextToken: first.nextToken }),
    );
    expect([...(first.events ?? []), ...(second.events ?? [])].map((event) => event.id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(first.events?.[0]?.timestamp).toBeInstanceOf(Date);
    client.destroy();
  });
});

describe('a definition that the engine would misread', () => {
  it.each([
    [
      'a distributed Map',
      {
        each: {
          ...map({ p: { Type: 'Pass', End: true } }),
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'p',
            States: { p: { Type: 'Pass', End: true } },
          },
        },
      },
      'a distributed Map',
    ],
    [
      'tolerated failures',
      { each: map({ p: { Type: 'Pass', End: true } }, { ToleratedFailurePercentage: 10 }) },
      'ToleratedFailurePercentage',
    ],
    [
      '$$.Map inside of an item',
      { each: map({ p: { Type: 'Pass', Parameters: { 'i.$': '$$.Map.Item.Index' }, End: true } }) },
      'use ItemSelector',
    ],
    [
      'another integration',
      { one: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: {}, End: true } },
      'sqs:sendMessage',
    ],
    ['a falsy result', { one: { Type: 'Pass', Result: false, End: true } }, 'Result false'],
    ['no such next state', { one: { Type: 'Pass', Next: 'nowhere' } }, 'nowhere'],
  ])('is refused: %s', (_, machineStates, message) => {
    expect(() => machineOf(machineStates)).toThrow(
      expect.objectContaining({ name: 'MachineUnsupported', message: expect.stringContaining(message) }),
    );
  });
});
