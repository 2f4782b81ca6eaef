/** Clouds that come and go: a hundred without a leak, two at once that share nothing, many callers of one. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CreatePodIdentityAssociationCommand, DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { expect, test } from '@jest/globals';
import { createCloud, type LocalCloud } from '../../../local/cloud.ts';
import { clustersOf } from '../../../local/clusters.ts';
import { buildAssociations, buildRoles, buildWorkloads } from '../../../local/fleet/build.ts';
import { generatedFleet } from '../../../local/fleet/generate.ts';
import { fleetOf } from '../../../local/fleet/load.ts';
import { services } from '../../../local/services/index.ts';
import { eventually } from '../spine/harness.ts';
import { folder } from './folder.ts';

const REGION = 'eu-west-1';
const ACCOUNT = '200000000000';
const loaded = fleetOf(generatedFleet({ clusters: 1, associations: 2, workloads: 1, seed: 1 }), '.');
const dir = folder();

/** Everything of a start but the control plane: endpoint, roles, a cluster with its Kubernetes API, associations, workloads. */
const start = async (): Promise<LocalCloud> => {
  const cloud = createCloud();
  for (const service of services) cloud.addService(service);
  for (const { id } of loaded.fleet.accounts) cloud.addAccount(id);
  await cloud.listen();
  await buildRoles(cloud, loaded.fleet);
  const running = await clustersOf(cloud, loaded.fleet, dir(), 'embedded');
  await buildAssociations(cloud, loaded.fleet);
  await buildWorkloads(loaded, running);
  return cloud;
};

const clientsOf = (cloud: LocalCloud) => {
  const config = {
    endpoint: cloud.endpoint,
    region: REGION,
    credentials: cloud.administrator(ACCOUNT).credentials,
    maxAttempts: 1,
  };
  return { eks: new EKSClient(config), iam: new IAMClient(config) };
};

/** What keeps a process alive, by kind, and who listens to the process. */
const held = () => ({
  resources: process.getActiveResourcesInfo().filter((kind) => !/^(Immediate|CloseReq|PipeWrap)$/.test(kind)).length,
  listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
});

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

test('a hundred starts and stops leave no handle, no listener and no cloud behind', async () => {
  const round = async (): Promise<WeakRef<LocalCloud>> => {
    const cloud = await start();
    const { eks } = clientsOf(cloud);
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'c-000' }));
    expect(cluster?.status).toBe('ACTIVE');
    eks.destroy();
    await cloud.close();
    return new WeakRef(cloud);
  };
  // The first one loads what every later one has.
  await round();
  const before = held();
  const gone: WeakRef<LocalCloud>[] = [];
  for (let count = 0; count < 100; count += 1) gone.push(await round());
  const left = await eventually('what is closed is gone', async () => {
    collect();
    const clouds = gone.filter((cloud) => cloud.deref() !== undefined).length;
    // The last ones may still be on the stack, or in a socket's last callback.
    return clouds <= 2 && held();
  });
  expect(left).toEqual(before);
}, 180_000);

test('two clouds at once share nothing: accounts, roles, keys and clusters of the same names are two things', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  try {
    const [first, second] = [clientsOf(one), clientsOf(two)];
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    });
    await first.iam.send(new CreateRoleCommand({ RoleName: 'only-here', AssumeRolePolicyDocument }));
    await expect(second.iam.send(new GetRoleCommand({ RoleName: 'only-here' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    const [c1, c2] = await Promise.all(
      [first, second].map(({ eks }) => eks.send(new DescribeClusterCommand({ name: 'c-000' }))),
    );
    expect(c1?.cluster?.arn).toBe(c2?.cluster?.arn);
    expect(c1?.cluster?.endpoint).not.toBe(c2?.cluster?.endpoint);
    const stolen = new IAMClient({
      endpoint: two.endpoint,
      region: REGION,
      credentials: one.administrator(ACCOUNT).credentials,
      maxAttempts: 1,
    });
    await expect(stolen.send(new GetRoleCommand({ RoleName: 'node' }))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    await one.close();
    await expect(second.iam.send(new GetRoleCommand({ RoleName: 'node' }))).resolves.toMatchObject({
      Role: { RoleName: 'node' },
    });
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

test('of many callers who want the same, one gets it, and of those who want different things, all', async () => {
  const cloud = await start();
  try {
    const { eks } = clientsOf(cloud);
    const create = (serviceAccount: string) =>
      eks
        .send(
          new CreatePodIdentityAssociationCommand({
            clusterName: 'c-000',
            namespace: 'crowd',
            serviceAccount,
            roleArn: `arn:aws:iam::${ACCOUNT}:role/app-00`,
          }),
        )
        .then(
          ({ association }) => association?.associationId,
          (error: Error) => error.name,
        );
    const same = await Promise.all(Array.from({ length: 40 }, () => create('one')));
    expect(same.filter((answer) => answer?.startsWith('a-'))).toHaveLength(1);
    expect(same.filter((answer) => answer === 'ResourceInUseException')).toHaveLength(39);
    const different = await Promise.all(Array.from({ length: 40 }, (_, index) => create(`app-${index}`)));
    expect(new Set(different.filter((answer) => answer?.startsWith('a-'))).size).toBe(40);
  } finally {
    await cloud.close();
  }
});
