/** ReplicaSets: as many pods as asked for, and a status that counts them. */
import { deleteObject } from '../deletion.ts';
import { kindOf } from '../kinds.ts';
import { isActive, isReady, type Pod, type ReplicaSet } from '../objects.ts';
import type { Controller, Tools } from './loop.ts';
import { byAge, createPod, managed, selfOrOwner, untilAvailable } from './owned.ts';

export const replicaSets = ({ registry, later, event }: Tools, again: (key: string) => void): Controller => ({
  concerns: selfOrOwner('replicasets', 'pods'),
  reconcile: (key) => {
    const set = registry.store.get('replicasets', key);
    if (set === undefined) return;
    const active = managed(registry.store, 'pods', set).filter(isActive);
    if (set.metadata.deletionTimestamp === undefined) {
      const missing = set.spec.replicas - active.length;
      for (let count = 0; count < missing; count++)
        createPod(registry, 'replicasets', set, { template: set.spec.template });
      if (missing > 0) event(set, 'Normal', 'SuccessfulCreate', `Created ${missing} pod(s)`);
      for (const pod of victims(active, -missing)) {
        deleteObject(registry, kindOf('pods'), pod.metadata.namespace, pod.metadata.name);
        event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
      }
    }
    const pods = managed(registry.store, 'pods', set).filter(isActive);
    const waits = pods.map((pod) => untilAvailable(pod, set.spec.minReadySeconds, registry.timestamp()));
    registry.amend('replicasets', key, (current) => ({ ...current, status: statusOf(current, pods, waits) }));
    const next = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(next)) later(`available ${key}`, next, () => again(key));
  },
});

const statusOf = (set: ReplicaSet, pods: readonly Pod[], waits: readonly number[]): ReplicaSet['status'] => ({
  replicas: pods.length,
  fullyLabeledReplicas: pods.length,
  readyReplicas: pods.filter(isReady).length,
  availableReplicas: waits.filter((wait) => wait === 0).length,
  observedGeneration: set.metadata.generation ?? 1,
});

/** Those that are least loss: not running, then not ready, then the youngest. */
const victims = (pods: readonly Pod[], count: number): Pod[] =>
  count <= 0 ? [] : [...pods].sort((a, b) => rank(a) - rank(b) || byAge(b, a)).slice(0, count);

const rank = (pod: Pod): number =>
  pod.spec.nodeName === undefined ? 0 : pod.status.phase !== 'Running' ? 1 : isReady(pod) ? 3 : 2;
