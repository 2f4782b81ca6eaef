/** Disruption budgets of a namespace: which pods they cover, and whether they let any go now. */
import type { Cluster } from './client.ts';
import { allPages } from './pages.ts';
import type { PodFacts } from './pod.ts';
import { type LabelSelector, selects } from './selector.ts';

export type Budget = {
  readonly name: string;
  readonly selector: LabelSelector | undefined;
  readonly disruptionsAllowed: number;
};

export const budgetsOf = async (cluster: Cluster, namespace: string): Promise<Budget[]> => {
  const budgets = await allPages((page) =>
    cluster.ask({ verb: 'list', resource: 'poddisruptionbudgets.policy', namespace }, () =>
      cluster.policy.listNamespacedPodDisruptionBudget({ namespace, ...page }),
    ),
  );
  return budgets.map(({ metadata, spec, status }) => ({
    name: metadata?.name ?? '',
    selector: spec?.selector,
    disruptionsAllowed: status?.disruptionsAllowed ?? 0,
  }));
};

/** The names of the budgets because of which none of these pods can be evicted now. */
export const refusingBudgets = (budgets: readonly Budget[], pods: readonly PodFacts[]): string[] =>
  budgets
    .filter(
      ({ selector, disruptionsAllowed }) =>
        disruptionsAllowed === 0 && pods.some(({ labels }) => selects(selector, labels)),
    )
    .map(({ name }) => name)
    .sort();

/** Pods that two budgets cover: the API server answers 500 to their eviction. */
export const doublyCovered = (budgets: readonly Budget[], pods: readonly PodFacts[]): PodFacts[] =>
  pods.filter(({ labels }) => budgets.filter(({ selector }) => selects(selector, labels)).length > 1);
