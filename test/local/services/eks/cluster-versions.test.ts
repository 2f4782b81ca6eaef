/** Kubernetes versions of EKS: what is supported when, filters and pages. */
import * as eks from '@aws-sdk/client-eks';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Listening, startListening } from '../../wire/listening.ts';

let here: Listening;
let time = new Date('2026-11-21T10:00:00Z');

beforeAll(async () => {
  here = await startListening({ now: () => time });
});
afterAll(() => here.cloud.close());

const list = async (input: eks.DescribeClusterVersionsCommandInput = {}): Promise<eks.ClusterVersionInformation[]> =>
  (await here.eks.send(new eks.DescribeClusterVersionsCommand(input))).clusterVersions ?? [];
const names = async (input: eks.DescribeClusterVersionsCommandInput = {}) =>
  (await list(input)).map(({ clusterVersion }) => clusterVersion);

test('a version as EKS tells it', async () => {
  expect(await list({ clusterVersions: ['1.34'] })).toEqual([
    {
      clusterVersion: '1.34',
      clusterType: 'eks',
      defaultPlatformVersion: 'eks.13',
      defaultVersion: true,
      releaseDate: new Date('2025-10-02T00:00:00Z'),
      endOfStandardSupportDate: new Date('2026-12-02T00:00:00Z'),
      endOfExtendedSupportDate: new Date('2027-12-02T00:00:00Z'),
      status: 'standard-support',
      versionStatus: 'STANDARD_SUPPORT',
    },
  ]);
});

test('without filters: all that is supported today, newest first, one of them the default', async () => {
  expect(await names()).toEqual(['1.35', '1.34', '1.33', '1.32', '1.31']);
  expect(await names({ defaultOnly: true })).toEqual(['1.34']);
  const start = time;
  time = new Date('2026-11-26T00:00:00Z');
  expect(await names()).toEqual(['1.35', '1.34', '1.33', '1.32']);
  time = start;
});

test.each<[string, eks.DescribeClusterVersionsCommandInput, string[]]>([
  ['everything', { includeAll: true }, ['1.35', '1.34', '1.33', '1.32', '1.31', '1.30', '1.29']],
  ['a status', { versionStatus: 'STANDARD_SUPPORT' }, ['1.35', '1.34']],
  ['a status by its old name', { status: 'extended-support' }, ['1.33', '1.32', '1.31']],
  ['what is over', { versionStatus: 'UNSUPPORTED' }, ['1.30', '1.29']],
  ['some versions', { clusterVersions: ['1.29', '1.33', '1.1'] }, ['1.33', '1.29']],
  ['EKS’s own type of cluster', { clusterType: 'eks', defaultOnly: true }, ['1.34']],
  ['another type of cluster', { clusterType: 'eks-local-outposts' }, []],
])('filters: %s', async (_what, input, expected) => {
  expect(await names(input)).toEqual(expected);
});

test('pages keep the order', async () => {
  const pages: Array<Array<string | undefined>> = [];
  for await (const { clusterVersions = [] } of eks.paginateDescribeClusterVersions(
    { client: here.eks, pageSize: 3 },
    {},
  )) {
    pages.push(clusterVersions.map(({ clusterVersion }) => clusterVersion));
  }
  expect(pages).toEqual([
    ['1.35', '1.34', '1.33'],
    ['1.32', '1.31'],
  ]);
});

test.each<[string, eks.DescribeClusterVersionsCommandInput, string]>([
  ['a status that is none', { versionStatus: 'OLD' as 'UNSUPPORTED' }, 'versionStatus'],
  ['an old status that is none', { status: 'old' as 'unsupported' }, 'status'],
  ['too large a page', { maxResults: 101 }, 'maxResults'],
  ['a token that is none', { nextToken: 'x' }, 'nextToken'],
])('refuses %s', async (_what, input, text) => {
  await expect(list(input)).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining(text),
  });
});
