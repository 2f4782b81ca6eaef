/** The spokes' functions for trust, as they are deployed: real bundles, and what each one's own role lets it do. */
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { functionName, spokeRoleName } from '../../../functions/names.ts';
import { parsePolicy } from '../../../functions/policy/index.ts';
import { readAnswer } from '../../../functions/runtime/spoke-call.ts';
import { ReadRoleOutput, RolesOfPolicyOutput, TightenOutput } from '../../../functions/trust/contract.ts';
import { digestOf } from '../../../functions/trust/digest.ts';
import { admits, podIdentity } from '../../../functions/trust/reach/index.ts';
import { FOR_PODS, fleet, inShop, podRole, policy, REGION, roleArn, SHOP } from './fleets.ts';
import { as, type Running, startFleet } from './harness.ts';
import { podCredentials, scan } from './pods.ts';

let demo: Running;
const iam = () => new IAMClient(as(demo, 'shop'));
const MANAGED = roleArn('team/managed');

// In mode observe: nothing but these tests calls the functions that write.
beforeAll(async () => {
  demo = await startFleet(
    fleet({
      clusters: [{ name: 'shop', members: ['orders', 'theirs'], mode: 'observe' }],
      roles: [podRole('chained', roleArn('target')), podRole('target')],
    }),
    {
      configure: (config) => ({
        ...config,
        spokes: config.spokes.map((spoke) => ({
          ...spoke,
          managedRoles: ['orders', 'team/*', 'protected'],
          excludedRoles: ['protected'],
        })),
      }),
    },
  );
  const AssumeRolePolicyDocument = JSON.stringify(FOR_PODS);
  await iam().send(new CreateRoleCommand({ RoleName: 'managed', Path: '/team/', AssumeRolePolicyDocument }));
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

const invoke = async (file: string, input: object): Promise<unknown> => {
  const FunctionName = functionName(file);
  const client = new LambdaClient(as(demo, 'shop'));
  return readAnswer(
    FunctionName,
    await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(input) })),
  );
};
const read = async (arn: string, ...mayReach: string[]) => {
  const answer = ReadRoleOutput.parse(await invoke('read-role', { roleArn: arn, mayReach }));
  if (answer.role === 'gone') throw new Error(`${arn} is gone`);
  return answer;
};
const identityOf = (serviceAccount: string) => ({
  account: SHOP,
  region: REGION,
  cluster: 'shop',
  namespace: 'checkout',
  serviceAccount,
});
const tighten = async (arn: string, serviceAccount: string, more: object = {}) => {
  const { roleArn: real, roleId, trust } = await read(arn);
  const identities = [identityOf(serviceAccount)];
  const input = { roleArn: real, roleId, digest: digestOf(trust), identities, asker: 'trust-test', ...more };
  return TightenOutput.parse(await invoke('tighten-trust', input));
};
const trustNow = async (RoleName: string) => {
  const { Role } = await iam().send(new GetRoleCommand({ RoleName }));
  return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
};

it('read-role reads a role, its permissions and its boundary', async () => {
  expect(await read(roleArn('managed'))).toMatchObject({
    roleArn: MANAGED,
    trust: JSON.stringify(FOR_PODS),
    chains: [],
  });
  const chain = { sourceRoleArn: roleArn('chained'), targetRoleArn: roleArn('target') };
  expect((await read(roleArn('chained'), roleArn('target'), roleArn('orders'))).chains).toEqual([
    { ...chain, assumeRole: 'allow', tagSession: 'allow' },
    { ...chain, targetRoleArn: roleArn('orders'), assumeRole: 'deny', tagSession: 'deny' },
  ]);
  const limits = policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });
  const { Policy } = await iam().send(
    new CreatePolicyCommand({ PolicyName: 'limits', PolicyDocument: JSON.stringify(limits) }),
  );
  await iam().send(
    new PutRolePermissionsBoundaryCommand({ RoleName: 'chained', PermissionsBoundary: Policy?.Arn ?? '' }),
  );
  expect((await read(roleArn('chained'), roleArn('target'))).chains).toEqual([
    { ...chain, assumeRole: 'allow', tagSession: 'deny' },
  ]);
}, 60_000);

it('roles-of-policy finds who bears a policy, under whatever path', async () => {
  const document = JSON.stringify(policy({ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: '*' }));
  const { Policy } = await iam().send(new CreatePolicyCommand({ PolicyName: 'shared', PolicyDocument: document }));
  const PolicyArn = Policy?.Arn ?? '';
  for (const RoleName of ['managed', 'theirs']) await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const found = RolesOfPolicyOutput.parse(await invoke('roles-of-policy', { policyArn: PolicyArn, account: SHOP }));
  expect(found.roleArns.toSorted()).toEqual([MANAGED, roleArn('theirs')]);
}, 60_000);

it('tighten-trust narrows a role under management, and its pods keep their access', async () => {
  const outcome = await tighten(roleArn('orders'), 'orders');
  expect(outcome).toMatchObject({ status: 'written', before: JSON.stringify(FOR_PODS) });
  const trust = await trustNow('orders');
  expect(trust).toBe(outcome.after);
  const admitted = (name: string) =>
    admits(parsePolicy(trust), podIdentity({ account: SHOP, partition: 'aws' }), identityOf(name)).admitted;
  expect([admitted('orders'), admitted('theirs')]).toEqual([true, false]);
  expect(await scan(demo, await podCredentials(demo, inShop('orders')))).toBe('ok');
  expect(await tighten(roleArn('orders'), 'orders')).toMatchObject({ status: 'unchanged' });
  expect(await tighten(MANAGED, 'orders')).toMatchObject({ status: 'written' });
}, 60_000);

it('a role that nobody opted in stays as it is', async () => {
  const before = await trustNow('theirs');
  expect(await tighten(roleArn('theirs'), 'theirs')).toMatchObject({
    status: 'refused',
    because: expect.stringMatching(/not under management/),
  });
  expect(await trustNow('theirs')).toBe(before);
}, 60_000);

it("without its permission the function can do nothing, and says which is missing in AWS's words", async () => {
  const name = { RoleName: spokeRoleName('tighten-trust', REGION), PolicyName: 'podid' };
  const { PolicyDocument = '' } = await iam().send(new GetRolePolicyCommand(name));
  const AssumeRolePolicyDocument = JSON.stringify(FOR_PODS);
  await iam().send(new CreateRoleCommand({ RoleName: 'second', Path: '/team/', AssumeRolePolicyDocument }));
  await iam().send(new DeleteRolePolicyCommand(name));
  await expect(tighten(roleArn('team/second'), 'orders')).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringMatching(/podid-tighten-trust-eu-west-1.* is not authorized to perform: iam:GetRole/),
  });
  await iam().send(new PutRolePolicyCommand({ ...name, PolicyDocument: decodeURIComponent(PolicyDocument) }));
  expect(await tighten(roleArn('team/second'), 'orders')).toMatchObject({ status: 'written' });
}, 60_000);
