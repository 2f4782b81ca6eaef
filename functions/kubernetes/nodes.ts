/** What a cluster says about where pods run, and about their service account. */
import { inBatches } from '../runtime/batches.ts';
import { isFailure } from '../runtime/errors.ts';
import type { Cluster } from './client.ts';
import { AT_ONCE } from './pages.ts';

export type NodeKind = {
  readonly name: string;
  readonly kind: 'ec2' | 'fargate' | 'other';
  readonly instanceId?: string;
};

/** What the nodes of these names are, as far as they still exist. */
export const nodesNamed = async (cluster: Cluster, names: readonly string[]): Promise<NodeKind[]> => {
  const found = await inBatches(names, AT_ONCE, async (name): Promise<NodeKind[]> => {
    try {
      const node = await cluster.ask({ verb: 'get', resource: 'nodes' }, () => cluster.core.readNode({ name }));
      return [nodeKind(name, node.spec?.providerID ?? '', node.metadata?.labels ?? {})];
    } catch (error) {
      if (isFailure(error, 'NotFound')) return [];
      throw error;
    }
  });
  return found.flat();
};

/** `aws:///eu-west-1a/i-0123…` is an EC2 instance; Fargate's ids look otherwise, hybrid nodes have another scheme. */
export const nodeKind = (name: string, providerId: string, labels: Readonly<Record<string, string>>): NodeKind => {
  if (labels['eks.amazonaws.com/compute-type'] === 'fargate') return { name, kind: 'fargate' };
  const instanceId = /^aws:\/\/\/[^/]+\/(i-[0-9a-f]+)$/.exec(providerId)?.[1];
  return instanceId === undefined ? { name, kind: 'other' } : { name, kind: 'ec2', instanceId };
};

/** The role that IRSA would give: the service account's annotation. Undefined without one, or without the account. */
export const irsaRoleOf = async (
  cluster: Cluster,
  namespace: string,
  serviceAccount: string,
): Promise<string | undefined> => {
  try {
    const found = await cluster.ask({ verb: 'get', resource: 'serviceaccounts', namespace }, () =>
      cluster.core.readNamespacedServiceAccount({ name: serviceAccount, namespace }),
    );
    return found.metadata?.annotations?.['eks.amazonaws.com/role-arn'] || undefined;
  } catch (error) {
    if (isFailure(error, 'NotFound')) return undefined;
    throw error;
  }
};
