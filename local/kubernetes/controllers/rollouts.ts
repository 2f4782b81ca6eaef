/**
 * Argo Rollouts, played simply: a new template gets its pods, then the old ones go; `restartAt` evicts the pods from before it.
 * Steps, traffic and analysis are not played: every strategy goes straight through.
 */
import { evict } from '../eviction.ts';
import { asJson } from '../json.ts';
import { kindOf } from '../kinds.ts';
import { isReady, keyOf, type Pod, type PodTemplate, type ReplicaSet, type Rollout, typed } from '../objects.ts';
import { showSelector } from '../selectors.ts';
import type { Controller, Tools } from './loop.ts';
import { byAge, managed, ownerReference, selfOrOwner, sum, templateHash } from './owned.ts';

const HASH = 'rollouts-pod-template-hash';

export const rollouts = (tools: Tools, again: (key: string) => void): Controller => ({
  concerns: selfOrOwner('rollouts', 'replicasets'),
  reconcile: (key) => {
    const { registry } = tools;
    const rollout = registry.store.get('rollouts', key);
    const template = rollout?.spec.template;
    if (rollout === undefined || template === undefined || rollout.metadata.deletionTimestamp !== undefined) return;
    const before = managed(registry.store, 'replicasets', rollout);
    const current = currentSet(before, template) ?? createSet(tools, rollout, template);
    const wanted = rollout.spec.replicas ?? 1;
    scale(tools, current, wanted);
    const isUp = (current.status.availableReplicas ?? 0) >= wanted;
    if (isUp) for (const set of before) if (set.metadata.uid !== current.metadata.uid) scale(tools, set, 0);
    const restarted = isUp && restart(tools, rollout, current, () => again(key));
    const sets = managed(registry.store, 'replicasets', rollout);
    registry.amend('rollouts', key, (stored) => ({ ...stored, status: statusOf(stored, template, sets, restarted) }));
  },
});

const currentSet = (sets: readonly ReplicaSet[], template: PodTemplate): ReplicaSet | undefined => {
  const hash = templateHash(template);
  return sets.find((set) => set.metadata.labels?.[HASH] === hash);
};

const createSet = ({ registry, event }: Tools, rollout: Rollout, template: PodTemplate): ReplicaSet => {
  const hash = templateHash(template);
  const { selector, replicas = 1, minReadySeconds } = rollout.spec;
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  const set = {
    metadata: {
      name: `${rollout.metadata.name}-${hash}`,
      labels,
      ownerReferences: [ownerReference('rollouts', rollout)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  const { object } = registry.create(kindOf('replicasets'), rollout.metadata.namespace, asJson(set));
  event(rollout, 'Normal', 'NewReplicaSetCreated', `Created ReplicaSet ${object.metadata.name}`);
  return typed('replicasets', object);
};

const scale = ({ registry, event }: Tools, set: ReplicaSet, replicas: number): void => {
  const { replicas: before } = set.spec;
  if (before === replicas) return;
  registry.amend('replicasets', keyOf(set.metadata), (stored) => ({ ...stored, spec: { ...stored.spec, replicas } }));
  const what = `Scaled ${replicas > before ? 'up' : 'down'} ReplicaSet ${set.metadata.name} from ${before} to ${replicas}`;
  event(set, 'Normal', 'ScalingReplicaSet', what);
};

/** Evicts the oldest pod from before `restartAt`, one at a time; true when there is none left. */
const restart = (tools: Tools, rollout: Rollout, current: ReplicaSet, again: () => void): boolean => {
  const { registry, later } = tools;
  const { restartAt } = rollout.spec;
  if (restartAt === undefined || restartAt === rollout.status?.restartedAt) return true;
  const wait = Date.parse(restartAt) - Date.parse(registry.timestamp());
  if (wait > 0) {
    later(`restart ${rollout.metadata.uid} ${restartAt}`, wait, again);
    return false;
  }
  const pods = managed(registry.store, 'pods', current);
  const [oldest] = pods.filter((pod) => isBefore(pod, restartAt)).sort(byAge);
  if (oldest === undefined) return true;
  const { namespace = '', name, deletionTimestamp } = oldest.metadata;
  // The next one when this one is replaced: the replica set tells.
  if (deletionTimestamp === undefined && pods.every(isReady)) evict(registry, namespace, name, {}, {});
  return false;
};

const isBefore = ({ metadata }: Pod, instant: string): boolean =>
  Date.parse(metadata.creationTimestamp) < Date.parse(instant);

const statusOf = (
  { metadata, spec, status }: Rollout,
  template: PodTemplate,
  sets: readonly ReplicaSet[],
  restarted: boolean,
): NonNullable<Rollout['status']> => {
  const current = currentSet(sets, template);
  const wanted = spec.replicas ?? 1;
  const replicas = sum(sets, (set) => set.status.replicas);
  const availableReplicas = sum(sets, (set) => set.status.availableReplicas);
  const updatedReplicas = current?.status.replicas ?? 0;
  const isHealthy = updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
  const hash = current?.metadata.labels?.[HASH];
  const restartedAt = restarted ? spec.restartAt : status?.restartedAt;
  return {
    // A text in Argo's own type.
    observedGeneration: String(metadata.generation ?? 1),
    replicas,
    updatedReplicas,
    readyReplicas: sum(sets, (set) => set.status.readyReplicas),
    availableReplicas,
    selector: showSelector(spec.selector),
    phase: isHealthy && restarted ? 'Healthy' : 'Progressing',
    ...(hash === undefined ? {} : { currentPodHash: hash }),
    ...(isHealthy && hash !== undefined
      ? { stableRS: hash }
      : status?.stableRS === undefined
        ? {}
        : { stableRS: status.stableRS }),
    ...(restartedAt === undefined ? {} : { restartedAt }),
  };
};
