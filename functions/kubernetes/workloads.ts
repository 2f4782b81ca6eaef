/** Workloads of a namespace: read in few calls, told to restart. */
import { PatchStrategy, setHeaderOptions, type V1ObjectMeta, type V1PodTemplateSpec } from '@kubernetes/client-node';
import * as z from 'zod';
import { inBatches } from '../runtime/batches.ts';
import { isFailure } from '../runtime/errors.ts';
import type { Cluster } from './client.ts';
import { AT_ONCE, allPages } from './pages.ts';
import { type PodFacts, RESTARTED_AT } from './pod.ts';
import {
  type ReplicaSetOwners,
  type WorkloadKind,
  type WorkloadObject,
  type WorkloadRef,
  workloadKey,
} from './workload.ts';

/** The owners of all ReplicaSets, in one list: a walk for each pod would be a call for each pod. */
export const replicaSetOwners = async (
  cluster: Cluster,
  namespace: string,
  pods: readonly PodFacts[],
): Promise<ReplicaSetOwners> => {
  if (!pods.some(({ owner }) => owner?.kind === 'ReplicaSet')) return new Map();
  const sets = await allPages((page) =>
    cluster.ask({ verb: 'list', resource: 'replicasets.apps', namespace }, () =>
      cluster.apps.listNamespacedReplicaSet({ namespace, ...page }),
    ),
  );
  return new Map(
    sets.flatMap(({ metadata }) => {
      const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
      return metadata?.name === undefined ? [] : [[metadata.name, owner] as const];
    }),
  );
};

/** The objects of these workloads that exist and can roll, by `workloadKey`. One list for each kind. */
export const workloadObjects = async (
  cluster: Cluster,
  namespace: string,
  workloads: readonly WorkloadRef[],
): Promise<Map<string, WorkloadObject>> => {
  const kinds = new Set(workloads.map(({ kind }) => kind));
  const lists = await Promise.all([
    kinds.has('Deployment') ? deployments(cluster, namespace) : [],
    kinds.has('StatefulSet') ? statefulSets(cluster, namespace) : [],
    kinds.has('DaemonSet') ? daemonSets(cluster, namespace) : [],
    rollouts(cluster, namespace, workloads),
  ]);
  return new Map(lists.flat());
};

/**
 * Tells a workload to replace its pods, by what its own strategy reacts to. Fails when somebody else wrote to it in
 * between: a second revocation may just have told it.
 * @throws Failure Conflict, NotFound
 */
export const roll = async (
  cluster: Cluster,
  namespace: string,
  { kind, name }: WorkloadRef,
  { resourceVersion }: WorkloadObject,
  at: Date,
): Promise<void> => {
  const metadata = { resourceVersion };
  const body = { metadata, spec: { template: { metadata: { annotations: { [RESTARTED_AT]: at.toISOString() } } } } };
  const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  const target = { name, namespace, body };
  const patch = (resource: string, call: () => Promise<unknown>) =>
    cluster.ask({ verb: 'patch', resource, namespace }, call);
  switch (kind) {
    case 'Deployment':
      await patch('deployments.apps', () => cluster.apps.patchNamespacedDeployment(target, options));
      return;
    case 'StatefulSet':
      await patch('statefulsets.apps', () => cluster.apps.patchNamespacedStatefulSet(target, options));
      return;
    case 'DaemonSet':
      await patch('daemonsets.apps', () => cluster.apps.patchNamespacedDaemonSet(target, options));
      return;
    case 'Rollout': {
      const restart = { metadata, spec: { restartAt: at.toISOString() } };
      await patch('rollouts.argoproj.io', () =>
        cluster.custom.patchNamespacedCustomObject({ ...ROLLOUTS, namespace, name, body: restart }, options),
      );
      return;
    }
    default:
      throw new TypeError(`A ${kind} can't roll.`);
  }
};

const ROLLOUTS = { group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts' };

type Entry = readonly [key: string, object: WorkloadObject];

const deployments = async (cluster: Cluster, namespace: string): Promise<Entry[]> => {
  const items = await allPages((page) =>
    cluster.ask({ verb: 'list', resource: 'deployments.apps', namespace }, () =>
      cluster.apps.listNamespacedDeployment({ namespace, ...page }),
    ),
  );
  return items.flatMap(({ metadata, spec }) =>
    entry('Deployment', metadata, spec?.template, { paused: spec?.paused ?? false }),
  );
};

const statefulSets = async (cluster: Cluster, namespace: string): Promise<Entry[]> => {
  const items = await allPages((page) =>
    cluster.ask({ verb: 'list', resource: 'statefulsets.apps', namespace }, () =>
      cluster.apps.listNamespacedStatefulSet({ namespace, ...page }),
    ),
  );
  return items.flatMap(({ metadata, spec }) =>
    entry('StatefulSet', metadata, spec?.template, {
      onDelete: spec?.updateStrategy?.type === 'OnDelete',
      partition: spec?.updateStrategy?.rollingUpdate?.partition ?? 0,
    }),
  );
};

const daemonSets = async (cluster: Cluster, namespace: string): Promise<Entry[]> => {
  const items = await allPages((page) =>
    cluster.ask({ verb: 'list', resource: 'daemonsets.apps', namespace }, () =>
      cluster.apps.listNamespacedDaemonSet({ namespace, ...page }),
    ),
  );
  return items.flatMap(({ metadata, spec }) =>
    entry('DaemonSet', metadata, spec?.template, { onDelete: spec?.updateStrategy?.type === 'OnDelete' }),
  );
};

const entry = (
  kind: WorkloadKind,
  metadata: V1ObjectMeta | undefined,
  template: V1PodTemplateSpec | undefined,
  strategy: Partial<WorkloadObject>,
): Entry[] => {
  const { name, resourceVersion } = metadata ?? {};
  if (name === undefined || resourceVersion === undefined) return [];
  const restartedAt = template?.metadata?.annotations?.[RESTARTED_AT];
  const object = { resourceVersion, ...STRATEGY, ...strategy, ...(restartedAt !== undefined && { restartedAt }) };
  return [[workloadKey({ kind, name }), object]];
};

const STRATEGY = { paused: false, onDelete: false, partition: 0 };

/** Argo's custom resource: the part that is read here. */
const Rollout = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({ restartAt: z.string().optional() }),
});

/** Argo Rollouts need a permission of their own; without it they are left out, and their pods are evicted. */
const rollouts = async (cluster: Cluster, namespace: string, workloads: readonly WorkloadRef[]): Promise<Entry[]> => {
  const wanted = workloads.filter(({ kind }) => kind === 'Rollout');
  const found = await inBatches(wanted, AT_ONCE, async (workload): Promise<Entry[]> => {
    const ask = { verb: 'get', resource: 'rollouts.argoproj.io', namespace } as const;
    const get = () => cluster.custom.getNamespacedCustomObject({ ...ROLLOUTS, namespace, name: workload.name });
    try {
      const rollout = Rollout.safeParse(await cluster.ask(ask, get));
      if (!rollout.success) return [];
      const { metadata, spec } = rollout.data;
      const restartedAt = spec.restartAt;
      return [[workloadKey(workload), { ...metadata, ...STRATEGY, ...(restartedAt !== undefined && { restartedAt }) }]];
    } catch (error) {
      if (isFailure(error, 'NotFound', 'ClusterForbidden')) return [];
      throw error;
    }
  });
  return found.flat();
};
