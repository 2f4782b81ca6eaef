/** EKS in this account and region: whether pods of a cluster can get credentials, and whether we can get in. */
import {
  type Cluster,
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
} from '@aws-sdk/client-eks';
import { inBatches } from '../runtime/batches.ts';
import { Failure, isFailure } from '../runtime/errors.ts';
import { answerIfThere } from './edge.ts';
import { eks } from './eks.ts';

/** What a cluster is under, as far as EKS knows; a part that we may not read is absent. */
export type ControlSeen =
  | { readonly present: false }
  | {
      readonly present: true;
      /** Another one when a cluster of the same name was made again. ISO 8601. */
      readonly createdAt: string;
      /** `none`: no add-on. A DaemonSet of somebody's own only Kubernetes knows. */
      readonly agent?:
        | { readonly kind: 'none' }
        | { readonly kind: 'built-in' }
        /** `status` as DescribeAddon has it. */
        | { readonly kind: 'add-on'; readonly status: string };
      /** The access entries of those asked for, in their order; one that has none is not in it. */
      readonly access?: { readonly principalArn: string; readonly groups: string[] }[];
    };

const AGENT = 'eks-pod-identity-agent';

/** Entries asked for at once. */
const AT_ONCE = 5;

/**
 * @param principalArns Whose access entries are looked for: our functions' roles.
 * @throws Failure Throttled, ServiceUnavailable; AccessDenied when not even the cluster may be described
 */
export const controlOf = async (name: string, principalArns: readonly string[] = []): Promise<ControlSeen> => {
  const answer = await answerIfThere('eks:DescribeCluster', () => eks().send(new DescribeClusterCommand({ name })));
  const cluster = answer?.cluster;
  if (cluster === undefined) return { present: false };
  if (cluster.createdAt === undefined) {
    throw new Failure('Refused', `EKS described cluster ${name} without its date of creation`);
  }
  const agent = await unlessDenied(() => agentOf(name, cluster));
  const access = await unlessDenied(() => entriesOf(name, cluster, principalArns));
  return {
    present: true,
    createdAt: cluster.createdAt.toISOString(),
    ...(agent !== undefined && { agent }),
    ...(access !== undefined && { access }),
  };
};

type Present = Extract<ControlSeen, { present: true }>;

const agentOf = async (clusterName: string, cluster: Cluster): Promise<NonNullable<Present['agent']>> => {
  // Auto Mode: its nodes have the agent in their image.
  if (cluster.computeConfig?.enabled) return { kind: 'built-in' };
  const answer = await answerIfThere('eks:DescribeAddon', () =>
    eks().send(new DescribeAddonCommand({ clusterName, addonName: AGENT })),
  );
  // A status that isn't told is none that works.
  return answer?.addon === undefined ? { kind: 'none' } : { kind: 'add-on', status: answer.addon.status ?? 'UNKNOWN' };
};

const entriesOf = async (
  clusterName: string,
  cluster: Cluster,
  principalArns: readonly string[],
): Promise<NonNullable<Present['access']>> => {
  // No entry holds there, and EKS refuses to show any.
  if (cluster.accessConfig?.authenticationMode === 'CONFIG_MAP') return [];
  const entries = await inBatches(principalArns, AT_ONCE, async (principalArn) => {
    const answer = await answerIfThere('eks:DescribeAccessEntry', () =>
      eks().send(new DescribeAccessEntryCommand({ clusterName, principalArn })),
    );
    const entry = answer?.accessEntry;
    return entry === undefined ? [] : [{ principalArn, groups: [...(entry.kubernetesGroups ?? [])] }];
  });
  return entries.flat();
};

const unlessDenied = async <Part>(read: () => Promise<Part>): Promise<Part | undefined> => {
  try {
    return await read();
  } catch (error) {
    if (isFailure(error, 'AccessDenied')) return undefined;
    throw error;
  }
};
