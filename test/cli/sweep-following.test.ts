/** Waiting for a sweep: to its end, or to the end of the one that was under way already. */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { followSweep } from '../../cli/sweep-following.ts';

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

const ends = (name: string, status: 'SUCCEEDED' | 'FAILED', output?: object) =>
  states
    .on(DescribeExecutionCommand, { executionArn: arn(name) })
    .resolves({ status, ...(output !== undefined && { output: JSON.stringify(output) }) });
const follow = () => followSweep(new SFNClient({ region: 'eu-west-1' }), arn('mine'));

it.each([
  ['SUCCEEDED', true],
  ['FAILED', false],
] as const)('that ends %s: %j', async (status, whole) => {
  ends('mine', status, { id: 's-1', complete: whole });
  expect(await follow()).toBe(whole);
  expect(said).toEqual([]);
});

it.each([
  ['SUCCEEDED', true],
  ['FAILED', false],
] as const)('waits for the one that was under way, which ends %s: %j', async (status, whole) => {
  ends('mine', 'SUCCEEDED', { underWay: 'theirs' });
  ends('theirs', status);
  expect(await follow()).toBe(whole);
  expect(said).toEqual([`Another sweep is under way: waiting for ${arn('theirs')}.`]);
});
