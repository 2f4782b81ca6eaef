import { GetFunctionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backgroundOf } from '../../../../local/services/background.ts';
import { addPermission, service as lambda, lambdaLimits } from '../../../../local/services/lambda/index.ts';
import { service as logs } from '../../../../local/services/logs/index.ts';
import { defineQueue, service as sqs } from '../../../../local/services/sqs/index.ts';
import { HUB, LOGS, REGION, type SmallCloud, SPOKE, smallCloud } from '../../deploy/small-cloud.ts';

let small: SmallCloud;
beforeAll(async () => {
  small = await smallCloud(lambda, logs, sqs);
});
afterAll(() => small.close());

type Answer = { StatusCode: number; FunctionError?: string; Payload?: Uint8Array; LogResult?: string };

const invoke = async (FunctionName: string, event: unknown, more: object = {}, account = HUB) => {
  const Payload = Buffer.from(JSON.stringify(event));
  const answer = await small.call<Answer>('lambda', 'Invoke', { FunctionName, Payload, ...more }, account);
  return { ...answer, value: answer.Payload && JSON.parse(Buffer.from(answer.Payload).toString()) };
};

const messages = async (queue: string) => {
  const { QueueUrl } = await small.call<{ QueueUrl: string }>('sqs', 'GetQueueUrl', { QueueName: queue });
  const { Messages = [] } = await small.call<{ Messages?: Array<{ Body: string; MessageAttributes?: object }> }>(
    'sqs',
    'ReceiveMessage',
    { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] },
  );
  return Messages;
};

