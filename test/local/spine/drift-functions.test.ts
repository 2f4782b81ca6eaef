/** The spokes' functions for drift, as they are deployed: real bundles, and what each one's own role lets it do. */
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { actualFrom } from '../../../functions/drift/actual.ts';
import { MendRoleOutput, ReadObjectOutput } from '../../../functions/drift/spoke-contract.ts';
import { functionName, spokeRoleName } from '../../../functions/names.ts';
import { readAnswer } from '../../../functions/runtime/spoke-call.ts';
import { FOR_PODS, fleet, policy, REGION, roleArn, SHOP } from './fleets.ts';
import { as, type Running, startFleet } from './harness.ts';

let demo: Running;
const iam = () => new IAMClient(as(demo, 'shop'));
const MANAGED = roleArn('team/managed');
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const cluster = { account: SHOP, region: REGION, cluster: 'shop' };

beforeAll(async () => {
  // In mode observe: nothing but these tests calls the functions that write.
  demo = await startFleet(fleet({ clusters: [{ name: 'shop', members: ['orders'], mode: 'observe' }] }), {
    configure: (config) => ({
      ...config,
      spokes: config.spokes.map((spoke) => ({ ...spoke, managedRoles: ['team/*'] })),
    }),
  });
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
const look = async (ref: object, more: object = {}) =>
  actualFrom(ReadObjectOutput.parse(await invoke('read-object', { ref, ...more })));
const mend = async (deeds: object[], arn = MANAGED) =>
  MendRoleOutput.parse(await invoke('mend-role', { asker: 'reconcile-test', roleArn: arn, deeds }));
const role = (arn = MANAGED) => look({ object: 'role', roleArn: arn });

it('what an intruder adds to a role is seen, and taken away again', async () => {
  const before = await role();
  const RoleName = 'managed';
  const stranger = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${SHOP}:root` }, Action: 'sts:AssumeRole' };
  const everything = JSON.stringify(policy({ Effect: 'Allow', Action: '*', Resource: '*' }));
  const { Policy } = await iam().send(new CreatePolicyCommand({ PolicyName: 'own', PolicyDocument: everything }));
  await iam().send(
    new UpdateAssumeRolePolicyCommand({
      RoleName,
      PolicyDocument: JSON.stringify({ ...FOR_PODS, Statement: [...FOR_PODS.Statement, stranger] }),
    }),
  );
  await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn: ADMINISTRATOR }));
  await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
  await iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: 'intruders', PolicyDocument: everything }));

  const changed = await role();
  expect(changed.complete).toBe(true);
  expect(Object.keys(changed.facets).sort()).toEqual(
    [
      'exists',
      'trust',
      'inline:intruders',
      `attached:${ADMINISTRATOR}`,
      `attached:${Policy?.Arn}`,
      `version:${Policy?.Arn}`,
    ].sort(),
  );
  const deeds = [
    { do: 'trust', document: before.facets.trust },
    { do: 'detach', arn: ADMINISTRATOR },
    { do: 'detach', arn: Policy?.Arn },
    { do: 'delete-inline', name: 'intruders' },
  ];
  expect(await mend(deeds)).toMatchObject({ status: 'mended', wrote: expect.arrayContaining(['trust']) });
  expect((await role()).facets).toEqual(before.facets);
  expect(await mend(deeds)).toMatchObject({ status: 'kept', wrote: [] });
});

it('nothing is given: no trust for more, and no role that is not opted in', async () => {
  const everybody = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }],
  };
  expect(await mend([{ do: 'trust', document: JSON.stringify(everybody) }])).toMatchObject({
    status: 'refused',
    wrote: [],
  });
  expect(await mend([{ do: 'delete-inline', name: 'x' }], roleArn('orders'))).toMatchObject({ status: 'refused' });
});

it('an association, and the cluster', async () => {
  const identity = { ...cluster, namespace: 'checkout', serviceAccount: 'orders' };
  expect((await look({ object: 'association', identity })).facets).toMatchObject({ role: roleArn('orders') });
  const none = { ...identity, serviceAccount: 'nobody' };
  expect(await look({ object: 'association', identity: none })).toMatchObject({ complete: true, facets: {} });
  const gone = { ...none, cluster: 'closed' };
  expect((await look({ object: 'association', identity: gone })).facets).toEqual({ cluster: 'gone' });
  const principals = [roleArn(spokeRoleName('restart', REGION))];
  const seen = await look({ object: 'cluster', cluster }, { principals });
  expect(seen.facets).toMatchObject({ exists: expect.any(String), access: expect.stringContaining('podid-restart') });
});

it('its own role decides, too', async () => {
  const RoleName = spokeRoleName('mend-role', REGION);
  const frozen = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'iam:DeleteRolePolicy', Resource: '*' }],
  };
  await iam().send(
    new PutRolePolicyCommand({
      RoleName: 'managed',
      PolicyName: 'more',
      PolicyDocument: JSON.stringify(policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' })),
    }),
  );
  await iam().send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'frozen', PolicyDocument: JSON.stringify(frozen) }),
  );
  await expect(mend([{ do: 'delete-inline', name: 'more' }])).rejects.toMatchObject({ name: 'AccessDenied' });
  await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'frozen' }));
  expect(await mend([{ do: 'delete-inline', name: 'more' }])).toMatchObject({ status: 'mended' });
});
