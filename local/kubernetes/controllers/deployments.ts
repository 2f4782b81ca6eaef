/** Deployments: replica sets that replace each other as the strategy says (pkg/controller/deployment). */
import { deleteObject } from '../deletion.ts';
import { asJson } from '../json.ts';
import { kindOf } from '../kinds.ts';
import { controllerOf, type Deployment, keyOf, type Labels, type ReplicaSet, typed } from '../objects.ts';
import type { Registry } from '../registry.ts';
import { deploymentStatus, fenceposts } from './deployment-status.ts';
import type { Controller, Tools } from './loop.ts';
import { byAge, managed, ownerReference, selfOrOwner, sum, templateHash } from './owned.ts';

const HASH = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export const deployments = (tools: Tools, again: (key: string) => void): Controller => {
  const { registry, later, cancel } = tools;
  const concerns = selfOrOwner('deployments', 'replicasets');
  return {
    concerns: (change) => {
      // Recreate waits for the last old pod: no replica set tells when that is gone.
      const owner = change.plural === 'pods' && change.type === 'DELETED' ? controllerOf(change.object) : undefined;
      const set = owner === undefined ? undefined : registry.store.byUid(owner.uid);
      return concerns(set === undefined ? change : { ...change, plural: set.plural, object: set.object });
    },
    reconcile: (key) => {
      const deployment = registry.store.get('deployments', key);
      if (deployment === undefined) return;
      if (deployment.metadata.deletionTimestamp === undefined) roll(tools, deployment);
      const sets = managed(registry.store, 'replicasets', deployment);
      const current = currentSet(deployment, sets);
      const status = deploymentStatus(deployment, sets, current, registry.timestamp());
      registry.amend('deployments', key, (stored) => ({
        ...stored,
        metadata: { ...stored.metadata, ...revisionOf(stored, current) },
        status: status.next,
      }));
      cancel(`progress ${key}`);
      if (status.deadlineMillis !== undefined) later(`progress ${key}`, status.deadlineMillis, () => again(key));
    },
  };
};

const currentSet = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined => {
  const hash = templateHash(deployment.spec.template);
  return sets.find((set) => set.metadata.labels?.[HASH] === hash);
};

const revision = (object: { metadata: { annotations?: Labels } } | undefined): number =>
  Number(object?.metadata.annotations?.[REVISION] ?? 0);

/** The deployment bears the revision of its current replica set. */
const revisionOf = (deployment: Deployment, current: ReplicaSet | undefined): { annotations?: Labels } =>
  current === undefined
    ? {}
    : { annotations: { ...deployment.metadata.annotations, [REVISION]: String(revision(current)) } };

const roll = (tools: Tools, deployment: Deployment): void => {
  const { registry } = tools;
  const sets = managed(registry.store, 'replicasets', deployment).sort(byAge);
  const existing = currentSet(deployment, sets);
  const old = sets.filter((set) => set !== existing);
  const scale = scaler(tools, deployment);
  if (deployment.spec.paused === true) {
    resize(deployment, sets, scale);
    return;
  }
  const current =
    existing === undefined ? createSet(tools, deployment, old) : refresh(registry, deployment, existing, old);
  if (deployment.spec.strategy.type === 'Recreate') recreate(registry, deployment, current, old, scale);
  else rollingUpdate(deployment, current, old, scale);
  if (isComplete(deployment, current, old)) forget(registry, deployment, old);
};

type Scale = (set: ReplicaSet, replicas: number) => void;

const scaler =
  ({ registry, event }: Tools, deployment: Deployment): Scale =>
  (set, replicas) => {
    const before = set.spec.replicas;
    if (before === replicas) return;
    registry.amend('replicasets', keyOf(set.metadata), (stored) => ({ ...stored, spec: { ...stored.spec, replicas } }));
    const how = replicas > before ? 'up' : 'down';
    const what = `Scaled ${how} replica set ${set.metadata.name} from ${before} to ${replicas}`;
    event(deployment, 'Normal', 'ScalingReplicaSet', what);
  };

/** A paused deployment doesn't roll, but it can be scaled: the newest active set takes the difference. */
const resize = (deployment: Deployment, sets: readonly ReplicaSet[], scale: Scale): void => {
  const newest = sets.filter((set) => set.spec.replicas > 0).at(-1) ?? sets.at(-1);
  if (newest === undefined) return;
  const others = sum(sets, (set) => set.spec.replicas) - newest.spec.replicas;
  scale(newest, Math.max(0, deployment.spec.replicas - others));
};

