/** A sweep to its end, also where another one is under way. */
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { sweepToItsEnd } from '../../cli/sweep-following.ts';

const MACHINE = 'arn:aws:states:eu-west-1:111111111111:stateMachine:podid-sweep';
const arn = (name: string): string => `arn:aws:states:eu-west-1:111111111111:execution:podid-sweep:${name}`;
const states = mockClient(SFNClient);
let said: string[];
beforeEach(() => {
  states.reset();
  said = [];
  jest.spyOn(console, 'error').mockImplementation((text) => said.push(String(text)));
});
afterEach(() => {
  jest.restoreAllMocks();
});

type Ends = readonly [name: string, status: 'SUCCEEDED' | 'FAILED', output?: object];

/** What is started, one by one, and what becomes of each; `others` nobody here starts. */
const sweep = async (started: readonly Ends[], others: readonly Ends[] = []) => {
  const starts = states.on(StartExecutionCommand, { stateMachineArn: MACHINE, input: '{}' });
  for (const [name] of started) starts.resolvesOnce({ executionArn: arn(name) });
  for (const [name, status, output] of [...started, ...others]) {
    states
      .on(DescribeExecutionCommand, { executionArn: arn(name) })
      .resolves({ status, ...(output !== undefined && { output: JSON.stringify(output) }) });
  }
  return sweepToItsEnd(new SFNClient({ region: 'eu-west-1' }), MACHINE);
};
const asked = () => states.commandCalls(DescribeExecutionCommand).map(({ args: [{ input }] }) => input.executionArn);

it.each([
  ['SUCCEEDED', true],
  ['FAILED', false],
] as const)('that ends %s: %j', async (status, whole) => {
  expect(await sweep([['mine', status, { id: 's-1', complete: whole }]])).toBe(whole);
  expect(said).toEqual([]);
});

it.each([
  ['SUCCEEDED', 'FAILED', false],
  ['FAILED', 'SUCCEEDED', true],
] as const)('begins when the one that was under way is over (%s), and ends %s: %j', async (theirs, mine, whole) => {
  const outcome = await sweep(
    [
      ['too-early', 'SUCCEEDED', { underWay: 'theirs' }],
      ['mine', mine],
    ],
    [['theirs', theirs]],
  );
  expect(outcome).toBe(whole);
  expect(asked()).toEqual(['too-early', 'theirs', 'mine'].map(arn));
  expect(said).toEqual([`Another sweep is under way, and this one begins when it is over: ${arn('theirs')}.`]);
});

it('waits again where somebody else was quicker', async () => {
  const outcome = await sweep(
    [
      ['too-early', 'SUCCEEDED', { underWay: 'theirs' }],
      ['again', 'SUCCEEDED', { underWay: 'others' }],
      ['mine', 'SUCCEEDED'],
    ],
    [
      ['theirs', 'SUCCEEDED'],
      ['others', 'SUCCEEDED'],
    ],
  );
  expect(outcome).toBe(true);
  expect(asked()).toEqual(['too-early', 'theirs', 'again', 'others', 'mine'].map(arn));
});
