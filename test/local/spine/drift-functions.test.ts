/** The spokes' functions for drift, as they are deployed: real bundles, and what each one's own role lets it do. */
import { isDeepStrictEqual } from 'node:util';
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
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actualFrom } from '../../../functions/drift/actual.ts';
import { OBJECT_SCHEMAS } from '../../../functions/drift/kept.ts';
import { markDirty } from '../../../functions/drift/marking.ts';
import { MendRoleOutput, ReadClusterOutput, ReadObjectOutput } from '../../../functions/drift/spoke-contract.ts';
import { clusterArn } from '../../../functions/identity.ts';
import { SETUP_LINES } from '../../../functions/kubernetes-setup.ts';
import { functionName, spokeRoleName } from '../../../functions/names.ts';
import { readAnswer } from '../../../functions/runtime/spoke-call.ts';
import { setupManifests } from '../../functions/setup-objects.ts';
import { FOR_PODS, fleet, policy, REGION, roleArn, SHOP } from './fleets.ts';
import { as, clusterAt, eventually, type Running, startFleet, storeOf } from './harness.ts';

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

const invoke = async (file: string, input: object, profile = 'shop'): Promise<unknown> => {
  const FunctionName = functionName(file);
  const client = new LambdaClient(as(demo, profile));
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

describe('what the cluster itself says', () => {
  const inside = async () => ReadClusterOutput.parse(await invoke('read-cluster', cluster));
  const agent = { apiVersion: 'apps/v1', kind: 'DaemonSet' };

  /** Waits until a look by the hub's function leaves these reasons. What is due is looked at by the clock, too, and then it isn't our turn. */
  const found = async (...reasons: string[]): Promise<unknown> => {
    const { objects, findings } = storeOf(demo);
    const key = clusterArn(cluster);
    const ref = { object: 'cluster', cluster };
    return eventually(`findings: ${reasons.join(', ') || 'none'}`, async () => {
      await markDirty(objects(OBJECT_SCHEMAS), key, Date.now(), () => 'd-test', 30);
      await invoke('look-at-object', { ref, execution: 'd-test', looks: 0, because: 'told' }, 'hub');
      const open = (await findings.of(key)).filter(({ state }) => state === 'open');
      return isDeepStrictEqual(
        open.map(({ reason }) => reason),
        reasons,
      );
    });
  };

  it('is what podid may do there: losing it is found, and that it is back', async () => {
    const { local } = clusterAt(demo, 'shop');
    expect((await inside()).rbac).toEqual(SETUP_LINES.toSorted());
    const binding = setupManifests().filter(
      ({ kind, metadata }) => kind === 'ClusterRoleBinding' && metadata?.name === 'podid-observe',
    );
    await local.remove(binding);
    expect(await inside()).toEqual({ rbac: [] });
    await found('RbacLost');
    await local.apply(binding);
    await found();
  }, 150_000);

  it('is the agent that somebody runs by themselves', async () => {
    const { local } = clusterAt(demo, 'shop');
    const metadata = { name: 'eks-pod-identity-agent', namespace: 'kube-system' };
    const labels = { app: metadata.name };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: 'agent', image: 'registry.example/agent:1' }] },
    };
    expect((await inside()).agent).toEqual({ kind: 'none' });
    await local.apply([{ ...agent, metadata, spec: { selector: { matchLabels: labels }, template } }]);
    await eventually('the agent on every node', async () => {
      const seen = (await inside()).agent;
      return seen?.kind === 'daemon-set' && seen.ready;
    });
    await local.remove([{ ...agent, metadata }]);
    expect((await inside()).agent).toEqual({ kind: 'none' });
  });
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
