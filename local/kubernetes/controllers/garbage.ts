/** Garbage collection: what has lost all its owners goes too. */
import { deleteObject, FOREGROUND, withoutOwner } from '../deletion.ts';
import { kindOf } from '../kinds.ts';
import type { Owned } from '../store.ts';
import type { Controller, Tools } from './loop.ts';

export const garbage = ({ registry }: Tools): Controller => {
  const { store } = registry;

  const collect = ({ plural, object }: Owned, foreground: boolean): void => {
    if (object.metadata.deletionTimestamp !== undefined) return;
    const { namespace, name, uid } = object.metadata;
    const propagationPolicy = foreground ? 'Foreground' : 'Background';
    deleteObject(registry, kindOf(plural), namespace, name, { propagationPolicy, preconditions: { uid } });
  };

  const disown = ({ plural, object }: Owned, owner: string): void => {
    const key =
      object.metadata.namespace === undefined
        ? object.metadata.name
        : `${object.metadata.namespace}/${object.metadata.name}`;
    registry.amend(plural, key, (stored) => withoutOwner(stored, owner));
  };

  return {
    // The uid of an owner that went or wants to go, or of an object that names owners.
    concerns: ({ type, object, previous }) => {
      const owners = (object.metadata.ownerReferences ?? []).map(({ uid }) => uid);
      if (type === 'DELETED') return [object.metadata.uid, ...owners];
      if (type === 'ADDED') return owners.filter((uid) => store.byUid(uid) === undefined);
      const isDue = object.metadata.finalizers?.includes(FOREGROUND) === true;
      return isDue || previous?.metadata.finalizers?.includes(FOREGROUND) === true ? [object.metadata.uid] : [];
    },
    reconcile: (uid) => {
      const owner = store.byUid(uid);
      const dependents = store.ownedBy(uid);
      if (owner === undefined) {
        for (const dependent of dependents) {
          const others = (dependent.object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
          if (others.some((reference) => store.byUid(reference.uid) !== undefined)) disown(dependent, uid);
          else collect(dependent, false);
        }
        return;
      }
      const { finalizers = [], deletionTimestamp, namespace, name } = owner.object.metadata;
      if (deletionTimestamp === undefined || !finalizers.includes(FOREGROUND)) return;
      const blocking = dependents.filter(({ object }) =>
        object.metadata.ownerReferences?.some((reference) => reference.uid === uid && reference.blockOwnerDeletion),
      );
      for (const dependent of dependents) collect(dependent, true);
      if (blocking.length > 0) return;
      registry.amend(owner.plural, namespace === undefined ? name : `${namespace}/${name}`, (stored) => ({
        ...stored,
        metadata: { ...stored.metadata, finalizers: finalizers.filter((finalizer) => finalizer !== FOREGROUND) },
      }));
    },
  };
};
