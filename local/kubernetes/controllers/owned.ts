/** What the workload controllers share: the pods they own, templates and their hashes, numbers and percentages. */
import { createHash } from 'node:crypto';
import { asJson, stableJson } from '../json.ts';
import { apiVersionOf, type KindName, kindOf } from '../kinds.ts';
import {
  controllerOf,
  type IntOrPercent,
  isReady,
  type KubeObject,
  keyOf,
  type Labels,
  type OwnerReference,
  type Pod,
  type PodTemplate,
  type Typed,
  typed,
} from '../objects.ts';
import { safeEncode } from '../random.ts';
import type { Registry } from '../registry.ts';
import type { Change, Store } from '../store.ts';

/** The objects of a kind that an object manages. */
export const managed = <K extends KindName>(store: Store, plural: K, owner: KubeObject): Typed[K][] =>
  store
    .ownedBy(owner.metadata.uid)
    .filter((entry) => entry.plural === plural && controllerOf(entry.object)?.uid === owner.metadata.uid)
    .map((entry) => typed(plural, entry.object));

/** The keys that a change concerns: the object itself, or what it is managed by. */
export const selfOrOwner =
  (plural: KindName, ...dependents: readonly KindName[]) =>
  ({ plural: changed, object }: Change): string[] => {
    if (changed === plural) return [keyOf(object.metadata)];
    const owner = dependents.includes(changed) ? controllerOf(object) : undefined;
    return owner?.kind === kindOf(plural).kind ? [keyOf({ ...object.metadata, name: owner.name })] : [];
  };

export const ownerReference = (plural: KindName, owner: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(kindOf(plural)),
  kind: kindOf(plural).kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

export type PodOrder = {
  template: PodTemplate;
  labels?: Labels;
  annotations?: Labels;
  /** Absent: the owner's name and a random suffix. */
  name?: string;
  /** Fields of the specification that the controller decides. */
  spec?: Partial<Pod['spec']>;
};

/** Creates a pod of a workload from its template, and returns it. @throws ApiError when the API refuses it */
export const createPod = (registry: Registry, plural: KindName, owner: KubeObject, order: PodOrder): Pod => {
  const { namespace, name } = owner.metadata;
  const { template } = order;
  const annotations = { ...template.metadata?.annotations, ...order.annotations };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(order.name === undefined ? { generateName: `${name}-` } : { name: order.name }),
      labels: { ...template.metadata?.labels, ...order.labels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [ownerReference(plural, owner)],
    },
    spec: { ...template.spec, ...order.spec },
  };
  return typed('pods', registry.create(kindOf('pods'), namespace, asJson(pod)).object);
};

/** A short hash of a pod template: the same template has the same one, whatever the order of its keys. */
export const templateHash = (template: PodTemplate): string =>
  safeEncode(String(createHash('sha256').update(stableJson(template)).digest().readUInt32BE()));

/** A number, or a percentage of a total. */
export const amount = (value: IntOrPercent | undefined, total: number, round: 'up' | 'down'): number => {
  if (typeof value === 'number') return value;
  const percent = Number.parseInt(value ?? '0', 10);
  return round === 'up' ? Math.ceil((percent * total) / 100) : Math.floor((percent * total) / 100);
};

/** Milliseconds until a ready pod counts as available; 0 when it does, infinite when it isn't ready. */
export const untilAvailable = (pod: Pod, minReadySeconds: number | undefined, now: string): number => {
  if (!isReady(pod)) return Number.POSITIVE_INFINITY;
  if (minReadySeconds === undefined || minReadySeconds === 0) return 0;
  const since = pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? now;
  return Math.max(0, Date.parse(since) + minReadySeconds * 1_000 - Date.parse(now));
};

export const sum = <T>(items: readonly T[], of: (item: T) => number | undefined): number =>
  items.reduce((total, item) => total + (of(item) ?? 0), 0);

/** Oldest first. */
export const byAge = (a: KubeObject, b: KubeObject): number =>
  a.metadata.creationTimestamp < b.metadata.creationTimestamp
    ? -1
    : a.metadata.creationTimestamp > b.metadata.creationTimestamp
      ? 1
      : a.metadata.name < b.metadata.name
        ? -1
        : 1;
