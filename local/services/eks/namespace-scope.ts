/** Access policies for some namespaces only. EKS judges them by an authorizer of its own; here they are RoleBindings, so that any API server knows them. */
import { notImplemented } from '../../wire/errors.ts';
import type { AccessEntry, Cluster } from './state.ts';

/** The group of an entry's user to which its namespaces' bindings give the policies. */
export const entryGroup = ({ arn }: AccessEntry): string => `eks:access-entry:${arn.split('/').at(-1)}`;

/**
 * Gives an entry a ClusterRole in some namespaces, and takes it away in those where it had it.
 * @throws NotImplemented for what a RoleBinding can't be: a pattern, a namespace that isn't there yet
 */
export const bind = async (
  cluster: Cluster,
  entry: AccessEntry,
  policyArn: string,
  clusterRole: string,
  namespaces: readonly string[],
  before: readonly string[] = [],
): Promise<void> => {
  const pattern = namespaces.find((namespace) => namespace.includes('*'));
  if (pattern !== undefined || cluster.kubernetes === undefined) {
    throw notImplemented('eks', `AssociateAccessPolicy with the namespaces ${namespaces.join(', ')}`);
  }
  const added = namespaces.filter((namespace) => !before.includes(namespace));
  for (const namespace of added) {
    try {
      await cluster.kubernetes.apply([binding(entry, policyArn, namespace, clusterRole)]);
    } catch (error) {
      await unbind(cluster, entry, policyArn, added);
      if (isMissing(error)) {
        throw notImplemented('eks', `AssociateAccessPolicy with the namespace ${namespace}, which does not exist,`);
      }
      throw error;
    }
  }
  await unbind(
    cluster,
    entry,
    policyArn,
    before.filter((namespace) => !namespaces.includes(namespace)),
  );
};

/** Takes a policy away from an entry in these namespaces. */
export const unbind = async (
  cluster: Cluster,
  entry: AccessEntry,
  policyArn: string,
  namespaces: readonly string[] = [],
): Promise<void> => {
  await cluster.kubernetes?.remove(namespaces.map((namespace) => binding(entry, policyArn, namespace, '')));
};

const binding = (entry: AccessEntry, policyArn: string, namespace: string, clusterRole: string): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: `${entryGroup(entry)}:${policyArn.split('/').at(-1)}`, namespace },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: entryGroup(entry) }],
});

/** The embedded API and the client of a real one both give the status as `code`. */
const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 404;
