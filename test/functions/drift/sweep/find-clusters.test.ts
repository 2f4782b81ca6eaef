/** The spoke's search for clusters: the exact calls, whose tags are asked for, and what a denial means. */
import '../../runtime/quiet.ts';
import { DescribeClusterCommand, EKSClient, ListClustersCommand, ResourceNotFoundException } from '@aws-sdk/client-eks';
import { beforeEach, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../../../functions/drift/find-clusters.spoke.ts';
import { FindClustersOutput } from '../../../../functions/drift/sweep/contract.ts';
import { context } from '../../runtime/context.ts';
import { ACCOUNT } from './world.ts';

const NAME = 'podid-find-clusters';
const here = { ...context(NAME), invokedFunctionArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${NAME}` };
const eks = mockClient(EKSClient);
beforeEach(() => {
  eks.reset();
});

const INPUT = {
  account: ACCOUNT,
  region: 'eu-west-1',
  tag: { key: 'podid', value: 'observe' },
  except: [],
  perSecond: 1000,
};
const find = async (more: object = {}) =>
  FindClustersOutput.parse(JSON.parse(JSON.stringify(await handler({ ...INPUT, ...more }, here))));
const holds = (tags: Readonly<Record<string, Record<string, string>>>) => {
  eks.on(ListClustersCommand).resolves({ clusters: Object.keys(tags) });
  for (const [name, of] of Object.entries(tags))
    eks.on(DescribeClusterCommand, { name }).resolves({ cluster: { name, tags: of } });
};
const described = () => eks.commandCalls(DescribeClusterCommand).map(({ args }) => args[0].input.name);
const fault = (name: string, status: number) =>
  Object.assign(new Error('by the test'), { name, $metadata: { httpStatusCode: status } });

it('tells all names, and those that bear the tag; of those that are listed nobody asks for it', async () => {
  holds({ listed: { podid: 'observe' }, found: { podid: 'observe', team: 'a' }, plain: {} });
  expect(await find({ except: ['listed'] })).toEqual({ names: ['listed', 'found', 'plain'], tagged: ['found'] });
  expect(described()).toEqual(['found', 'plain']);
});

it('takes the tag as it is written, and any value where none is asked for', async () => {
  holds({ other: { podid: 'no' }, upper: { Podid: 'observe' }, empty: { podid: '' }, proto: {} });
  expect((await find()).tagged).toEqual([]);
  expect((await find({ tag: { key: 'podid' } })).tagged).toEqual(['other', 'empty']);
  expect((await find({ tag: { key: 'constructor' } })).tagged).toEqual([]);
});

it('goes on where it is told to, a page so long that it is described in time', async () => {
  eks.on(ListClustersCommand).resolves({ clusters: [], nextToken: 'two' });
  expect(await find({ perSecond: 2, next: 'one' })).toEqual({ names: [], tagged: [], next: 'two' });
  await find();
  expect(eks.commandCalls(ListClustersCommand).map(({ args }) => args[0].input)).toEqual([
    { maxResults: 60, nextToken: 'one' },
    { maxResults: 100, nextToken: undefined },
  ]);
});

it('takes one that may not be described, or went meanwhile, for one without the tag', async () => {
  holds({ hidden: {}, gone: {}, found: { podid: 'observe' } });
  eks.on(DescribeClusterCommand, { name: 'hidden' }).rejects(fault('AccessDeniedException', 403));
  const none = new ResourceNotFoundException({ message: 'none', $metadata: {} });
  eks.on(DescribeClusterCommand, { name: 'gone' }).rejects(none);
  expect(await find()).toEqual({ names: ['hidden', 'gone', 'found'], tagged: ['found'] });
});

it.each([
  ['AccessDeniedException', 403, 'AccessDenied'],
  ['ThrottlingException', 429, 'Throttled'],
])('fails when nobody may list, or EKS says no: %s', async (name, status, expected) => {
  eks.on(ListClustersCommand).rejects(fault(name, status));
  await expect(find()).rejects.toMatchObject({ name: expected });
});

it('does not take a throttled description for a cluster without the tag', async () => {
  holds({ found: {} });
  eks.on(DescribeClusterCommand).rejects(fault('ThrottlingException', 429));
  await expect(find()).rejects.toMatchObject({ name: 'Throttled' });
});

it("is of the function's own account and region", async () => {
  await expect(find({ account: '444455556666' })).rejects.toThrow('not the account and region');
  await expect(find({ region: 'us-east-1' })).rejects.toThrow('not the account and region');
});
