/** The hub's way to its spokes: which call is made, where, and what becomes of answers and errors. */
import './quiet.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InvokeCommand, LambdaClient, ServiceException, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { Config } from '../../../functions/config.ts';
import { handler } from '../../../functions/runtime/call-spoke.hub.ts';
import { assertConfigured, readAnswer, SPOKE_FUNCTIONS } from '../../../functions/runtime/spoke-call.ts';
import { context } from './context.ts';

const lambda = mockClient(LambdaClient);
const CONFIG = {
  hub: { account: '111111111111', region: 'us-east-1' },
  spokes: [{ name: 'a', account: '222222222222', clusters: [{ name: 'c', region: 'eu-west-1', mode: 'observe' }] }],
};
const CALL = { function: 'cut-sessions', account: '222222222222', region: 'eu-west-1', input: { any: 'thing' } };
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const folder = mkdtempSync(path.join(tmpdir(), 'podid-call-spoke-'));
beforeAll(() => {
  process.env.PODID_CONFIG_FILE = path.join(folder, 'config.json');
  writeFileSync(process.env.PODID_CONFIG_FILE, JSON.stringify(CONFIG));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  lambda.reset();
});

const call = (input: unknown) => handler(input, context('podid-call-spoke'));

it("invokes the function of that name in the spoke's account and region, and gives its answer", async () => {
  lambda.on(InvokeCommand).resolves({ Payload: bytes({ done: true }) as never });
  expect(await call(CALL)).toEqual({ done: true });
  const [sent] = lambda.commandCalls(InvokeCommand);
  expect(sent?.args[0].input).toEqual({
    FunctionName: 'arn:aws:lambda:eu-west-1:222222222222:function:podid-cut-sessions',
    Payload: '{"any":"thing"}',
  });
  expect(await sent?.thisValue.config.region()).toBe('eu-west-1');
});

describe('errors', () => {
  it.each([
    ["the spoke's own", { errorType: 'ClusterForbidden', errorMessage: 'no entry' }, 'ClusterForbidden'],
    ['a timeout', { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' }, 'ServiceUnavailable'],
    ['a crash', { errorType: 'Runtime.ExitError', errorMessage: 'exit 1' }, 'ServiceUnavailable'],
    ['something unreadable', 'oops', 'ServiceUnavailable'],
  ])('%s', async (_, thrown, name) => {
    lambda.on(InvokeCommand).resolves({ FunctionError: 'Unhandled', Payload: bytes(thrown) as never });
    await expect(call(CALL)).rejects.toMatchObject({ name });
  });

  it.each([
    [new TooManyRequestsException({ message: 'slow down', $metadata: { httpStatusCode: 429 } }), 'Throttled'],
    [new ServiceException({ message: 'oh', $metadata: { httpStatusCode: 500 } }), 'ServiceUnavailable'],
  ])('of Lambda itself: %s', async (error, name) => {
    lambda.on(InvokeCommand).rejects(error);
    await expect(call(CALL)).rejects.toMatchObject({ name });
  });

  it.each([
    ['an account', { ...CALL, account: '999999999999' }, 'NotFound'],
    ['a region', { ...CALL, region: 'us-west-2' }, 'NotFound'],
    ['a function', { ...CALL, function: 'rm-rf' }, 'InputMalformed'],
    ['more than it takes', { ...CALL, qualifier: '1' }, 'InputMalformed'],
  ])('%s that is not ours is never called', async (_, input, name) => {
    await expect(call(input)).rejects.toMatchObject({ name });
    expect(lambda.commandCalls(InvokeCommand)).toHaveLength(0);
  });
});

it('takes an account without clusters for a spoke in the region of the hub', () => {
  const config = Config.parse({ ...CONFIG, spokes: [{ name: 'b', account: '333333333333' }] });
  const at = (region: string) => () =>
    assertConfigured({ function: SPOKE_FUNCTIONS[0], account: '333333333333', region, input: {} }, config);
  expect(at('us-east-1')).not.toThrow();
  expect(at('eu-west-1')).toThrow(/no spoke/);
});

it('gives nothing for an empty payload', () => {
  expect(readAnswer('arn', {})).toBeNull();
});
