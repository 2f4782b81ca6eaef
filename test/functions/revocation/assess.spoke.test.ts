/** The assessment on an embedded cluster, with EC2 and IAM mocked. */

import { DescribeInstancesCommand, EC2Client, EC2ServiceException } from '@aws-sdk/client-ec2';
import { GetInstanceProfileCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { barePod, budget, NAMESPACE, type TestCluster, testCluster, workload } from './cluster.ts';
import { ACCOUNT, spoke } from './spoke.ts';

const assess = await spoke('assess');
const ec2 = mockClient(EC2Client);
const iam = mockClient(IAMClient);
const nodeRole = `arn:aws:iam::${ACCOUNT}:role/nodes`;
const irsaRole = `arn:aws:iam::${ACCOUNT}:role/irsa`;

let cluster: TestCluster;
const question = () => ({ identity: cluster.identity, since: '2026-01-01T00:00:00Z', associated: false });

beforeAll(async () => {
  cluster = await testCluster('assess-test');
  cluster.says.groups = ['podid-observe'];
  const annotations = { 'eks.amazonaws.com/role-arn': irsaRole };
  await cluster.apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'api', namespace: NAMESPACE, annotations } },
    workload('Deployment', 'api', 3),
    workload('Deployment', 'api-paused', 2, { paused: false }),
    workload('StatefulSet', 'store', 1, { updateStrategy: { type: 'OnDelete' } }),
    barePod('debug'),
    budget('strict', 'store', 1),
  );
  await cluster.until((pods) => pods.filter(({ ready }) => ready).length === 7);
  await cluster.apply(workload('Deployment', 'api-paused', 2, { paused: true }));
  // One pod that was never given Pod Identity is nobody's business.
  cluster.says.associated = false;
  await cluster.apply(barePod('late'));
  await cluster.until((pods) => pods.filter(({ ready }) => ready).length === 8);
});
afterAll(() => cluster.close());

beforeEach(() => {
  ec2.reset();
  iam.reset();
  ec2.on(DescribeInstancesCommand).callsFake(({ Filters }) => ({
    Reservations: [
      {
        Instances: Filters[0].Values.map((InstanceId: string) => ({
          InstanceId,
          MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
          IamInstanceProfile: { Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/nodes` },
        })),
      },
    ],
  }));
  iam.on(GetInstanceProfileCommand, { InstanceProfileName: 'nodes' }).resolves({
    InstanceProfile: {
      Path: '/',
      InstanceProfileName: 'nodes',
      InstanceProfileId: 'AIPA',
      Arn: 'x',
      CreateDate: new Date(0),
      Roles: [{ Path: '/', RoleName: 'nodes', RoleId: 'AROA', Arn: nodeRole, CreateDate: new Date(0) }],
    },
  });
});

describe('assess', () => {
  it('tells workloads with their oddities, budgets in the way, and both fallbacks', async () => {
    expect(await assess(question())).toEqual({
      workloads: [
        { workload: { kind: 'Deployment', name: 'api' }, pods: 3 },
        { workload: { kind: 'Deployment', name: 'api-paused' }, pods: 2, because: expect.stringMatching(/paused/) },
        { workload: { kind: 'Pod', name: 'debug' }, pods: 1, because: expect.stringMatching(/no owner/) },
        { workload: { kind: 'StatefulSet', name: 'store' }, pods: 1, because: expect.stringMatching(/OnDelete/) },
      ],
      omitted: 0,
      pods: { before: 7, all: 8 },
      fallback: {
        irsaRoleArn: irsaRole,
        nodeRoles: [
          { roleArn: nodeRole, reachable: 'yes', nodes: 2, because: expect.stringMatching(/hop limit is 2/) },
        ],
      },
      warnings: [expect.stringMatching(/budget strict refuses/)],
    });
    expect(iam.commandCalls(GetInstanceProfileCommand)).toHaveLength(1);
  });

  it('what EC2 does not tell is unknown, with the reason, and no failure', async () => {
    ec2
      .on(DescribeInstancesCommand)
      .rejects(
        new EC2ServiceException({ name: 'UnauthorizedOperation', message: 'no', $fault: 'client', $metadata: {} }),
      );
    expect(await assess(question())).toMatchObject({
      fallback: {
        nodeRoles: [
          { reachable: 'unknown', nodes: 2, because: expect.stringMatching(/ec2:DescribeInstances is not allowed/) },
        ],
      },
    });
  });

  it('associated again: pods younger than the change are not in question', async () => {
    expect(await assess({ ...question(), associated: true })).toMatchObject({
      workloads: [],
      pods: { before: 0, all: 8 },
    });
  });

  it('a service account that nobody uses', async () => {
    const identity = { ...cluster.identity, serviceAccount: 'nobody' };
    expect(await assess({ ...question(), identity })).toEqual({
      workloads: [],
      omitted: 0,
      pods: { before: 0, all: 0 },
      fallback: { nodeRoles: [] },
      warnings: [],
    });
    expect(ec2.calls()).toEqual([]);
  });
});