describe('a function', () => {
  it('runs with its event, its context and its environment, and nothing of this process', async () => {
    process.env.SECRET_OF_THE_TEST = 'x';
    await small.lambda(
      'echo',
      `export const handler = async (event, context) => ({ event, name: context.functionName, arn: context.invokedFunctionArn,
        memory: context.memoryLimitInMB, left: context.getRemainingTimeInMillis() > 1000, id: context.awsRequestId.length,
        env: process.env });`,
      { environment: { TABLE: 'podid', NODE_OPTIONS: '--enable-source-maps' } },
    );
    const { value, StatusCode, FunctionError } = await invoke('echo', { a: 1 });
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: undefined });
    expect(value).toMatchObject({
      event: { a: 1 },
      name: 'echo',
      arn: `arn:aws:lambda:${REGION}:${HUB}:function:echo`,
      memory: '128',
      left: true,
      id: 36,
      env: {
        TABLE: 'podid',
        AWS_LAMBDA_FUNCTION_NAME: 'echo',
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_ENDPOINT_URL: small.cloud.endpoint,
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/echo',
        AWS_SESSION_TOKEN: expect.stringMatching(/./),
      },
    });
    expect(value.env).not.toHaveProperty('SECRET_OF_THE_TEST');
    expect(value.env).not.toHaveProperty('NODE_OPTIONS');
    expect(value.env).not.toHaveProperty('AWS_XRAY_DAEMON_ADDRESS');
  });

  it('calls AWS as its own role', async () => {
    const arn = await small.role('caller-role', [
      { Effect: 'Allow', Action: 'lambda:ListFunctions', Resource: '*' },
      LOGS,
    ]);
    const sdk = import.meta.resolve('@aws-sdk/client-lambda');
    await small.lambda(
      'caller',
      `import { LambdaClient, ListFunctionsCommand, GetPolicyCommand } from ${JSON.stringify(sdk)};
       const client = new LambdaClient({ maxAttempts: 1 });
       export const handler = async () => {
         const listed = await client.send(new ListFunctionsCommand({}));
         const refused = await client.send(new GetPolicyCommand({ FunctionName: 'caller' })).catch((error) => error.name + ': ' + error.message);
         return { listed: listed.Functions.map((it) => it.FunctionName), refused };
       };`,
      { roleArn: arn, memoryMb: 256 },
    );
    const { value } = await invoke('caller', {});
    expect(value.listed).toContain('caller');
    expect(value.refused).toMatch(
      /^AccessDeniedException: User: .*assumed-role\/caller-role\/caller is not authorized to perform: lambda:GetPolicy/,
    );
  });

  it.each([
    [
      'an Error',
      `export const handler = async () => { throw new RangeError('too far') }`,
      { errorType: 'RangeError', errorMessage: 'too far' },
    ],
    [
      'a synchronous throw',
      `export const handler = () => { throw new TypeError('no') }`,
      { errorType: 'TypeError', errorMessage: 'no' },
    ],
    [
      'something else',
      `export const handler = async () => { throw 'text' }`,
      { errorType: 'string', errorMessage: 'text', trace: [] },
    ],
    [
      'a module that does not load',
      `import 'nowhere'; export const handler = () => 1`,
      { errorMessage: expect.stringContaining('nowhere') },
    ],
    [
      'no handler',
      `export const other = 1`,
      { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is undefined or not exported' },
    ],
    [
      'process.exit',
      `export const handler = () => process.exit(3)`,
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Runtime exited with error: exit status 3$/),
      },
    ],
    [
      'a rejection that nobody awaits',
      `export const handler = () => { Promise.reject(new Error('lost')); return new Promise(() => {}) }`,
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: lost' },
    ],
    [
      'a throw in a timer',
      `export const handler = () => { setTimeout(() => { throw new Error('late') }); return new Promise(() => {}) }`,
      { errorType: 'Error', errorMessage: 'late' },
    ],
    [
      'too large an answer',
      `export const handler = () => 'x'.repeat(7e6)`,
      { errorType: 'Function.ResponseSizeTooLarge' },
    ],
  ])('answers %s as Lambda does', async (why, code, expected) => {
    const name = `fails-${why.replaceAll(/\W/g, '-')}`;
    await small.lambda(name, code);
    const { value, StatusCode, FunctionError } = await invoke(name, {});
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(value).toMatchObject(expected);
  });

  it('is stopped at its timeout, even when it spins, and works again', async () => {
    await small.lambda('spins', `export const handler = (event) => { while (event.spin) {} return 'back' }`, {
      timeoutSeconds: 1,
    });
    const { value } = await invoke('spins', { spin: true });
    expect(value).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Task timed out after 1.00 seconds$/),
    });
    expect((await invoke('spins', {})).value).toBe('back');
  });

  it('is stopped at its memory limit without harm to anybody else', async () => {
    await small.lambda(
      'eats',
      `export const handler = (event) => { const a = []; while (event.eat) a.push(new Array(1e5).fill({})); return 1 }`,
      { memoryMb: 64 },
    );
    const { value } = await invoke('eats', { eat: true });
    expect(value).toEqual({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: expect.stringContaining('signal: killed'),
    });
    expect((await invoke('eats', {})).value).toBe(1);
  });

  it('reuses an environment, and never runs two events in one at a time', async () => {
    await small.lambda(
      'counts',
      `import { threadId } from 'node:worker_threads';
       let running = 0, count = 0;
       export const handler = async () => {
         if (++running > 1) throw new Error('two at a time');
         await new Promise((resolve) => setTimeout(resolve, 20));
         running--;
         return { threadId, count: ++count };
       };`,
    );
    const first = await invoke('counts', {});
    expect((await invoke('counts', {})).value).toEqual({ threadId: first.value.threadId, count: 2 });
    const all = await Promise.all(Array.from({ length: 12 }, () => invoke('counts', {})));
    expect(all.map((answer) => answer.FunctionError)).toEqual(Array(12).fill(undefined));
    expect(new Set(all.map((answer) => answer.value.threadId)).size).toBeLessThanOrEqual(
      lambdaLimits(small.cloud).maxEnvironments,
    );
  });

  it('turns away whoever comes above its reserved concurrency, and takes events up to it', async () => {
    const before = lambdaLimits(small.cloud).maxEnvironments;
    const slow = await small.lambda(
      'reserved',
      `let running = 0;
       export const handler = async () => {
         running += 1;
         await new Promise((resolve) => setTimeout(resolve, 200));
         return running--;
       };`,
      { reservedConcurrency: 2 },
    );
    // Also those that wait for an environment of this machine count: on AWS they would run.
    lambdaLimits(small.cloud).maxEnvironments = 1;
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => invoke(slow.name, {})));
    lambdaLimits(small.cloud).maxEnvironments = before;
    const refused = all.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toHaveLength(3);
    expect(refused[0]).toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    });
    expect((await invoke(slow.name, {})).value).toBe(1);
    const queued = await Promise.all(
      Array.from({ length: 5 }, () => invoke(slow.name, {}, { InvocationType: 'Event' })),
    );
    expect(queued.map(({ StatusCode }) => StatusCode)).toEqual(Array(5).fill(202));
    await backgroundOf(small.cloud).settled();
  });

  it('has its lines in the log group, in order, between START and REPORT', async () => {
    await small.lambda(
      'prints',
      `export const handler = () => { console.log('one', { a: 1 }); process.stdout.write('two\\n'); console.error('three'); }`,
    );
    const { LogResult } = await invoke('prints', {}, { LogType: 'Tail' });
    const { events } = await small.call<{ events: Array<{ message: string }> }>('logs', 'FilterLogEvents', {
      logGroupName: '/aws/lambda/prints',
    });
    const lines = events.map((event) => event.message);
    expect(lines).toEqual([
      expect.stringMatching(/^START RequestId: /),
      expect.stringMatching(/^\S+Z\t\S{36}\tINFO\tone \{ a: 1 \}\n$/),
      'two\n',
      expect.stringMatching(/\tERROR\tthree\n$/),
      expect.stringMatching(/^END RequestId: /),
      expect.stringMatching(/^REPORT RequestId: .*Init Duration/),
    ]);
    expect(Buffer.from(LogResult ?? '', 'base64').toString()).toBe(lines.join(''));
    const { logStreams } = await small.call<{ logStreams: object[] }>('logs', 'DescribeLogStreams', {
      logGroupName: '/aws/lambda/prints',
    });
    expect(logStreams).toHaveLength(1);
  });

  it('has no logs when its role may not write any, and that is said', async () => {
    await small.lambda('mute', `export const handler = () => console.log('x')`, {
      roleArn: await small.role('mute-role', []),
    });
    await invoke('mute', {});
    const { events } = await small.call<{ events: object[] }>('logs', 'FilterLogEvents', {
      logGroupName: '/aws/lambda/mute',
    });
    expect(events).toEqual([]);
    expect(small.reports).toContainEqual(expect.stringContaining('mute has no logs'));
  });
});

