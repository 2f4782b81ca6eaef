/** The objects of one cluster, their versions, and the recent changes that watches resume from. */
import type { KindName } from './kinds.ts';
import { type KubeObject, keyOf, type Typed } from './objects.ts';

export type Change = {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  plural: KindName;
  /** The object as it is after the change; when deleted, as it last was, with the deletion's version. */
  object: KubeObject;
  previous?: KubeObject;
  /** The cluster-wide counter behind `metadata.resourceVersion`. */
  version: number;
};

export type Store = {
  version: () => number;
  get: <K extends KindName>(plural: K, key: string) => Typed[K] | undefined;
  /** In no order; of one namespace, or of all. */
  list: <K extends KindName>(plural: K, namespace?: string) => Typed[K][];
  /** Everything that names this uid among its owners. */
  ownedBy: (uid: string) => Owned[];
  byUid: (uid: string) => Owned | undefined;
  /** Stores a new or a changed object under the next version, and returns it as stored. */
  put: (plural: KindName, object: KubeObject) => KubeObject;
  remove: (plural: KindName, key: string) => KubeObject | undefined;
  /** Called after each change, in order; returns how to stop. */
  subscribe: (listener: (change: Change) => void) => () => void;
  /** The changes of a kind after a version; undefined when some of them are forgotten. */
  since: (plural: KindName, version: number) => Change[] | undefined;
};

export type Owned = { plural: KindName; object: KubeObject };

/** An empty store. `history` is how many changes a kind remembers at least; watches from before get a 410. */
export const makeStore = (history = 1_024): Store => {
  const kinds = new Map<KindName, Map<string, Map<string, KubeObject>>>();
  const owners = new Map<string, Map<string, Owned>>();
  const uids = new Map<string, Owned>();
  const changes = new Map<KindName, { entries: Change[]; forgotten: number }>();
  const listeners = new Set<(change: Change) => void>();
  let version = 0;

  const bucket = (plural: KindName, namespace: string): Map<string, KubeObject> => {
    const namespaces = kinds.get(plural) ?? new Map<string, Map<string, KubeObject>>();
    kinds.set(plural, namespaces);
    const objects = namespaces.get(namespace) ?? new Map<string, KubeObject>();
    namespaces.set(namespace, objects);
    return objects;
  };

  const index = (owned: Owned, present: boolean): void => {
    const { uid, ownerReferences = [] } = owned.object.metadata;
    if (present) uids.set(uid, owned);
    else uids.delete(uid);
    for (const { uid: owner } of ownerReferences) {
      const dependents = owners.get(owner) ?? new Map<string, Owned>();
      if (present) dependents.set(uid, owned);
      else dependents.delete(uid);
      if (dependents.size === 0) owners.delete(owner);
      else owners.set(owner, dependents);
    }
  };

  const publish = (change: Change): void => {
    const log = changes.get(change.plural) ?? { entries: [], forgotten: 0 };
    changes.set(change.plural, log);
    log.entries.push(change);
    if (log.entries.length > 2 * history) {
      const dropped = log.entries.splice(0, log.entries.length - history);
      log.forgotten = dropped.at(-1)?.version ?? log.forgotten;
    }
    for (const listener of listeners) listener(change);
  };

  const stamp = (object: KubeObject): KubeObject => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  };

  const split = (key: string): [namespace: string, name: string] => {
    const slash = key.indexOf('/');
    return slash < 0 ? ['', key] : [key.slice(0, slash), key.slice(slash + 1)];
  };

  // The table of kinds and `Typed` say which type is behind a plural name; a Map can't.
  const get: Store['get'] = <K extends KindName>(plural: K, key: string) => {
    const [namespace, name] = split(key);
    return kinds.get(plural)?.get(namespace)?.get(name) as Typed[K] | undefined;
  };

  return {
    version: () => version,
    get,
    list: <K extends KindName>(plural: K, namespace?: string) => {
      const namespaces = kinds.get(plural);
      const maps = namespace === undefined ? [...(namespaces?.values() ?? [])] : [namespaces?.get(namespace)];
      return maps.flatMap((objects) => [...(objects?.values() ?? [])]) as Typed[K][];
    },
    ownedBy: (uid) => [...(owners.get(uid)?.values() ?? [])],
    byUid: (uid) => uids.get(uid),
    put: (plural, object) => {
      const previous = get(plural, keyOf(object.metadata));
      const stored = stamp(object);
      if (previous !== undefined) index({ plural, object: previous }, false);
      bucket(plural, stored.metadata.namespace ?? '').set(stored.metadata.name, stored);
      index({ plural, object: stored }, true);
      if (previous === undefined) publish({ type: 'ADDED', plural, object: stored, version });
      else publish({ type: 'MODIFIED', plural, object: stored, previous, version });
      return stored;
    },
    remove: (plural, key) => {
      const previous = get(plural, key);
      if (previous === undefined) return undefined;
      const [namespace, name] = split(key);
      bucket(plural, namespace).delete(name);
      index({ plural, object: previous }, false);
      const object = stamp(previous);
      publish({ type: 'DELETED', plural, object, previous, version });
      return object;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    since: (plural, from) => {
      const log = changes.get(plural);
      if (log === undefined) return [];
      if (from < log.forgotten) return undefined;
      return log.entries.slice(firstAfter(log.entries, from));
    },
  };
};

/** The index of the first change after a version; changes are in order. */
const firstAfter = (entries: readonly Change[], version: number): number => {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.version ?? 0) <= version) low = middle + 1;
    else high = middle;
  }
  return low;
};
