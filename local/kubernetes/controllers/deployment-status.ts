/** What a Deployment says of itself: counts, and the conditions that `kubectl rollout status` waits for. */
import type { Condition, Deployment, ReplicaSet } from '../objects.ts';
import { amount, sum } from './owned.ts';

/** How far a rolling update may go above and below the wanted number; never zero both ways. */
export const fenceposts = ({ spec }: Deployment): { maxSurge: number; maxUnavailable: number } => {
  if (spec.strategy.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = amount(spec.strategy.rollingUpdate?.maxSurge ?? '25%', spec.replicas, 'up');
  const maxUnavailable = amount(spec.strategy.rollingUpdate?.maxUnavailable ?? '25%', spec.replicas, 'down');
  return {
    maxSurge,
    maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : Math.min(maxUnavailable, spec.replicas),
  };
};

/** The next status; and, while it progresses, when its deadline must be looked at again. */
export const deploymentStatus = (
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
  now: string,
): { next: Deployment['status']; deadlineMillis?: number } => {
  const before = deployment.status;
  const replicas = sum(sets, (set) => set.status.replicas);
  const availableReplicas = sum(sets, (set) => set.status.availableReplicas);
  const counts = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas,
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: sum(sets, (set) => set.status.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, Math.max(deployment.spec.replicas, replicas) - availableReplicas),
  };
  const enough = availableReplicas >= deployment.spec.replicas - fenceposts(deployment).maxUnavailable;
  const available: Condition = {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`,
  };
  const moved =
    counts.updatedReplicas !== (before.updatedReplicas ?? 0) ||
    counts.readyReplicas !== (before.readyReplicas ?? 0) ||
    counts.availableReplicas !== (before.availableReplicas ?? 0) ||
    counts.replicas !== (before.replicas ?? 0) ||
    counts.observedGeneration !== before.observedGeneration;
  const { progressing, deadlineMillis } = progress(deployment, counts, current, moved, now);
  const conditions = [available, progressing].map((condition) => stamped(condition, before.conditions, moved, now));
  return { next: { ...counts, conditions }, ...(deadlineMillis === undefined ? {} : { deadlineMillis }) };
};

type Counts = { replicas: number; updatedReplicas: number; availableReplicas: number };

const progress = (
  { metadata, spec, status }: Deployment,
  counts: Counts,
  current: ReplicaSet | undefined,
  moved: boolean,
  now: string,
): { progressing: Condition; deadlineMillis?: number } => {
  const what = current === undefined ? `Deployment "${metadata.name}"` : `ReplicaSet "${current.metadata.name}"`;
  const condition = (state: Condition['status'], reason: string, message: string): Condition => ({
    type: 'Progressing',
    status: state,
    reason,
    message,
  });
  if (spec.paused === true) {
    return { progressing: condition('Unknown', 'DeploymentPaused', 'Deployment is paused') };
  }
  const { replicas } = spec;
  if (counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas) {
    return { progressing: condition('True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`) };
  }
  const before = status.conditions?.find(({ type }) => type === 'Progressing');
  const since = moved ? now : (before?.lastUpdateTime ?? now);
  const deadline = Date.parse(since) + (spec.progressDeadlineSeconds ?? 600) * 1_000;
  if (Date.parse(now) >= deadline && before?.reason !== 'NewReplicaSetAvailable') {
    return { progressing: condition('False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`) };
  }
  return {
    progressing: condition('True', 'ReplicaSetUpdated', `${what} is progressing.`),
    deadlineMillis: deadline - Date.parse(now) + 1_000,
  };
};

/** With its times: a transition only when the status changes, an update whenever something moved. */
const stamped = (condition: Condition, before: readonly Condition[] = [], moved: boolean, now: string): Condition => {
  const same = before.find(({ type }) => type === condition.type);
  const unchanged = same?.status === condition.status && same.reason === condition.reason;
  return {
    ...condition,
    lastUpdateTime: unchanged && !moved ? (same.lastUpdateTime ?? now) : now,
    lastTransitionTime: same?.status === condition.status ? (same.lastTransitionTime ?? now) : now,
  };
};
