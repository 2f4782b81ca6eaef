/** Which nodes a pod may run on. */
import type { Node, PodSpec, Toleration } from '../objects.ts';

/** Whether a node suits a pod: its selector, its tolerations; daemons also run where others may not be scheduled. */
export const suits = (node: Node, spec: PodSpec, { daemon = false } = {}): boolean => {
  if (node.metadata.deletionTimestamp !== undefined) return false;
  if (node.spec.unschedulable === true && !daemon) return false;
  const labels = node.metadata.labels ?? {};
  return (
    Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (node.spec.taints ?? []).every(
      (taint) =>
        taint.effect === 'PreferNoSchedule' ||
        (daemon && taint.key.startsWith('node.kubernetes.io/')) ||
        (spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
    )
  );
};

const tolerates = (toleration: Toleration, taint: { key: string; value?: string; effect: string }): boolean =>
  (toleration.effect === undefined || toleration.effect === taint.effect) &&
  (toleration.key === undefined || toleration.key === taint.key) &&
  (toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? ''));
