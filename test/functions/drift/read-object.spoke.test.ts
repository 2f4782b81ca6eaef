import {
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import { GetPolicyCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ReadObjectOutput } from '../../../functions/drift/spoke-contract.ts';
import { association, eksFault, eksWrites, holdsAssociations, MARKED } from '../provisioning/associations.ts';
import { BOUNDARY, holdsRole, type Kept, NAME, policyOf, roleArn, web, writes } from '../provisioning/roles.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';
import { fault } from '../trust/tighten-trust.ts';

const read = await handlerOf('drift', 'read-object');
const iam = mockClient(IAMClient);
const eks = mockClient(EKSClient);
const run = async (ref: object, more: object = {}) => ReadObjectOutput.parse(await read({ ref, ...more }));

const TRUST = '{"Version":"2012-10-17","Statement":[]}';
const DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
const AWS_OWN = 'arn:aws:iam::aws:policy/Reads';
const OURS = `arn:aws:iam::${ACCOUNT}:policy/orders`;
const GONE = `arn:aws:iam::${ACCOUNT}:policy/gone`;

const kept = (more: Partial<Kept> = {}): Kept => ({
  arn: roleArn,
  trust: TRUST,
  inline: new Map([
    ['orders', policyOf('s3:GetObject')],
    ['podid-deny-0123456789abcdef0123', DENY],
  ]),
  attached: new Set([AWS_OWN, OURS]),
  tags: new Map(Object.entries(MARKED)),
  boundary: BOUNDARY,
  ...more,
});

beforeEach(() => {
  iam.reset();
  eks.reset();
});

describe('a role', () => {
  const role = { object: 'role', roleArn };

  it("is read whole, with its session denies, and the account's own policies", async () => {
    holdsRole(iam, kept(), { [OURS]: policyOf('s3:*'), [AWS_OWN]: policyOf('*') });
    expect(await run(role)).toEqual({
      object: 'role',
      seen: {
        roleArn,
        present: true,
        trust: TRUST,
        managedPolicyArns: [AWS_OWN, OURS],
        inline: { orders: policyOf('s3:GetObject'), 'podid-deny-0123456789abcdef0123': DENY },
        boundary: BOUNDARY,
        tags: MARKED,
      },
      roleId: 'AROAWEB',
      documents: { [OURS]: policyOf('s3:*') },
      readAt: expect.any(String),
    });
    expect(iam.commandCalls(GetPolicyCommand).map(({ args }) => args[0].input.PolicyArn)).toEqual([OURS]);
    expect(writes(iam)).toEqual([]);
  });

  it('has policies that nobody lets us read, or that went in between', async () => {
    holdsRole(iam, kept({ attached: new Set([OURS, GONE]) }));
    iam.on(GetPolicyCommand, { PolicyArn: OURS }).rejects(fault('AccessDenied', 403));
    expect(await run(role)).toMatchObject({ documents: { [OURS]: null, [GONE]: null } });
  });

  it('is told to read again when IAM is throttled', async () => {
    holdsRole(iam, kept());
    iam.on(GetPolicyCommand).rejects(fault('ThrottlingException', 400));
    await expect(run(role)).rejects.toMatchObject({ name: 'Throttled' });
  });

  it('of another path, or none, is absent', async () => {
    const elsewhere = `arn:aws:iam::${ACCOUNT}:role/${NAME}`;
    holdsRole(iam, kept());
    expect(await run({ object: 'role', roleArn: elsewhere })).toMatchObject({
      seen: { roleArn: elsewhere, present: false },
      documents: {},
    });
    holdsRole(iam);
    const absent = await run(role);
    expect(absent).toMatchObject({ seen: { roleArn, present: false } });
    expect(absent).not.toHaveProperty('roleId');
  });

  it('of another account is not asked for', async () => {
    holdsRole(iam, kept());
    const foreign = 'arn:aws:iam::444455556666:role/orders';
    await expect(run({ object: 'role', roleArn: foreign })).rejects.toMatchObject({ name: 'Refused' });
    expect(iam.commandCalls(GetRoleCommand)).toEqual([]);
  });
});

describe('an association', () => {
  const ref = { object: 'association', identity: web };

  it('is found with its tags', async () => {
    holdsAssociations(eks, association());
    expect(await run(ref)).toMatchObject({
      object: 'association',
      cluster: 'present',
      found: { identity: web, state: { associationId: 'a-web', roleArn }, tags: MARKED },
    });
    expect(eks.commandCalls(ListPodIdentityAssociationsCommand)).toHaveLength(1);
    expect(eksWrites(eks)).toEqual([]);
  });

  it('is missing, and the cluster there', async () => {
    holdsAssociations(eks, association({ serviceAccount: 'worker' }));
    expect(await run(ref)).toEqual({ object: 'association', cluster: 'present', readAt: expect.any(String) });
  });

  it('is missing with its cluster', async () => {
    holdsAssociations(eks);
    const other = { ...ref, identity: { ...web, cluster: 'closed' } };
    expect(await run(other)).toEqual({ object: 'association', cluster: 'gone', readAt: expect.any(String) });
  });

  it('elsewhere is not asked for', async () => {
    for (const other of [{ account: '444455556666' }, { region: 'us-east-1' }]) {
      const elsewhere = { ...ref, identity: { ...web, ...other } };
      await expect(run(elsewhere)).rejects.toMatchObject({ name: 'InputMalformed' });
    }
    expect(eks.calls()).toEqual([]);
  });
});

describe('a cluster', () => {
  const { account, region, cluster } = web;
  const ref = { object: 'cluster', cluster: { account, region, cluster } };
  const principal = `arn:aws:iam::${ACCOUNT}:role/podid-restart-eu-west-1`;
  const createdAt = new Date('2026-01-01T00:00:00Z');

  beforeEach(() => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { name: cluster, createdAt } });
    eks.on(DescribeAddonCommand).resolves({ addon: { status: 'ACTIVE' } });
    eks.on(DescribeAccessEntryCommand).resolves({ accessEntry: { kubernetesGroups: ['podid-restart'] } });
  });

  it('has an agent, and lets in whom one asks for', async () => {
    expect(await run(ref, { principals: [principal] })).toEqual({
      object: 'cluster',
      control: {
        present: true,
        createdAt: createdAt.toISOString(),
        agent: { kind: 'add-on', status: 'ACTIVE' },
        access: [{ principalArn: principal, groups: ['podid-restart'] }],
      },
      readAt: expect.any(String),
    });
  });

  it('tells nothing of access entries when nobody asks', async () => {
    expect(await run(ref)).not.toHaveProperty('control.access');
    expect(eks.commandCalls(DescribeAccessEntryCommand)).toEqual([]);
  });

  it('that is not there is absent', async () => {
    eks.on(DescribeClusterCommand).rejects(eksFault('ResourceNotFoundException'));
    expect(await run(ref, { principals: [principal] })).toMatchObject({ control: { present: false } });
    expect(await run(ref)).toMatchObject({ control: { present: false } });
  });

  it('that may not be described is absent only where it has gone', async () => {
    eks.on(DescribeClusterCommand).rejects(eksFault('AccessDeniedException'));
    eks.on(ListPodIdentityAssociationsCommand).resolves({ associations: [] });
    await expect(run(ref)).rejects.toMatchObject({ name: 'AccessDenied' });
    eks.on(ListPodIdentityAssociationsCommand).rejects(eksFault('ResourceNotFoundException'));
    expect(await run(ref, { principals: [] })).toMatchObject({ control: { present: false } });
    expect(eks.commandCalls(ListPodIdentityAssociationsCommand)[0]?.args[0].input).toMatchObject({
      clusterName: cluster,
      maxResults: 1,
    });
  });

  it('elsewhere is not asked for', async () => {
    const elsewhere = { ...ref, cluster: { ...ref.cluster, region: 'us-east-1' } };
    await expect(run(elsewhere)).rejects.toMatchObject({ name: 'InputMalformed' });
    expect(eks.calls()).toEqual([]);
  });
});
