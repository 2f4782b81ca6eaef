import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  IAMServiceException,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ACCOUNT, spoke } from './spoke.ts';

const traceRoles = await spoke('trace-roles');
const iam = mockClient(IAMClient);
const roleArn = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
const target = (name: string) => `arn:aws:iam::444455556666:role/${name}`;
const assume = (Resource: string) =>
  encodeURIComponent(
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource }] }),
  );
const managed = `arn:aws:iam::${ACCOUNT}:policy/chain`;

beforeEach(() => {
  iam.reset();
  iam.on(ListRolePoliciesCommand, { RoleName: 'orders' }).resolves({ PolicyNames: [] });
  iam.on(ListAttachedRolePoliciesCommand, { RoleName: 'orders' }).resolves({ AttachedPolicies: [] });
});

describe('trace-roles', () => {
  it('reads inline policies, page by page, and the default version of attached ones', async () => {
    iam.on(ListRolePoliciesCommand).resolvesOnce({ PolicyNames: ['one'], IsTruncated: true, Marker: 'm' });
    iam.on(ListRolePoliciesCommand, { RoleName: 'orders', Marker: 'm' }).resolves({ PolicyNames: ['two'] });
    iam
      .on(GetRolePolicyCommand, { PolicyName: 'one' })
      .resolves({ RoleName: 'orders', PolicyName: 'one', PolicyDocument: assume(target('one')) })
      .on(GetRolePolicyCommand, { PolicyName: 'two' })
      .resolves({ RoleName: 'orders', PolicyName: 'two', PolicyDocument: assume('*') });
    iam
      .on(ListAttachedRolePoliciesCommand)
      .resolves({ AttachedPolicies: [{ PolicyArn: managed, PolicyName: 'chain' }] });
    iam.on(GetPolicyCommand, { PolicyArn: managed }).resolves({ Policy: { DefaultVersionId: 'v3' } });
    iam
      .on(GetPolicyVersionCommand, { PolicyArn: managed, VersionId: 'v3' })
      .resolves({ PolicyVersion: { Document: assume(target('three')) } });
    expect(await traceRoles({ roleArn })).toEqual({
      reaches: [target('one'), target('three')],
      unbounded: ['* (two)'],
    });
  });

  it('a role that is gone reaches nothing', async () => {
    iam
      .on(ListRolePoliciesCommand)
      .rejects(new IAMServiceException({ name: 'NoSuchEntityException', $fault: 'client', $metadata: {} }));
    expect(await traceRoles({ roleArn })).toEqual({ reaches: [], unbounded: [] });
  });

  it('a refusal is no empty answer', async () => {
    iam
      .on(ListAttachedRolePoliciesCommand)
      .rejects(new IAMServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {} }));
    await expect(traceRoles({ roleArn })).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
