/** Pods of a service account: listed, evicted, deleted. */
import { ApiException } from '@kubernetes/client-node';
import { isFailure } from '../runtime/errors.ts';
import type { Cluster } from './client.ts';
import { budgetRefusal, messageOf } from './errors.ts';
import { allPages } from './pages.ts';
import { type PodFacts, podFacts } from './pod.ts';

/** All of them, whatever their phase. */
export const podsOf = async (cluster: Cluster, namespace: string, serviceAccount: string): Promise<PodFacts[]> => {
  const pods = await allPages((page) =>
    cluster.ask({ verb: 'list', resource: 'pods', namespace }, () =>
      cluster.core.listNamespacedPod({
        namespace,
        fieldSelector: `spec.serviceAccountName=${serviceAccount}`,
        ...page,
      }),
    ),
  );
  return pods.flatMap((pod) => podFacts(pod) ?? []);
};

/** `gone` also when another pod has its name by now. */
export type Removal = { readonly done: 'told' | 'gone' } | { readonly done: 'refused'; readonly because: string };

/** Asks for its eviction, which disruption budgets may refuse. */
export const evict = async (cluster: Cluster, namespace: string, pod: PodFacts): Promise<Removal> => {
  const body = { metadata: { name: pod.name, namespace }, deleteOptions: { preconditions: { uid: pod.uid } } };
  try {
    await cluster.ask({ verb: 'create', resource: 'pods/eviction', namespace }, () =>
      cluster.core.createNamespacedPodEviction({ name: pod.name, namespace, body }),
    );
    return { done: 'told' };
  } catch (error) {
    return removalAfter(error);
  }
};

/** Deletes it, with the grace period that it asks for and past all budgets. */
export const deletePod = async (cluster: Cluster, namespace: string, pod: PodFacts): Promise<Removal> => {
  try {
    await cluster.ask({ verb: 'delete', resource: 'pods', namespace }, () =>
      cluster.core.deleteNamespacedPod({ name: pod.name, namespace, body: { preconditions: { uid: pod.uid } } }),
    );
    return { done: 'told' };
  } catch (error) {
    return removalAfter(error);
  }
};

const removalAfter = (error: unknown): Removal => {
  // 409 is the uid that doesn't fit: a StatefulSet has put a new pod in its place.
  if (isFailure(error, 'NotFound', 'Conflict')) return { done: 'gone' };
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof ApiException)) throw error;
  const refusal = budgetRefusal(cause);
  if (refusal !== undefined) return { done: 'refused', because: refusal };
  if (cause.code === 500 && /more than one PodDisruptionBudget/.test(messageOf(cause))) {
    return { done: 'refused', because: 'two disruption budgets cover the pod, and so it can not be evicted at all' };
  }
  throw error;
};
