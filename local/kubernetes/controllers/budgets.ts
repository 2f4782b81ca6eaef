/** PodDisruptionBudgets: how many pods could be disrupted now (pkg/controller/disruption). */
import { controllerOf, isReady, keyOf, type Pod, type PodDisruptionBudget } from '../objects.ts';
import { selects } from '../selectors.ts';
import type { Store } from '../store.ts';
import type { Controller, Tools } from './loop.ts';
import { amount } from './owned.ts';

/** How long an eviction that was granted, but whose pod stays, counts against the budget. */
const DISRUPTION_MILLIS = 120_000;

export const budgets = ({ registry, later, cancel }: Tools, again: (key: string) => void): Controller => {
  const { store } = registry;
  const scales = new Set(['deployments', 'replicasets', 'statefulsets']);
  return {
    concerns: ({ plural, object, previous, type }) => {
      if (plural === 'poddisruptionbudgets') return [keyOf(object.metadata)];
      if (plural !== 'pods' && !(scales.has(plural) && type === 'MODIFIED')) return [];
      return store
        .list('poddisruptionbudgets', object.metadata.namespace)
        .filter(({ spec }) =>
          plural !== 'pods'
            ? true
            : selects(spec.selector, object.metadata.labels) || selects(spec.selector, previous?.metadata.labels),
        )
        .map((budget) => keyOf(budget.metadata));
    },
    reconcile: (key) => {
      const budget = store.get('poddisruptionbudgets', key);
      if (budget === undefined) return;
      const pods = store
        .list('pods', budget.metadata.namespace)
        .filter((pod) => selects(budget.spec.selector, pod.metadata.labels));
      const now = registry.timestamp();
      registry.amend('poddisruptionbudgets', key, (stored) => ({
        ...stored,
        status: statusOf(store, stored, pods, now),
      }));
      cancel(`disrupted ${key}`);
      const pending = Object.keys(store.get('poddisruptionbudgets', key)?.status.disruptedPods ?? {}).length > 0;
      if (pending) later(`disrupted ${key}`, DISRUPTION_MILLIS, () => again(key));
    },
  };
};

const statusOf = (
  store: Store,
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  now: string,
): PodDisruptionBudget['status'] => {
  const disruptedPods = Object.fromEntries(
    Object.entries(budget.status.disruptedPods ?? {}).filter(([name, since]) => {
      const pod = pods.find((candidate) => candidate.metadata.name === name);
      const recent = Date.parse(now) - Date.parse(since) < DISRUPTION_MILLIS;
      return pod !== undefined && pod.metadata.deletionTimestamp === undefined && recent;
    }),
  );
  const currentHealthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined && disruptedPods[pod.metadata.name] === undefined && isReady(pod),
  ).length;
  const need = needed(store, budget, pods);
  const allowed = need.expected > 0 ? Math.max(0, currentHealthy - need.healthy) : 0;
  const status = allowed > 0 ? 'True' : 'False';
  const reason = need.failed !== undefined ? 'SyncFailed' : allowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  const [before] = budget.status.conditions ?? [];
  return {
    observedGeneration: budget.metadata.generation ?? 1,
    disruptionsAllowed: allowed,
    currentHealthy,
    desiredHealthy: need.healthy,
    expectedPods: need.expected,
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
    conditions: [
      {
        type: 'DisruptionAllowed',
        status,
        reason,
        message: need.failed ?? '',
        observedGeneration: budget.metadata.generation ?? 1,
        lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? now) : now,
      },
    ],
  };
};

/** How many pods should be there, and how many of them healthy. */
const needed = (
  store: Store,
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
): { expected: number; healthy: number; failed?: string } => {
  const { minAvailable, maxUnavailable } = spec;
  if (typeof minAvailable === 'number') return { expected: pods.length, healthy: minAvailable };
  const scale = expectedScale(store, pods);
  if (typeof scale === 'string') return { expected: 0, healthy: 0, failed: scale };
  if (maxUnavailable !== undefined) {
    return { expected: scale, healthy: Math.max(0, scale - amount(maxUnavailable, scale, 'up')) };
  }
  // Without either field, as the API's own documentation has it, one pod may be missing.
  if (minAvailable === undefined) return { expected: scale, healthy: Math.max(0, scale - 1) };
  return { expected: scale, healthy: amount(minAvailable, scale, 'up') };
};

/** What the pods' controllers are asked for; a sentence when one of them can't be asked. */
const expectedScale = (store: Store, pods: readonly Pod[]): number | string => {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) return `found no controllers for pod "${pod.metadata.name}"`;
    const manager = store.byUid(owner.uid);
    if (manager === undefined) continue;
    const above = controllerOf(manager.object);
    const top = (above === undefined ? undefined : store.byUid(above.uid)) ?? manager;
    const key = keyOf(top.object.metadata);
    const scaled =
      top.plural === 'deployments' || top.plural === 'replicasets' || top.plural === 'statefulsets'
        ? store.get(top.plural, key)
        : undefined;
    if (scaled === undefined) {
      const kind = `${top.plural}.${top.object.apiVersion.split('/')[0]}`;
      return `${kind} "${top.object.metadata.name}" does not implement the scale subresource`;
    }
    scales.set(top.object.metadata.uid, scaled.spec.replicas);
  }
  return [...scales.values()].reduce((total, replicas) => total + replicas, 0);
};
