/** DaemonSets: one pod on each node that suits it. */
import { deleteObject } from '../deletion.ts';
import { kindOf } from '../kinds.ts';
import { type DaemonSet, isActive, isReady, keyOf, type Node, type Pod } from '../objects.ts';
import type { Registry } from '../registry.ts';
import type { Change } from '../store.ts';
import type { Controller, Tools } from './loop.ts';
import { suits } from './nodes.ts';
import { amount, createPod, managed, selfOrOwner, templateHash, untilAvailable } from './owned.ts';
import { currentRevision, forgetRevisions, REVISION_LABEL } from './revisions.ts';

export const daemonSets = ({ registry, later }: Tools, again: (key: string) => void): Controller => ({
  concerns: (change) =>
    change.plural === 'nodes' && isNews(change)
      ? registry.store.list('daemonsets').map((set) => keyOf(set.metadata))
      : selfOrOwner('daemonsets', 'pods')(change),
  reconcile: (key) => {
    const set = registry.store.get('daemonsets', key);
    if (set === undefined) return;
    const revision = currentRevision(registry, 'daemonsets', set);
    const nodes = registry.store.list('nodes').filter((node) => suits(node, set.spec.template.spec, { daemon: true }));
    if (set.metadata.deletionTimestamp === undefined) step(registry, set, nodes);
    const pods = managed(registry.store, 'pods', set).filter(isActive);
    const waits = pods.map((pod) => untilAvailable(pod, set.spec.minReadySeconds, registry.timestamp()));
    const available = waits.filter((wait) => wait === 0).length;
    registry.amend('daemonsets', key, (stored) => ({ ...stored, status: statusOf(stored, nodes, pods, available) }));
    forgetRevisions(
      registry,
      set,
      new Set([revision.metadata.name, ...pods.map((pod) => `${set.metadata.name}-${hashOf(pod)}`)]),
    );
    const next = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(next)) later(`available ${key}`, next, () => again(key));
  },
});

/** Nodes report often; only coming, going and a change of what decides about pods matter. */
const isNews = ({ type, object, previous }: Change): boolean =>
  type !== 'MODIFIED' || JSON.stringify(object.metadata.labels) !== JSON.stringify(previous?.metadata.labels);

const hashOf = (pod: Pod): string | undefined => pod.metadata.labels?.[REVISION_LABEL];

const step = (registry: Registry, set: DaemonSet, nodes: readonly Node[]): void => {
  const hash = templateHash(set.spec.template);
  const pods = managed(registry.store, 'pods', set);
  const active = pods.filter(isActive);
  const wanted = new Set(nodes.map((node) => node.metadata.name));
  for (const pod of active) if (!wanted.has(pod.spec.nodeName ?? '')) remove(registry, pod);
  for (const node of wanted) {
    // A pod that is still stopping holds its place.
    if (!pods.some((pod) => pod.spec.nodeName === node)) create(registry, set, node, hash);
  }
  if (set.spec.updateStrategy.type !== 'RollingUpdate') return;
  const { maxUnavailable = 1, maxSurge = 0 } = set.spec.updateStrategy.rollingUpdate ?? {};
  const surge = amount(maxSurge, wanted.size, 'up');
  const here = active.filter((pod) => wanted.has(pod.spec.nodeName ?? ''));
  const old = here.filter((pod) => hashOf(pod) !== hash);
  if (surge > 0) {
    replaceBeside(registry, set, { old, fresh: here.filter((pod) => hashOf(pod) === hash), surge, hash });
    return;
  }
  const available = here.filter(isReady).length;
  let budget = Math.max(1, amount(maxUnavailable, wanted.size, 'up')) - (wanted.size - available);
  for (const pod of old) {
    // A pod that isn't ready costs nothing.
    if (!isReady(pod)) remove(registry, pod);
    else if (budget-- > 0) remove(registry, pod);
  }
};

type Beside = { old: readonly Pod[]; fresh: readonly Pod[]; surge: number; hash: string };

/** With a surge, the new pod runs beside the old one, which goes when the new one is ready. */
const replaceBeside = (registry: Registry, set: DaemonSet, { old, fresh, surge, hash }: Beside): void => {
  let room = surge - fresh.filter((pod) => old.some((other) => other.spec.nodeName === pod.spec.nodeName)).length;
  for (const pod of old) {
    const node = pod.spec.nodeName ?? '';
    const successor = fresh.find((other) => other.spec.nodeName === node);
    if (successor !== undefined && isReady(successor)) remove(registry, pod);
    else if (successor === undefined && room-- > 0) create(registry, set, node, hash);
  }
};

const remove = (registry: Registry, pod: Pod): void => {
  deleteObject(registry, kindOf('pods'), pod.metadata.namespace, pod.metadata.name);
};

const create = (registry: Registry, set: DaemonSet, nodeName: string, hash: string): void => {
  createPod(registry, 'daemonsets', set, {
    template: set.spec.template,
    labels: { [REVISION_LABEL]: hash, 'pod-template-generation': String(set.metadata.generation ?? 1) },
    spec: { nodeName },
  });
};

const statusOf = (
  set: DaemonSet,
  nodes: readonly Node[],
  pods: readonly Pod[],
  numberAvailable: number,
): DaemonSet['status'] => {
  const hash = templateHash(set.spec.template);
  const wanted = new Set(nodes.map((node) => node.metadata.name));
  const covered = (among: readonly Pod[]) =>
    new Set(among.map((pod) => pod.spec.nodeName ?? '').filter((node) => wanted.has(node))).size;
  return {
    observedGeneration: set.metadata.generation ?? 1,
    currentNumberScheduled: covered(pods),
    desiredNumberScheduled: wanted.size,
    numberMisscheduled: pods.filter((pod) => !wanted.has(pod.spec.nodeName ?? '')).length,
    numberReady: covered(pods.filter(isReady)),
    updatedNumberScheduled: covered(pods.filter((pod) => hashOf(pod) === hash)),
    numberAvailable: Math.min(numberAvailable, wanted.size),
    numberUnavailable: Math.max(0, wanted.size - numberAvailable),
  };
};
