/** A fleet for the real Kubernetes: one service account with workloads of every kind of restart, and a neighbour that shares its role. */
import { fleet, NAMESPACE, podRole, podTemplate, roleArn, serviceAccount } from '../local/spine/fleets.ts';

export const CLUSTER = 'shop';

/** How many pods each workload has; the DaemonSet one a node. */
export const REPLICAS = { web: 3, ledger: 2, vault: 3, agent: 2, worker: 1, plain: 1 };

const workload = (kind: string, name: keyof typeof REPLICAS, account: string, spec: object) => {
  const { metadata, spec: pod } = podTemplate(account, name);
  // Pods that take their time, as real ones do: else a rollout is over before anybody can look.
  const annotations = { 'pod-ready.stage.kwok.x-k8s.io/delay': '1s', 'pod-delete.stage.kwok.x-k8s.io/delay': '500ms' };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: REPLICAS[name] }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: { metadata: { ...metadata, annotations }, spec: pod },
      ...spec,
    },
  };
};

export const realFleet = fleet({
  // The budget keeps the revocation waiting until the test gives it room.
  revocation: { deadlineSeconds: 300, propagationSeconds: 1 },
  roles: [podRole('orders')],
  clusters: [
    {
      name: CLUSTER,
      associations: ['api', 'worker'].map((name) => ({
        namespace: NAMESPACE,
        serviceAccount: name,
        roleArn: roleArn('orders'),
      })),
      manifests: [
        ...['api', 'worker', 'plain'].map((name) => serviceAccount(name)),
        workload('Deployment', 'web', 'api', {}),
        workload('StatefulSet', 'ledger', 'api', {}),
        // Never rolls by itself, and its budget lets nobody go: only eviction helps, and only once the budget has room.
        workload('StatefulSet', 'vault', 'api', { updateStrategy: { type: 'OnDelete' } }),
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'vault', namespace: NAMESPACE },
          spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'vault' } } },
        },
        workload('DaemonSet', 'agent', 'api', {}),
        workload('Deployment', 'worker', 'worker', {}),
        workload('Deployment', 'plain', 'plain', {}),
      ],
    },
  ],
});
