/** Who runs with an identity, and what would stand in the way of replacing them: from what was read to what is handed on. */
import type { PodFacts } from '../kubernetes/pod.ts';
import type { WorkloadObject, WorkloadRef } from '../kubernetes/workload.ts';
import type { AssessOutput, Fallback } from './contract.ts';

export type AssessmentFacts = {
  /** Workloads with their pods in question, and their objects where they have one. */
  readonly groups: ReadonlyArray<{
    readonly workload: WorkloadRef;
    readonly pods: readonly PodFacts[];
    readonly object: WorkloadObject | undefined;
  }>;
  /** All living pods of the service account. */
  readonly living: readonly PodFacts[];
  readonly refusing: readonly string[];
  readonly doublyCovered: readonly PodFacts[];
  readonly fallback: Fallback;
};

/** Most pods first: what is left out beyond the limit is the small fry, and the next round finds it. */
export const assessment = (facts: AssessmentFacts): AssessOutput => {
  const groups = [...facts.groups].sort((a, b) => b.pods.length - a.pods.length || compare(a.workload, b.workload));
  const before = groups.reduce((sum, { pods }) => sum + pods.length, 0);
  return {
    workloads: groups.slice(0, MOST_WORKLOADS).map(({ workload, pods, object }) => {
      const because = remark(workload, object);
      return { workload: plain(workload), pods: pods.length, ...(because !== undefined && { because }) };
    }),
    omitted: Math.max(0, groups.length - MOST_WORKLOADS),
    pods: { before, all: facts.living.length },
    fallback: { ...facts.fallback, nodeRoles: facts.fallback.nodeRoles.slice(0, MOST_NODE_ROLES) },
    warnings: warnings(facts),
  };
};

/** What a machine's state has room for: it ends at 256 KiB. */
const MOST_WORKLOADS = 100;
const MOST_NODE_ROLES = 20;
const MOST_NAMES = 10;

/** What makes it other than a plain rollout. */
const remark = ({ kind }: WorkloadRef, object: WorkloadObject | undefined): string | undefined => {
  if (kind === 'Pod') return 'no owner: nothing would replace it';
  if (kind === 'Job') return "a Job's pods are evicted, and each eviction counts against its backoffLimit";
  if (object?.paused) return 'paused: its pods are evicted, since it does not roll';
  if (object?.onDelete) return 'OnDelete: its pods are evicted, since it does not roll by itself';
  if (object !== undefined && object.partition > 0) return `partition ${object.partition}: its pods are evicted`;
  return undefined;
};

const warnings = ({ refusing, doublyCovered }: AssessmentFacts): string[] => [
  ...refusing
    .slice(0, MOST_NAMES)
    .map((name) => `Disruption budget ${name} refuses every eviction now; rollouts are not bound by it.`),
  ...doublyCovered
    .slice(0, MOST_NAMES)
    .map(({ name }) => `Two disruption budgets cover pod ${name}: it can't be evicted, only rolled or deleted.`),
];

const plain = ({ kind, name, owner }: WorkloadRef) => ({ kind, name, ...(owner !== undefined && { owner }) });

const compare = (a: WorkloadRef, b: WorkloadRef): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
