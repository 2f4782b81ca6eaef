/** What of `infra/kubernetes` is in a cluster: each object read by its name. */
import { SETUP_POLICY, SETUP_ROLES } from '../kubernetes-setup.ts';
import { inBatches } from '../runtime/batches.ts';
import { isFailure } from '../runtime/errors.ts';
import type { Cluster } from './client.ts';
import { setupLines } from './setup-lines.ts';

/**
 * The lines of `setupLines`. We may read these objects by one of them alone: what is forbidden is as good as gone.
 * @throws Failure what the cluster fails with: see `clusterFailure`
 */
export const setupIn = async (cluster: Cluster): Promise<string[]> => {
  const { rbac, admission } = cluster;
  const get = <Answer>(resource: string, call: () => Promise<Answer>): Promise<Answer | undefined> =>
    ifThere(() => cluster.ask({ verb: 'get', resource }, call));
  // One after the other: where the cluster refuses one of them it refuses all, and no call is left under way.
  const roles = await inBatches(SETUP_ROLES, 1, (name) =>
    get(`clusterroles.${RBAC}`, () => rbac.readClusterRole({ name })),
  );
  const bindings = await inBatches(SETUP_ROLES, 1, (name) =>
    get(`clusterrolebindings.${RBAC}`, () => rbac.readClusterRoleBinding({ name })),
  );
  const own = { name: SETUP_POLICY };
  const policy = await get(`validatingadmissionpolicies.${ADMISSION}`, () =>
    admission.readValidatingAdmissionPolicy(own),
  );
  const policyBinding = await get(`validatingadmissionpolicybindings.${ADMISSION}`, () =>
    admission.readValidatingAdmissionPolicyBinding(own),
  );
  return setupLines({
    roles: roles.flatMap((role) => role ?? []),
    bindings: bindings.flatMap((binding) => binding ?? []),
    policy,
    policyBinding,
  });
};

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

/** Undefined also where the API server is too old to know the kind. */
const ifThere = async <Answer>(read: () => Promise<Answer>): Promise<Answer | undefined> => {
  try {
    return await read();
  } catch (error) {
    if (isFailure(error, 'NotFound', 'ClusterForbidden')) return undefined;
    throw error;
  }
};
