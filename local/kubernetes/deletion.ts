/** Deleting: grace, finalizers, preconditions, and what becomes of dependents. */
import { type Kind, kindOf } from './kinds.ts';
import { type KubeObject, keyOf, typed } from './objects.ts';
import type { Registry } from './registry.ts';
import { conflict } from './status.ts';

export type DeleteOptions = {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
};

/** The finalizer of an object that waits for its dependents to go first. */
export const FOREGROUND = 'foregroundDeletion';

/**
 * Deletes an object, or begins to: pods have a grace period, others may have finalizers.
 * @returns the object as it is now, and whether it is gone
 * @throws ApiError 404, 409 when a precondition fails
 */
export const deleteObject = (
  registry: Registry,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  options: DeleteOptions = {},
): { object: KubeObject; gone: boolean } => {
  const object = registry.get(kind, namespace, name);
  checkPreconditions(kind, object, options);
  if (options.dryRun === true) return { object, gone: false };
  const policy = options.propagationPolicy ?? 'Background';
  if (policy === 'Orphan') orphan(registry, object.metadata.uid);
  const foreground = policy === 'Foreground' && registry.store.ownedBy(object.metadata.uid).length > 0;
  const finalizers = [...(object.metadata.finalizers ?? []), ...(foreground ? [FOREGROUND] : [])];
  const grace = gracePeriod(kind, object, options.gracePeriodSeconds);
  if (grace === 0 && finalizers.length === 0 && kind.plural !== 'namespaces') {
    const removed = registry.store.remove(kind.plural, keyOf(object.metadata)) ?? object;
    const times = { deletionTimestamp: registry.timestamp(), deletionGracePeriodSeconds: 0 };
    return { object: { ...removed, metadata: { ...removed.metadata, ...times } }, gone: true };
  }
  const { deletionTimestamp, deletionGracePeriodSeconds = grace } = object.metadata;
  // Deleting again can only shorten what remains.
  if (deletionTimestamp !== undefined && grace >= deletionGracePeriodSeconds) return { object, gone: false };
  const terminating: KubeObject = {
    ...object,
    metadata: {
      ...object.metadata,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      deletionTimestamp: registry.timestamp(grace * 1_000),
      deletionGracePeriodSeconds: grace,
    },
    ...(kind.plural === 'namespaces' ? { status: { phase: 'Terminating' } } : {}),
  };
  return { object: registry.store.put(kind.plural, terminating), gone: false };
};

/** Takes an owner from its dependents, so that they outlive it. */
export const orphan = (registry: Registry, owner: string): void => {
  for (const { plural, object } of registry.store.ownedBy(owner)) {
    registry.amend(plural, keyOf(object.metadata), (dependent) => withoutOwner(dependent, owner));
  }
};

/** The object without one of its owners. */
export const withoutOwner = <T extends KubeObject>(object: T, owner: string): T => {
  const { ownerReferences = [], ...metadata } = object.metadata;
  const left = ownerReferences.filter((reference) => reference.uid !== owner);
  return { ...object, metadata: { ...metadata, ...(left.length === 0 ? {} : { ownerReferences: left }) } };
};

const checkPreconditions = (
  { group, kind }: Kind,
  { metadata }: KubeObject,
  { preconditions = {} }: DeleteOptions,
): void => {
  const { uid, resourceVersion } = preconditions;
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    // This error alone names the kind where others name the resource.
    throw conflict({ group, plural: kind }, metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    // This error alone names the kind where others name the resource.
    throw conflict({ group, plural: kind }, metadata.name, why);
  }
};

/** Seconds; only a pod that runs on a node has to be stopped there. */
const gracePeriod = (kind: Kind, object: KubeObject, asked: number | undefined): number => {
  if (kind.plural !== kindOf('pods').plural) return 0;
  const { spec, status } = typed('pods', object);
  if (spec.nodeName === undefined || status.phase === 'Succeeded' || status.phase === 'Failed') return 0;
  return Math.max(0, asked ?? spec.terminationGracePeriodSeconds ?? 30);
};
