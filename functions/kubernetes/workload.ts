/** Workloads: what replaces a pod, and how it does that. */
import type { Owner, PodFacts } from './pod.ts';

export type WorkloadKind =
  | 'Deployment'
  | 'StatefulSet'
  | 'DaemonSet'
  | 'Job'
  | 'ReplicaSet'
  | 'Rollout'
  | 'Pod'
  | 'Other';

export type WorkloadRef = {
  readonly kind: WorkloadKind;
  readonly name: string;
  /** For `Other`: what owns the pods, `apiVersion/kind`. */
  readonly owner?: string | undefined;
};

/** The part of a workload that says how it replaces pods. */
export type WorkloadObject = {
  /** For a write that must fail when somebody else wrote in between. */
  readonly resourceVersion: string;
  /** The restart annotation of its template; of a Rollout, its `spec.restartAt`. */
  readonly restartedAt?: string;
  readonly paused: boolean;
  /** Its strategy is OnDelete: a changed template waits for somebody to delete the pods. */
  readonly onDelete: boolean;
  /** Of a StatefulSet: pods with a lower number keep the old template. */
  readonly partition: number;
};

/** The owners of ReplicaSets, by the ReplicaSet's name; undefined for one that stands alone. */
export type ReplicaSetOwners = ReadonlyMap<string, Owner | undefined>;

/** The workload that a pod belongs to: its owner, or the owner of its ReplicaSet. */
export const workloadOf = (pod: PodFacts, replicaSets: ReplicaSetOwners): WorkloadRef => {
  const { owner } = pod;
  if (owner === undefined) return { kind: 'Pod', name: pod.name };
  if (owner.kind !== 'ReplicaSet' || !owner.apiVersion.startsWith('apps/')) return refOf(owner);
  const above = replicaSets.get(owner.name);
  return above === undefined ? { kind: 'ReplicaSet', name: owner.name } : refOf(above);
};

export const workloadKey = ({ kind, name, owner }: WorkloadRef): string => [kind, owner ?? '', name].join('/');

/** Pods by their workload, in the order in which they come. */
export const byWorkload = (
  pods: readonly PodFacts[],
  replicaSets: ReplicaSetOwners,
): Map<string, { workload: WorkloadRef; pods: PodFacts[] }> => {
  const groups = new Map<string, { workload: WorkloadRef; pods: PodFacts[] }>();
  for (const pod of pods) {
    const workload = workloadOf(pod, replicaSets);
    const key = workloadKey(workload);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { workload, pods: [pod] });
    else group.pods.push(pod);
  }
  return groups;
};

const refOf = ({ apiVersion, kind, name }: Owner): WorkloadRef => {
  const known = KINDS[`${apiVersion.split('/')[0]}/${kind}`];
  return known === undefined ? { kind: 'Other', name, owner: `${apiVersion}/${kind}` } : { kind: known, name };
};

/** By API group, so that somebody else's "Deployment" isn't taken for the built-in one. */
const KINDS: Readonly<Record<string, WorkloadKind>> = {
  'apps/Deployment': 'Deployment',
  'apps/StatefulSet': 'StatefulSet',
  'apps/DaemonSet': 'DaemonSet',
  'batch/Job': 'Job',
  'argoproj.io/Rollout': 'Rollout',
};
