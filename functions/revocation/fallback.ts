/** What a pod without Pod Identity falls back on: IRSA, or the role of the node it runs on. */
import type { Fallback } from './contract.ts';

/** A node that runs pods of the service account, with what could be found out about it. */
export type NodeFacts = {
  readonly name: string;
  readonly kind: 'ec2' | 'fargate' | 'other';
  /** One of the pods on it uses the node's network. */
  readonly hostNetwork: boolean;
  /** The instance's metadata service; undefined when it could not be read, for the reason in `unread`. */
  readonly metadata?:
    | { readonly endpoint: boolean; readonly tokensRequired: boolean; readonly hopLimit: number }
    | undefined;
  readonly roleArn?: string | undefined;
  readonly unread?: string | undefined;
};

type NodeRole = Fallback['nodeRoles'][number];

/** Nodes that give the same role in the same way become one entry; the reachable ones come first. */
export const fallbackOf = (irsaRoleArn: string | undefined, nodes: readonly NodeFacts[]): Fallback => {
  const groups = new Map<string, NodeRole>();
  for (const node of nodes) {
    const judged = { ...(node.roleArn !== undefined && { roleArn: node.roleArn }), ...judge(node) };
    const key = [judged.roleArn, judged.reachable, judged.because].join('\n');
    groups.set(key, { ...judged, nodes: (groups.get(key)?.nodes ?? 0) + 1 });
  }
  const nodeRoles = [...groups.values()].sort((a, b) => ORDER[a.reachable] - ORDER[b.reachable] || b.nodes - a.nodes);
  return { ...(irsaRoleArn !== undefined && { irsaRoleArn }), nodeRoles };
};

const ORDER = { yes: 0, unknown: 1, no: 2 };

/**
 * A container is one network hop from the metadata service, and the answer to IMDSv2's PUT lives for the hop limit;
 * IMDSv1 has no such limit (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html).
 */
const judge = ({ kind, hostNetwork, metadata, unread }: NodeFacts): Pick<NodeRole, 'reachable' | 'because'> => {
  if (kind === 'fargate') return { reachable: 'no', because: 'Fargate gives pods no instance metadata' };
  if (kind === 'other') return { reachable: 'unknown', because: 'the node is no EC2 instance' };
  if (metadata === undefined) {
    return { reachable: 'unknown', because: unread ?? 'EC2 does not know the instance (any more)' };
  }
  if (!metadata.endpoint) return { reachable: 'no', because: 'the instance metadata service is off' };
  if (hostNetwork) return { reachable: 'yes', because: "pods there use the node's network" };
  if (metadata.hopLimit >= 2) {
    return { reachable: 'yes', because: `the metadata hop limit is ${metadata.hopLimit}: pods are within it` };
  }
  return metadata.tokensRequired
    ? { reachable: 'no', because: 'IMDSv2 is required with a hop limit of 1' }
    : { reachable: 'yes', because: 'IMDSv1 is on, and the hop limit does not hold for it' };
};