describe('Invoke', () => {
  it('refuses what Lambda refuses', async () => {
    await small.lambda('plain', `export const handler = () => 1`);
    await expect(invoke('nobody', {})).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: arn:aws:lambda:${REGION}:${HUB}:function:nobody`,
    });
    await expect(invoke(`arn:aws:lambda:us-east-1:${HUB}:function:plain`, {})).rejects.toMatchObject({
      message: expect.stringContaining('not reachable in this region'),
    });
    await expect(
      small.call('lambda', 'Invoke', { FunctionName: 'plain', Payload: Buffer.from('{') }),
    ).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
    await expect(invoke('plain', 'x'.repeat(262_143), { InvocationType: 'Event' })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      message: '262145 byte payload is too large for the Event invocation type (limit 262144 bytes)',
    });
    expect(await invoke('plain', {}, { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
  });

  it('lets another account in by the function policy only', async () => {
    const target = await small.lambda('shared', `export const handler = () => 'shared'`, {}, SPOKE);
    const statements = [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' }];
    const { caller } = small.cloud.issueSession(await small.role('machine', statements), 's', 'states.amazonaws.com');
    const attempt = () =>
      small.cloud.call('lambda', 'Invoke', { FunctionName: target.arn }, { caller, region: REGION });
    await expect(attempt()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    addPermission(target, {
      id: 'hub',
      action: 'lambda:InvokeFunction',
      principal: `arn:aws:iam::${HUB}:role/machine`,
    });
    await expect(attempt()).resolves.toMatchObject({ StatusCode: 200 });
    const { Policy } = await small.call<{ Policy: string }>('lambda', 'GetPolicy', { FunctionName: 'shared' }, SPOKE);
    expect(JSON.parse(Policy).Statement[0]).toMatchObject({
      Sid: 'hub',
      Principal: { AWS: `arn:aws:iam::${HUB}:role/machine` },
    });
  });

  it('works over the wire', async () => {
    const { accessKeyId, secretAccessKey } = small.cloud.administrator(HUB).credentials;
    const client = new LambdaClient({
      region: REGION,
      endpoint: small.cloud.endpoint,
      credentials: { accessKeyId, secretAccessKey },
    });
    await small.lambda(
      'wired',
      `export const handler = (event) => { if (event.fail) throw new Error('x'); return event }`,
    );
    const good = await client.send(new InvokeCommand({ FunctionName: 'wired', Payload: '{"é":1}' }));
    expect({ status: good.StatusCode, error: good.FunctionError, text: good.Payload?.transformToString() }).toEqual({
      status: 200,
      text: '{"é":1}',
    });
    const bad = await client.send(new InvokeCommand({ FunctionName: 'wired', Payload: '{"fail":true}' }));
    expect(bad.FunctionError).toBe('Unhandled');
    const later = await client.send(new InvokeCommand({ FunctionName: 'wired', InvocationType: 'Event' }));
    expect(later.StatusCode).toBe(202);
    expect((await client.send(new GetFunctionCommand({ FunctionName: 'wired' }))).Configuration?.FunctionName).toBe(
      'wired',
    );
    const listed = await client.send(new ListFunctionsCommand({ MaxItems: 2 }));
    expect(listed.Functions).toHaveLength(2);
    expect(listed.NextMarker).toBe(listed.Functions?.[1]?.FunctionName);
    client.destroy();
  });
});

describe('an asynchronous invocation', () => {
  it('is tried three times, then its destination has the record that Lambda writes', async () => {
    lambdaLimits(small.cloud).asyncDelaysMs = [1];
    const dead = defineQueue(small.cloud, HUB, REGION, { name: 'dead' });
    const roleArn = await small.role('later-role', [
      LOGS,
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: dead.arn },
    ]);
    const target = await small.lambda(
      'later',
      `let n = 0; export const handler = () => { throw new Error('no ' + ++n) }`,
      { roleArn },
    );
    target.async = { ...target.async, onFailureArn: dead.arn };
    await invoke('later', { x: 1 }, { InvocationType: 'Event' });
    await backgroundOf(small.cloud).settled();
    const [message, ...more] = await messages('dead');
    expect(more).toEqual([]);
    expect(JSON.parse(message?.Body ?? '')).toEqual({
      version: '1.0',
      timestamp: expect.stringMatching(/Z$/),
      requestContext: {
        requestId: expect.any(String),
        functionArn: `${target.arn}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { x: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'no 3', trace: expect.any(Array) },
    });
  });

  it('goes to the dead-letter queue with the event itself', async () => {
    const dead = defineQueue(small.cloud, HUB, REGION, { name: 'dead-events' });
    const roleArn = await small.role('dlq-role', [
      LOGS,
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: dead.arn },
    ]);
    const target = await small.lambda('dlq', `export const handler = () => { throw new Error('no') }`, {
      roleArn,
      deadLetterArn: dead.arn,
    });
    target.async = { ...target.async, retries: 0 };
    await invoke('dlq', { x: 1 }, { InvocationType: 'Event' });
    await backgroundOf(small.cloud).settled();
    expect(await messages('dead-events')).toMatchObject([
      { Body: '{"x":1}', MessageAttributes: { ErrorMessage: { StringValue: 'no' } } },
    ]);
  });

  it("is reported when the function's role may not write to the destination", async () => {
    const dead = defineQueue(small.cloud, HUB, REGION, { name: 'closed' });
    const target = await small.lambda('closed-out', `export const handler = () => { throw new Error('no') }`);
    target.async = { retries: 0, maxAgeSeconds: 60, onFailureArn: dead.arn };
    await invoke('closed-out', {}, { InvocationType: 'Event' });
    await backgroundOf(small.cloud).settled();
    expect(small.reports).toContainEqual(
      expect.stringMatching(/^closed-out: .*not authorized to perform: sqs:SendMessage/i),
    );
    expect(await messages('closed')).toEqual([]);
  });
});
