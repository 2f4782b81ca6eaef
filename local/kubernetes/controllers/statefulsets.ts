/** StatefulSets: numbered pods, made in order and replaced from the last to the first. */
import { deleteObject } from '../deletion.ts';
import { kindOf } from '../kinds.ts';
import { isReady, type Pod, type StatefulSet } from '../objects.ts';
import type { Registry } from '../registry.ts';
import type { Controller, Tools } from './loop.ts';
import { createPod, managed, selfOrOwner, untilAvailable } from './owned.ts';
import { currentRevision, forgetRevisions, REVISION_LABEL, templateOf } from './revisions.ts';

export const statefulSets = ({ registry, later }: Tools, again: (key: string) => void): Controller => ({
  concerns: selfOrOwner('statefulsets', 'pods'),
  reconcile: (key) => {
    const set = registry.store.get('statefulsets', key);
    if (set === undefined) return;
    const update = currentRevision(registry, 'statefulsets', set).metadata.name;
    const current = set.status.currentRevision ?? update;
    if (set.metadata.deletionTimestamp === undefined) step(registry, set, current, update);
    const pods = managed(registry.store, 'pods', set);
    const waits = pods.map((pod) => untilAvailable(pod, set.spec.minReadySeconds, registry.timestamp()));
    const available = waits.filter((wait) => wait === 0).length;
    registry.amend('statefulsets', key, (stored) => ({
      ...stored,
      status: statusOf(stored, pods, available, current, update),
    }));
    forgetRevisions(registry, set, new Set([update, current, ...pods.map(revisionOf)]));
    const next = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(next)) later(`available ${key}`, next, () => again(key));
  },
});

const ordinal = (pod: Pod): number => Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));

/** The pod's label bears the whole name of its revision. */
const revisionOf = (pod: Pod): string | undefined => pod.metadata.labels?.[REVISION_LABEL];

const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

const step = (registry: Registry, set: StatefulSet, current: string, update: string): void => {
  const pods = new Map(managed(registry.store, 'pods', set).map((pod) => [ordinal(pod), pod]));
  const { replicas, updateStrategy } = set.spec;
  const inOrder = set.spec.podManagementPolicy !== 'Parallel';
  const partition = updateStrategy.rollingUpdate?.partition ?? 0;
  for (let index = 0; index < replicas; index++) {
    const pod = pods.get(index);
    if (pod === undefined) {
      const keepsOld = updateStrategy.type === 'RollingUpdate' && index < partition;
      create(registry, set, index, keepsOld ? current : update);
    }
    // Each waits for the one before it.
    if (inOrder && (pod === undefined || isTerminating(pod) || !isReady(pod))) return;
  }
  const surplus = [...pods.values()].filter((pod) => ordinal(pod) >= replicas).sort((a, b) => ordinal(b) - ordinal(a));
  for (const pod of surplus) {
    if (!isTerminating(pod)) remove(registry, pod);
    if (inOrder) return;
  }
  if (updateStrategy.type !== 'RollingUpdate') return;
  for (let index = replicas - 1; index >= partition; index--) {
    const pod = pods.get(index);
    if (pod === undefined || isTerminating(pod)) return;
    if (revisionOf(pod) !== update) {
      remove(registry, pod);
      return;
    }
    if (!isReady(pod)) return;
  }
};

const remove = (registry: Registry, pod: Pod): void => {
  deleteObject(registry, kindOf('pods'), pod.metadata.namespace, pod.metadata.name);
};

const create = (registry: Registry, set: StatefulSet, index: number, revision: string): void => {
  const { namespace = '', name: setName } = set.metadata;
  const template = templateOf(registry, namespace, revision) ?? set.spec.template;
  const name = `${setName}-${index}`;
  const claims = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
  }));
  const others = (template.spec.volumes ?? []).filter((volume) => !claims.some((claim) => claim.name === volume.name));
  createPod(registry, 'statefulsets', set, {
    template,
    name,
    labels: {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(index),
      [REVISION_LABEL]: revision,
    },
    spec: {
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(claims.length + others.length === 0 ? {} : { volumes: [...others, ...claims] }),
    },
  });
};

const statusOf = (
  set: StatefulSet,
  pods: readonly Pod[],
  availableReplicas: number,
  current: string,
  update: string,
): StatefulSet['status'] => {
  const alive = pods.filter((pod) => !isTerminating(pod));
  const of = (revision: string) => alive.filter((pod) => revisionOf(pod) === revision).length;
  const readyReplicas = alive.filter(isReady).length;
  const rolled =
    set.spec.updateStrategy.type === 'RollingUpdate' &&
    of(update) === set.spec.replicas &&
    readyReplicas === set.spec.replicas &&
    pods.length === set.spec.replicas;
  const currentNow = rolled ? update : current;
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    readyReplicas,
    availableReplicas,
    currentReplicas: of(currentNow),
    updatedReplicas: of(update),
    currentRevision: currentNow,
    updateRevision: update,
    collisionCount: 0,
  };
};
