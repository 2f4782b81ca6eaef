import { GetRoleCommand, IAMClient, IAMServiceException, ListEntitiesForPolicyCommand } from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { RolesOfPolicyOutput } from '../../../functions/trust/contract.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';

const rolesOfPolicy = await handlerOf('trust', 'roles-of-policy');
const iam = mockClient(IAMClient);

const policyArn = `arn:aws:iam::${ACCOUNT}:policy/chain`;
const arnOf = (name: string) => `arn:aws:iam::${ACCOUNT}:role/team/${name}`;
const bearing = (...names: string[]) => names.map((RoleName) => ({ RoleName, RoleId: `AROA${RoleName}` }));
const missing = new IAMServiceException({ name: 'NoSuchEntityException', $fault: 'client', $metadata: {} });

beforeEach(() => {
  iam.reset();
  iam.on(GetRoleCommand).callsFake(({ RoleName }) => ({ Role: { Arn: arnOf(RoleName), Path: '/team/', RoleName } }));
});

describe('roles-of-policy', () => {
  it('follows all pages, and names each role once, with its path', async () => {
    iam
      .on(ListEntitiesForPolicyCommand, { PolicyArn: policyArn, EntityFilter: 'Role' })
      .resolves({ PolicyRoles: bearing('one', 'two'), IsTruncated: true, Marker: 'm' })
      .on(ListEntitiesForPolicyCommand, { PolicyArn: policyArn, EntityFilter: 'Role', Marker: 'm' })
      // As a boundary, too.
      .resolves({ PolicyRoles: bearing('two', 'three'), IsTruncated: false });
    const answer = await rolesOfPolicy({ policyArn, account: ACCOUNT });
    expect(answer).toEqual({ roleArns: [arnOf('one'), arnOf('two'), arnOf('three')] });
    expect(iam.commandCalls(ListEntitiesForPolicyCommand)).toHaveLength(2);
    expect(iam.commandCalls(ListEntitiesForPolicyCommand)[0]?.args[0].input).not.toHaveProperty('PolicyUsageFilter');
  });

  it("reads the ARNs of 100, and says how many it didn't", async () => {
    const names = Array.from({ length: 130 }, (_, index) => `r${index}`);
    iam.on(ListEntitiesForPolicyCommand).resolves({ PolicyRoles: bearing(...names) });
    const answer = RolesOfPolicyOutput.parse(await rolesOfPolicy({ policyArn, account: ACCOUNT }));
    expect(answer).toEqual({ roleArns: names.slice(0, 100).map(arnOf), omitted: 30 });
    expect(iam.commandCalls(GetRoleCommand)).toHaveLength(100);
  });

  it('leaves out a role that went in between', async () => {
    iam.on(ListEntitiesForPolicyCommand).resolves({ PolicyRoles: bearing('one', 'two') });
    iam.on(GetRoleCommand, { RoleName: 'one' }).rejects(missing);
    expect(await rolesOfPolicy({ policyArn, account: ACCOUNT })).toEqual({ roleArns: [arnOf('two')] });
  });

  it('a policy that is gone is borne by nobody', async () => {
    iam.on(ListEntitiesForPolicyCommand).rejects(missing);
    expect(await rolesOfPolicy({ policyArn, account: ACCOUNT })).toEqual({ roleArns: [] });
  });

  it("takes AWS's own policies", async () => {
    iam.on(ListEntitiesForPolicyCommand).resolves({ PolicyRoles: bearing('one') });
    expect(await rolesOfPolicy({ policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess', account: ACCOUNT })).toEqual({
      roleArns: [arnOf('one')],
    });
  });
});

describe('failures', () => {
  it.each([
    ['another account', policyArn, '444455556666'],
    ["another account's policy", 'arn:aws:iam::444455556666:policy/chain', ACCOUNT],
    ['no ARN', 'chain', ACCOUNT],
  ])('%s is refused before IAM is asked', async (_, arn, account) => {
    await expect(rolesOfPolicy({ policyArn: arn, account })).rejects.toMatchObject({ name: 'Refused' });
    expect(iam.calls()).toEqual([]);
  });

  it('a throttled page is no end of the list', async () => {
    iam
      .on(ListEntitiesForPolicyCommand)
      .resolvesOnce({ PolicyRoles: bearing('one'), IsTruncated: true, Marker: 'm' })
      .rejects(new IAMServiceException({ name: 'Throttling', $fault: 'client', $metadata: { httpStatusCode: 400 } }));
    await expect(rolesOfPolicy({ policyArn, account: ACCOUNT })).rejects.toMatchObject({ name: 'Throttled' });
  });
});
