/** Namespaces: each has a default service account and the cluster's CA; one that ends is emptied first. */
import { deleteObject } from '../deletion.ts';
import { allKinds, kindOf } from '../kinds.ts';
import type { Controller, Tools } from './loop.ts';

export const namespaces =
  (certificateAuthority: string) =>
  ({ registry }: Tools): Controller => {
    const { store } = registry;
    const provide = (namespace: string): void => {
      if (store.get('serviceaccounts', `${namespace}/default`) === undefined) {
        registry.create(kindOf('serviceaccounts'), namespace, { metadata: { name: 'default' } });
      }
      if (store.get('configmaps', `${namespace}/kube-root-ca.crt`) === undefined) {
        const body = { metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': certificateAuthority } };
        registry.create(kindOf('configmaps'), namespace, body);
      }
    };
    return {
      concerns: ({ plural, object, type }) => {
        if (plural === 'namespaces') return type === 'DELETED' ? [] : [object.metadata.name];
        // Something went from a namespace: it may be empty now, or lack its service account.
        return type === 'DELETED' && object.metadata.namespace !== undefined ? [object.metadata.namespace] : [];
      },
      reconcile: (name) => {
        const namespace = store.get('namespaces', name);
        if (namespace === undefined) return;
        if (namespace.metadata.deletionTimestamp === undefined) {
          provide(name);
          return;
        }
        const kinds = allKinds.filter((kind) => kind.namespaced);
        for (const { plural } of kinds) {
          for (const { metadata } of store.list(plural, name)) {
            if (metadata.deletionTimestamp === undefined) deleteObject(registry, kindOf(plural), name, metadata.name);
          }
        }
        if (kinds.every(({ plural }) => store.list(plural, name).length === 0)) store.remove('namespaces', name);
      },
    };
  };
