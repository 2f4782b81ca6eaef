/** What to do next so that one workload's pods from before are replaced. */
import type { PodFacts } from '../kubernetes/pod.ts';
import type { WorkloadObject, WorkloadRef } from '../kubernetes/workload.ts';
import { isTooEarly, podsInQuestion, type Question } from './pods-in-question.ts';

export type RestartFacts = Question & {
  readonly workload: WorkloadRef;
  /** Undefined when there is no such object, or for kinds that have nothing to roll. */
  readonly object: WorkloadObject | undefined;
  /** All pods of the service account that belong to the workload. */
  readonly pods: readonly PodFacts[];
  readonly now: Date;
  readonly deadline: string;
  readonly deleteAfterDeadline: boolean;
  readonly deleteBarePods: boolean;
  /** Disruption budgets that refuse evictions of its pods now; asked for only past the deadline. */
  readonly refusing: readonly string[];
};

export type RestartStep =
  /** Change the template's annotation: the workload's own strategy does the rest. */
  | { readonly do: 'Roll' }
  /** Ask for these pods' eviction, which disruption budgets may refuse. */
  | { readonly do: 'Evict'; readonly pods: readonly PodFacts[]; readonly because: string }
  | { readonly do: 'Delete'; readonly pods: readonly PodFacts[]; readonly because: string }
  | { readonly do: 'Wait'; readonly because: string }
  | { readonly do: 'Done' }
  | { readonly do: 'LeaveAlone'; readonly because: string };

/** Pure: the same facts give the same step, and after each step that was carried out the next one is nearer to Done. */
export const nextRestartStep = (facts: RestartFacts): RestartStep => {
  const inQuestion = podsInQuestion(facts.pods, facts);
  if (inQuestion.length === 0) return { do: 'Done' };
  if (isTooEarly(facts, facts.now)) {
    return {
      do: 'Wait',
      because: 'pods created within the second of the change could not be told from those before it',
    };
  }
  const running = inQuestion.filter(({ stopping }) => !stopping);
  const overdue = facts.now.getTime() >= Date.parse(facts.deadline);
  if (running.length === 0) {
    const because = `${counted(inQuestion)} shutting down`;
    return overdue ? { do: 'LeaveAlone', because: `the deadline has passed; ${because}` } : { do: 'Wait', because };
  }
  if (facts.workload.kind === 'Pod') return bare(running, facts.deleteBarePods);
  if (isStatic(running)) return { do: 'LeaveAlone', because: 'the pod is static: its node runs it from a file' };
  if (overdue) return afterDeadline(running, facts);
  const obstacle = obstacleToRolling(facts);
  if (obstacle !== undefined) return evict(running, facts, obstacle);
  return isRolling(running, facts) ? { do: 'Wait', because: 'its rollout is under way' } : { do: 'Roll' };
};

/** The share of a workload's pods that may be missing at once; a Deployment's own default. */
const UNAVAILABLE_SHARE = 0.25;

/** So that one call ends well within the function's timeout, whatever the workload's size. */
const MOST_AT_ONCE = 200;

/** A pod nobody replaces. */
const bare = (running: readonly PodFacts[], allowed: boolean): RestartStep =>
  allowed
    ? { do: 'Delete', pods: running, because: 'it has no owner, and the configuration lets such pods be deleted' }
    : {
        do: 'LeaveAlone',
        because: 'nothing would replace it: it has no owner. Delete it by hand, or set deleteBarePods',
      };

const isStatic = (pods: readonly PodFacts[]): boolean => pods.every(({ owner }) => owner?.kind === 'Node');

const afterDeadline = (running: readonly PodFacts[], { deleteAfterDeadline, refusing }: RestartFacts): RestartStep => {
  const because = refusing.length === 0 ? '' : `; disruption budget ${refusing.join(' and ')} refuses evictions`;
  return deleteAfterDeadline
    ? { do: 'Delete', pods: running.slice(0, MOST_AT_ONCE), because: `the deadline has passed${because}` }
    : {
        do: 'LeaveAlone',
        because: `the deadline has passed with ${counted(running)} still from before${because}. Raise the budget or delete them by hand`,
      };
};

/** Why a changed template would not replace the pods; undefined when it would. */
const obstacleToRolling = ({ workload, object }: RestartFacts): string | undefined => {
  switch (workload.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      if (object === undefined) return `its ${workload.kind} is gone`;
      if (object.paused) return 'the Deployment is paused and does not roll';
      if (object.onDelete) return 'its strategy is OnDelete';
      return object.partition > 0
        ? `its partition keeps pods below number ${object.partition} from rolling`
        : undefined;
    case 'Rollout':
      return object === undefined ? 'its Rollout can not be read' : undefined;
    case 'Job':
      return "a Job's template can't change; each eviction counts against its backoffLimit";
    case 'ReplicaSet':
      return 'no Deployment owns the ReplicaSet';
    default:
      return `${workload.owner ?? workload.kind} owns the pods and is left to replace them`;
  }
};

/**
 * Whether a restart that was already asked for will replace these pods, so that two revocations roll a workload once.
 *
 * A pod bears its template's annotation: one that bears the present value came after the last restart and won't be
 * replaced by it. A Rollout replaces what is older than its `restartAt`.
 */
const isRolling = (running: readonly PodFacts[], { workload, object }: RestartFacts): boolean => {
  const restartedAt = object?.restartedAt;
  if (restartedAt === undefined) return false;
  return workload.kind === 'Rollout'
    ? running.every(({ createdAt }) => Date.parse(createdAt) < Date.parse(restartedAt))
    : running.every((pod) => pod.restartedAt !== restartedAt);
};

/** Whether a rollout was asked for since the change; the annotation and the change are in seconds, rounded down. */
export const isRolledSince = ({ object, since }: Pick<RestartFacts, 'object' | 'since'>): boolean =>
  object?.restartedAt !== undefined && Date.parse(object.restartedAt) >= Math.floor(Date.parse(since) / 1000) * 1000;

/** So many at a time that the workload goes on working; pods that don't work anyway first. */
const evict = (running: readonly PodFacts[], { workload, pods }: RestartFacts, obstacle: string): RestartStep => {
  // A Job's pods do not stand in for each other.
  if (workload.kind === 'Job') return { do: 'Evict', pods: running.slice(0, MOST_AT_ONCE), because: obstacle };
  const alive = pods.filter(({ finished }) => !finished);
  const working = alive.filter(({ ready, stopping }) => ready && !stopping);
  const room = Math.max(1, Math.ceil(alive.length * UNAVAILABLE_SHARE)) - (alive.length - working.length);
  const broken = running.filter(({ ready }) => !ready);
  const batch = [...broken, ...running.filter(({ ready }) => ready).slice(0, Math.max(0, room))].slice(0, MOST_AT_ONCE);
  return batch.length === 0
    ? { do: 'Wait', because: `${obstacle}; evicted pods must be replaced first` }
    : { do: 'Evict', pods: batch, because: obstacle };
};

const counted = (pods: readonly PodFacts[]): string => (pods.length === 1 ? '1 pod' : `${pods.length} pods`);
