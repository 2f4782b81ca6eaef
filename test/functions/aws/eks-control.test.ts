import {
  type Cluster,
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  EKSClient,
} from '@aws-sdk/client-eks';
import { beforeEach, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { controlOf } from '../../../functions/aws/eks-control.ts';
import { SeenControl } from '../../../functions/drift/facets/cluster-facets.ts';

const eks = mockClient(EKSClient);
const ROLE = 'arn:aws:iam::111122223333:role/podid-restart';
const OTHER = 'arn:aws:iam::111122223333:role/podid-watch';
const createdAt = new Date('2026-03-01T10:00:00Z');
const fault = (name: string) => Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 400 } });
const GONE = fault('ResourceNotFoundException');
const DENIED = fault('AccessDeniedException');

const there = (cluster: Cluster = {}) =>
  eks.on(DescribeClusterCommand).resolves({ cluster: { name: 'payments', createdAt, ...cluster } });
const entry = (principalArn: string, kubernetesGroups?: string[]) =>
  eks
    .on(DescribeAccessEntryCommand, { clusterName: 'payments', principalArn })
    .resolves({ accessEntry: { principalArn, ...(kubernetesGroups !== undefined && { kubernetesGroups }) } });

beforeEach(() => {
  eks.reset();
  there();
  eks.on(DescribeAddonCommand).rejects(GONE);
  eks.on(DescribeAccessEntryCommand).rejects(GONE);
});

const PRESENT = { present: true, createdAt: '2026-03-01T10:00:00.000Z' };

it('a cluster that is not there', async () => {
  eks.on(DescribeClusterCommand, { name: 'payments' }).rejects(GONE);
  expect(await controlOf('payments', [ROLE])).toEqual({ present: false });
  expect(eks.calls()).toHaveLength(1);
});

it('the add-on with its status, and the entries of those asked for', async () => {
  const add = { clusterName: 'payments', addonName: 'eks-pod-identity-agent' };
  eks.on(DescribeAddonCommand, add).resolves({ addon: { addonName: add.addonName, status: 'DEGRADED' } });
  entry(ROLE, ['podid', 'audit']);
  const seen = await controlOf('payments', [ROLE, OTHER]);
  expect(seen).toEqual({
    ...PRESENT,
    agent: { kind: 'add-on', status: 'DEGRADED' },
    access: [{ principalArn: ROLE, groups: ['podid', 'audit'] }],
  });
  expect(SeenControl.parse(seen)).toEqual(seen);
});

it('more entries than are asked for at once, in their order', async () => {
  const arns = Array.from({ length: 12 }, (_, index) => `${ROLE}-${index}`);
  for (const arn of arns) entry(arn, [arn]);
  const access = arns.map((principalArn) => ({ principalArn, groups: [principalArn] }));
  expect(await controlOf('payments', arns)).toMatchObject({ access });
});

it('an entry without groups is an entry', async () => {
  entry(ROLE);
  expect(await controlOf('payments', [ROLE])).toMatchObject({ access: [{ principalArn: ROLE, groups: [] }] });
});

it('no add-on, and nobody asked for', async () => {
  expect(await controlOf('payments')).toEqual({ ...PRESENT, agent: { kind: 'none' }, access: [] });
});

it('an add-on whose status is not told does not pass for one that works', async () => {
  eks.on(DescribeAddonCommand).resolves({ addon: {} });
  expect(await controlOf('payments')).toMatchObject({ agent: { kind: 'add-on', status: 'UNKNOWN' } });
});

it('Auto Mode has the agent built in, whatever add-ons there are', async () => {
  there({ computeConfig: { enabled: true } });
  eks.on(DescribeAddonCommand).resolves({ addon: { status: 'ACTIVE' } });
  expect(await controlOf('payments')).toMatchObject({ agent: { kind: 'built-in' } });
});

it('no entry holds where only aws-auth does, and none is asked for', async () => {
  there({ accessConfig: { authenticationMode: 'CONFIG_MAP' } });
  entry(ROLE, ['podid']);
  expect(await controlOf('payments', [ROLE])).toMatchObject({ access: [] });
  expect(eks.commandCalls(DescribeAccessEntryCommand)).toEqual([]);
});

it('a part that may not be read is absent; the others are there', async () => {
  entry(ROLE, ['podid']);
  eks.on(DescribeAccessEntryCommand, { principalArn: OTHER }).rejects(DENIED);
  expect(await controlOf('payments', [ROLE, OTHER])).toEqual({ ...PRESENT, agent: { kind: 'none' } });
  eks.on(DescribeAddonCommand).rejects(DENIED);
  expect(await controlOf('payments', [ROLE])).toEqual({
    ...PRESENT,
    access: [{ principalArn: ROLE, groups: ['podid'] }],
  });
});

it.each<[string, () => unknown, string]>([
  ['the cluster may not be described', () => eks.on(DescribeClusterCommand).rejects(DENIED), 'AccessDenied'],
  ['it has no date', () => eks.on(DescribeClusterCommand).resolves({ cluster: {} }), 'Refused'],
  ['EKS is slow', () => eks.on(DescribeAddonCommand).rejects(fault('ThrottlingException')), 'Throttled'],
  ['EKS fails', () => eks.on(DescribeAccessEntryCommand).rejects(fault('InvalidParameterException')), 'Refused'],
])('fails when %s', async (_, arrange, name) => {
  arrange();
  await expect(controlOf('payments', [ROLE])).rejects.toMatchObject({ name });
});
