/** Makes a fleet's clusters, roles, tables, associations and workloads, through the same calls that a user would make, but for what nobody could see. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { clusterArn } from '../../functions/identity.ts';
import { partitionOf } from '../../functions/partition.ts';
import type { Cloud } from '../contract.ts';
import type { LocalCluster } from '../kubernetes/index.ts';
import { olderAssociations } from '../services/eks/index.ts';
import type { LoadedFleet } from './load.ts';
import type { Fleet, FleetAccount, FleetCluster } from './schema.ts';

export type RunningCluster = {
  readonly account: FleetAccount;
  readonly cluster: FleetCluster;
  readonly local: LocalCluster;
};

type Table = FleetAccount['tables'][number];
type Role = FleetAccount['roles'][number];

/** Roles of all accounts; those whose trust names other roles come last, since IAM refuses a principal that doesn't exist. */
export const buildRoles = async (cloud: Cloud, fleet: Fleet): Promise<void> => {
  const roles = fleet.accounts.flatMap((account) => account.roles.map((role) => ({ account, role })));
  const namesRoles = (role: Role) => JSON.stringify(role.trust).includes(':role/');
  for (const { account, role } of [
    ...roles.filter(({ role }) => !namesRoles(role)),
    ...roles.filter(({ role }) => namesRoles(role)),
  ]) {
    await buildRole(cloud, fleet, account, role);
  }
};

const buildRole = async (cloud: Cloud, fleet: Fleet, account: FleetAccount, role: Role): Promise<void> => {
  const { caller } = cloud.administrator(account.id);
  const iam = (operation: string, input: object) =>
    cloud
      .call('iam', operation, input, { caller, region: fleet.region })
      .catch(notBuilt(() => `the role ${role.name} of ${account.name}`));
  const RoleName = role.name;
  await iam('CreateRole', {
    RoleName,
    Path: role.path,
    AssumeRolePolicyDocument: JSON.stringify(role.trust),
    Tags: Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
    ...(role.boundaryArn === undefined ? {} : { PermissionsBoundary: role.boundaryArn }),
  });
  for (const [PolicyName, document] of Object.entries(role.policies)) {
    await iam('PutRolePolicy', { RoleName, PolicyName, PolicyDocument: JSON.stringify(document) });
  }
  for (const PolicyArn of role.managedPolicyArns) await iam('AttachRolePolicy', { RoleName, PolicyArn });
};

/** Tables with their items, in each account's own DynamoDB. */
export const buildTables = async (cloud: Cloud, fleet: Fleet): Promise<void> => {
  for (const account of fleet.accounts) {
    for (const table of account.tables) {
      const { credentials } = cloud.administrator(account.id);
      const client = new DynamoDBClient({ endpoint: cloud.endpoint, region: table.region, credentials });
      await client.send(
        new CreateTableCommand({
          TableName: table.name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: table.hashKey, AttributeType: 'S' }],
          KeySchema: [{ AttributeName: table.hashKey, KeyType: 'HASH' }],
        }),
      );
      await putItems(client, table);
      client.destroy();
    }
  }
};

/** 25 at a time: BatchWriteItem's limit. */
const putItems = async (client: DynamoDBClient, { name, items }: Table): Promise<void> => {
  for (let at = 0; at < items.length; at += 25) {
    const requests = items.slice(at, at + 25).map((item) => ({
      PutRequest: { Item: Object.fromEntries(Object.entries(item).map(([key, value]) => [key, attribute(value)])) },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: requests } }));
  }
};

const attribute = (value: string | number | boolean): AttributeValue =>
  typeof value === 'string' ? { S: value } : typeof value === 'number' ? { N: String(value) } : { BOOL: value };

/**
 * The associations of all clusters: by a call each, or, where they are older than the control plane, without one, since nobody would see its record.
 * @throws FleetNotBuilt naming the one that EKS refuses
 */
export const buildAssociations = async (cloud: Cloud, fleet: Fleet): Promise<void> => {
  for (const account of fleet.accounts) {
    const { caller } = cloud.administrator(account.id);
    for (const cluster of account.clusters) {
      const older = fleet.associationsFirst ? olderAssociations(cloud, arnsOf(account, cluster).cluster) : undefined;
      for (const association of cluster.associations) {
        try {
          const input = { clusterName: cluster.name, ...association };
          if (older !== undefined) older(association);
          else await cloud.call('eks', 'CreatePodIdentityAssociation', input, { caller, region: cluster.region });
        } catch (error) {
          notBuilt(() => `${association.namespace}/${association.serviceAccount} of ${cluster.name}`)(error);
        }
      }
    }
  }
};

/** The workloads of all clusters; associations come before, since pods are injected when they are created. */
export const buildWorkloads = async ({ manifests }: LoadedFleet, running: readonly RunningCluster[]): Promise<void> => {
  for (const { cluster, local } of running) {
    await local.apply(manifests(cluster)).catch(notBuilt(() => `the manifests of ${cluster.name}`));
  }
};

/** Something in the fleet that the cloud refuses. */
export class FleetNotBuilt extends Error {
  override readonly name = 'FleetNotBuilt';
}

const notBuilt =
  (what: () => string) =>
  (cause: unknown): never => {
    throw new FleetNotBuilt(`${what()}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  };

/** The nodes as the cluster sees them: their instance is in `providerID`, in the first zone of the region. */
export const nodesOf = (cluster: FleetCluster) =>
  cluster.nodes.map(({ name, instanceId, labels }) => ({
    name,
    labels: {
      'topology.kubernetes.io/region': cluster.region,
      'topology.kubernetes.io/zone': `${cluster.region}a`,
      ...labels,
    },
    providerID: `aws:///${cluster.region}a/${instanceId}`,
  }));

/** ARNs that a fleet's entries imply. */
export const arnsOf = (account: FleetAccount, cluster: FleetCluster) => ({
  cluster: clusterArn({ account: account.id, region: cluster.region, cluster: cluster.name }),
  nodeRole: `arn:${partitionOf(cluster.region).name}:iam::${account.id}:role/${cluster.nodeRole}`,
  instanceProfile: `arn:${partitionOf(cluster.region).name}:iam::${account.id}:instance-profile/${cluster.nodeRole}`,
});

/** The region in which an account's profile works: its first cluster's, else the fleet's. */
export const profileRegion = (fleet: Fleet, account: FleetAccount): string =>
  account.clusters[0]?.region ?? fleet.region;