const createSet = ({ registry, event }: Tools, deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet => {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template);
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  const { maxSurge } = fenceposts(deployment);
  const room = deployment.spec.replicas + maxSurge - sum(old, (set) => set.spec.replicas);
  const waits =
    deployment.spec.strategy.type === 'Recreate' && old.some((set) => set.spec.replicas + set.status.replicas > 0);
  const replicas = waits ? 0 : Math.max(0, Math.min(deployment.spec.replicas, room));
  const made = registry.create(
    kindOf('replicasets'),
    deployment.metadata.namespace,
    asJson({
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        labels,
        annotations: annotationsFor(deployment, nextRevision(old)),
        ownerReferences: [ownerReference('deployments', deployment)],
      },
      spec: {
        replicas,
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    }),
  );
  const what = `Scaled up replica set ${made.object.metadata.name} from 0 to ${replicas}`;
  if (replicas > 0) event(deployment, 'Normal', 'ScalingReplicaSet', what);
  return typed('replicasets', made.object);
};

const nextRevision = (old: readonly ReplicaSet[]): number => Math.max(0, ...old.map(revision)) + 1;

/** A set of before that is wanted again (`rollout undo`) becomes the newest revision. */
const refresh = (
  registry: Registry,
  deployment: Deployment,
  set: ReplicaSet,
  old: readonly ReplicaSet[],
): ReplicaSet => {
  const number = Math.max(revision(set), nextRevision(old));
  const annotations = annotationsFor(deployment, number);
  const refreshed = registry.amend('replicasets', keyOf(set.metadata), (stored) => ({
    ...stored,
    metadata: { ...stored.metadata, annotations },
  }));
  return refreshed ?? set;
};

const annotationsFor = (deployment: Deployment, number: number): Labels => {
  const { [LAST_APPLIED]: _, ...annotations } = deployment.metadata.annotations ?? {};
  const { replicas } = deployment.spec;
  return {
    ...annotations,
    'deployment.kubernetes.io/desired-replicas': String(replicas),
    'deployment.kubernetes.io/max-replicas': String(replicas + fenceposts(deployment).maxSurge),
    [REVISION]: String(number),
  };
};

const recreate = (
  registry: Registry,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  scale: Scale,
): void => {
  for (const set of old) scale(set, 0);
  // Pods that are still stopping count: two versions never run side by side.
  const running = old.some((set) => managed(registry.store, 'pods', set).length > 0);
  if (!running) scale(current, deployment.spec.replicas);
};

const rollingUpdate = (deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[], scale: Scale): void => {
  const { replicas } = deployment.spec;
  const { maxSurge, maxUnavailable } = fenceposts(deployment);
  const oldPods = sum(old, (set) => set.spec.replicas);
  const room = replicas + maxSurge - oldPods - current.spec.replicas;
  const target =
    current.spec.replicas > replicas
      ? replicas
      : current.spec.replicas + Math.max(0, Math.min(room, replicas - current.spec.replicas));
  if (target !== current.spec.replicas) {
    scale(current, target);
    return;
  }
  const minAvailable = replicas - maxUnavailable;
  const notYet = current.spec.replicas - (current.status.availableReplicas ?? 0);
  let budget = oldPods + current.spec.replicas - minAvailable - notYet;
  if (oldPods === 0 || budget <= 0) return;
  // Pods that serve nobody go first; then as many of the others as availability allows.
  const left = new Map(old.map((set) => [set, set.spec.replicas]));
  for (const set of old) {
    const unhealthy = Math.min(budget, set.spec.replicas - (set.status.availableReplicas ?? 0));
    if (unhealthy > 0) {
      left.set(set, set.spec.replicas - unhealthy);
      budget -= unhealthy;
    }
  }
  let spare = Math.min(budget, sum([current, ...old], (set) => set.status.availableReplicas) - minAvailable);
  for (const set of old) {
    const take = Math.max(0, Math.min(spare, left.get(set) ?? 0));
    left.set(set, (left.get(set) ?? 0) - take);
    spare -= take;
  }
  for (const [set, count] of left) scale(set, count);
};

const isComplete = (deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): boolean =>
  current.status.availableReplicas === deployment.spec.replicas && old.every((set) => set.status.replicas === 0);

/** Old revisions beyond the history's limit. */
const forget = (registry: Registry, deployment: Deployment, old: readonly ReplicaSet[]): void => {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const spent = old.filter((set) => set.spec.replicas === 0 && set.status.replicas === 0);
  const oldest = spent.sort((a, b) => revision(a) - revision(b)).slice(0, Math.max(0, spent.length - limit));
  for (const set of oldest) {
    deleteObject(registry, kindOf('replicasets'), set.metadata.namespace, set.metadata.name);
  }
};
