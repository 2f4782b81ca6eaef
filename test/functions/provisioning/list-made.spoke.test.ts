/** The roles under the path of grants, a page at a time. */
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { beforeEach, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ListMadeOutput } from '../../../functions/provisioning/contract.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';
import { fault } from '../trust/tighten-trust.ts';
import { environment } from './roles.ts';

const listMade = await handlerOf('provisioning', 'list-made');
const iam = mockClient(IAMClient);
const run = async (input: object) => ListMadeOutput.parse(await listMade(input));
const roleArn = `arn:aws:iam::${ACCOUNT}:role/podid/one`;
const listed = {
  Path: '/podid/',
  RoleName: 'one',
  RoleId: 'AROA1',
  Arn: roleArn,
  CreateDate: new Date('2026-11-21T12:00:00Z'),
};

beforeEach(() => {
  iam.reset();
  environment();
});

it('asks for that path alone, and goes on where the page before ended', async () => {
  iam.on(ListRolesCommand).resolves({ Roles: [listed], IsTruncated: true, Marker: 'more' });
  iam.on(ListRolesCommand, { Marker: 'more' }).resolves({ Roles: [], IsTruncated: false });
  expect(await run({})).toMatchObject({
    roles: [{ roleArn, createdAt: '2026-11-21T12:00:00.000Z' }],
    next: 'more',
  });
  const last = await run({ next: 'more' });
  expect([last.roles, last.next]).toEqual([[], undefined]);
  const asked = iam.commandCalls(ListRolesCommand).map((call) => call.args[0].input.PathPrefix);
  expect(asked).toEqual(['/podid/', '/podid/']);
});

it('a refusal is an error, not an empty account', async () => {
  iam.on(ListRolesCommand).rejects(fault('AccessDenied'));
  await expect(run({})).rejects.toMatchObject({ name: 'AccessDenied' });
});
