/** Generated fleets: as big as asked for, good, the same for the same seed; and built by the rules of EKS and IAM. */
import { afterEach, expect, test } from '@jest/globals';
import { createCloud, type LocalCloud } from '../../../local/cloud.ts';
import { buildAssociations, buildRoles } from '../../../local/fleet/build.ts';
import { generatedFleet } from '../../../local/fleet/generate.ts';
import { fleetOf } from '../../../local/fleet/load.ts';
import type { Fleet } from '../../../local/fleet/schema.ts';
import { addCluster, clusterByArn } from '../../../local/services/eks/index.ts';
import { services } from '../../../local/services/index.ts';

const SIZE = { clusters: 7, associations: 60, workloads: 2, seed: 4 };

const clouds: LocalCloud[] = [];
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close();
});

/** A cloud with a fleet's accounts, roles and clusters, and no Kubernetes behind them. */
const cloudOf = async (fleet: Fleet): Promise<LocalCloud> => {
  const cloud = createCloud();
  clouds.push(cloud);
  for (const service of services) cloud.addService(service);
  for (const account of fleet.accounts) {
    cloud.addAccount(account.id);
    for (const { name, region } of account.clusters) {
      addCluster(cloud, {
        account: account.id,
        region,
        name,
        endpoint: 'https://127.0.0.1:6443',
        certificateAuthority: '',
        issuer: `https://oidc.eks.${region}.amazonaws.com/id/${name}`,
        reviewToken: async () => ({ namespace: 'ns', serviceAccount: 'a' }),
      });
    }
  }
  await buildRoles(cloud, fleet);
  return cloud;
};

test('it has the size that was asked for, in accounts of five clusters', () => {
  const { fleet, manifests } = fleetOf(generatedFleet(SIZE), '.');
  expect(fleet.accounts.map(({ clusters }) => clusters.length)).toEqual([0, 5, 2]);
  const clusters = fleet.accounts.flatMap((account) => account.clusters);
  expect(new Set(clusters.map(({ name }) => name)).size).toBe(7);
  for (const cluster of clusters) {
    expect(cluster.associations).toHaveLength(60);
    expect(manifests(cluster).filter((one) => 'kind' in one && one.kind === 'Deployment')).toHaveLength(2);
  }
});

test('the same seed gives the same fleet, another seed another', () => {
  expect(generatedFleet(SIZE)).toEqual(generatedFleet(SIZE));
  expect(generatedFleet({ ...SIZE, seed: 5 })).not.toEqual(generatedFleet(SIZE));
});

test.each([
  ['by calls, each with its record', false, 7 * 60],
  ['as older ones, without', true, 0],
])('EKS takes every association of it %s; they are the same then', async (_, associationsFirst, records) => {
  const { fleet } = fleetOf({ ...generatedFleet(SIZE), associationsFirst }, '.');
  const cloud = await cloudOf(fleet);
  const names: unknown[] = [];
  cloud.onRecord(({ detail }) => names.push(detail.eventName));
  await buildAssociations(cloud, fleet);
  expect(names).toEqual(Array.from({ length: records }, () => 'CreatePodIdentityAssociation'));
  for (const { id, clusters } of fleet.accounts) {
    for (const { name, region, associations } of clusters) {
      const built = clusterByArn(cloud, `arn:aws:eks:${region}:${id}:cluster/${name}`)?.associations;
      expect([...(built?.values() ?? [])]).toEqual(
        associations.map((association) => ({
          ...association,
          id: expect.stringMatching(/^a-[a-z0-9]{17}$/),
          arn: expect.stringMatching(new RegExp(`^arn:aws:eks:${region}:${id}:podidentityassociation/${name}/a-`)),
          externalId: `${region}/${id}/${name}/${association.namespace}/${association.serviceAccount}`,
          tags: new Map(),
          createdAt: expect.any(Date),
          modifiedAt: expect.any(Date),
        })),
      );
    }
  }
});

test.each([true, false])(
  'what EKS refuses is told with the service account and the cluster (older: %s)',
  async (associationsFirst) => {
    const { fleet } = fleetOf({ ...generatedFleet({ ...SIZE, clusters: 1, associations: 1 }), associationsFirst }, '.');
    const cluster = fleet.accounts[1]?.clusters[0];
    const wrong = cluster?.associations.map((one) => ({ ...one, roleArn: one.roleArn.replace(/app-\d+$/, 'gone') }));
    const cloud = await cloudOf(fleet);
    Object.assign(cluster ?? {}, { associations: wrong });
    await expect(buildAssociations(cloud, fleet)).rejects.toThrow(
      'team-000/app-00 of c-000: Role provided in the request does not exist.',
    );
  },
);
