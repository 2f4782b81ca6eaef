import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  IAMServiceException,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ReadRoleOutput } from '../../../functions/trust/contract.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';

const readRole = await handlerOf('trust', 'read-role');
const iam = mockClient(IAMClient);

const roleArn = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
const target = 'arn:aws:iam::444455556666:role/warehouse';
const boundaryArn = `arn:aws:iam::${ACCOUNT}:policy/limits`;
const trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}';

const fault = (name: string, status = 400) =>
  new IAMServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode: status } });
const described = (more: object = {}) => ({
  Role: {
    Arn: roleArn,
    Path: '/team/',
    RoleName: 'orders',
    RoleId: 'AROAORDERS',
    CreateDate: new Date(0),
    AssumeRolePolicyDocument: encodeURIComponent(trust),
    ...more,
  },
});
const chain = (Action: string | string[], Resource = target) =>
  encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] }));

beforeEach(() => {
  iam.reset();
  iam.on(GetRoleCommand, { RoleName: 'orders' }).resolves(described());
  iam.on(ListRolePoliciesCommand, { RoleName: 'orders' }).resolves({ PolicyNames: ['chain'] });
  iam.on(ListAttachedRolePoliciesCommand, { RoleName: 'orders' }).resolves({ AttachedPolicies: [] });
  iam
    .on(GetRolePolicyCommand, { RoleName: 'orders', PolicyName: 'chain' })
    .resolves({ RoleName: 'orders', PolicyName: 'chain', PolicyDocument: chain(['sts:AssumeRole', 'sts:TagSession']) });
});

describe('read-role', () => {
  it('gives trust and tags in one call, when nobody asks where the role leads', async () => {
    iam.on(GetRoleCommand).resolves(described({ Tags: [{ Key: 'team', Value: 'checkout' }] }));
    const answer = await readRole({ roleArn, mayReach: [] });
    expect(answer).toEqual({
      role: 'present',
      roleArn,
      roleId: 'AROAORDERS',
      trust,
      tags: { team: 'checkout' },
      chains: [],
      readAt: expect.any(String),
    });
    expect(ReadRoleOutput.parse(answer)).toEqual(answer);
    expect(iam.calls()).toHaveLength(1);
  });

  it('tells the real ARN, whatever path was asked for', async () => {
    const asked = `arn:aws:iam::${ACCOUNT}:role/orders`;
    expect(await readRole({ roleArn: asked, mayReach: [] })).toMatchObject({ role: 'present', roleArn });
  });

  it('judges by inline and attached policies whether it may get another role', async () => {
    const arn = `arn:aws:iam::${ACCOUNT}:policy/chain`;
    const other = 'arn:aws:iam::444455556666:role/history';
    iam.on(ListAttachedRolePoliciesCommand).resolves({ AttachedPolicies: [{ PolicyArn: arn, PolicyName: 'chain' }] });
    iam.on(GetPolicyCommand, { PolicyArn: arn }).resolves({ Policy: { DefaultVersionId: 'v2' } });
    iam
      .on(GetPolicyVersionCommand, { PolicyArn: arn, VersionId: 'v2' })
      .resolves({ PolicyVersion: { Document: chain('sts:AssumeRole', other) } });
    expect(await readRole({ roleArn, mayReach: [target, other] })).toMatchObject({
      chains: [
        { sourceRoleArn: roleArn, targetRoleArn: target, assumeRole: 'allow', tagSession: 'allow' },
        { sourceRoleArn: roleArn, targetRoleArn: other, assumeRole: 'allow', tagSession: 'deny' },
      ],
    });
  });

  it('minds the boundary', async () => {
    const PermissionsBoundary = {
      PermissionsBoundaryArn: boundaryArn,
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
    } as const;
    iam.on(GetRoleCommand).resolves(described({ PermissionsBoundary }));
    iam.on(GetPolicyCommand, { PolicyArn: boundaryArn }).resolves({ Policy: { DefaultVersionId: 'v1' } });
    iam
      .on(GetPolicyVersionCommand, { PolicyArn: boundaryArn, VersionId: 'v1' })
      .resolves({ PolicyVersion: { Document: chain('sts:AssumeRole', '*') } });
    expect(await readRole({ roleArn, mayReach: [target] })).toMatchObject({
      chains: [{ assumeRole: 'allow', tagSession: 'deny' }],
    });
    iam.on(GetPolicyCommand, { PolicyArn: boundaryArn }).rejects(fault('NoSuchEntityException', 404));
    await expect(readRole({ roleArn, mayReach: [target] })).rejects.toMatchObject({ name: 'NotYetVisible' });
  });

  it.each([
    ['before', () => iam.on(GetRoleCommand).rejects(fault('NoSuchEntityException', 404))],
    ['between two calls', () => iam.on(ListRolePoliciesCommand).rejects(fault('NoSuchEntityException', 404))],
  ])('a role that went %s is gone', async (_, go) => {
    go();
    expect(await readRole({ roleArn, mayReach: [target] })).toEqual({
      role: 'gone',
      roleArn,
      readAt: expect.any(String),
    });
  });
});

describe('failures', () => {
  it("another account's role is refused before IAM is asked", async () => {
    const elsewhere = 'arn:aws:iam::444455556666:role/orders';
    await expect(readRole({ roleArn: elsewhere, mayReach: [] })).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringMatching(/not of account 111122223333/),
    });
    expect(iam.calls()).toEqual([]);
  });

  it.each([
    ['Throttling', 'Throttled'],
    ['AccessDenied', 'AccessDenied'],
  ])('%s from a read of its policies is no empty answer but %s', async (name, ours) => {
    iam.on(GetRolePolicyCommand).rejects(fault(name));
    await expect(readRole({ roleArn, mayReach: [target] })).rejects.toMatchObject({ name: ours, cause: { name } });
  });

  it('an answer without a trust policy is refused', async () => {
    iam.on(GetRoleCommand).resolves(described({ AssumeRolePolicyDocument: undefined }));
    await expect(readRole({ roleArn, mayReach: [] })).rejects.toMatchObject({ name: 'Refused' });
  });
});
