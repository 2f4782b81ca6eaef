import { expect, it } from '@jest/globals';
import type { KubeObject } from '../../../local/kubernetes/objects.ts';
import { type Change, makeStore } from '../../../local/kubernetes/store.ts';

const configMap = (name: string, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '', creationTimestamp: '', ...more },
});

it('numbers every change, and tells listeners in order', () => {
  const store = makeStore();
  const seen: string[] = [];
  const stop = store.subscribe(({ type, object, version }) => seen.push(`${type} ${object.metadata.name} ${version}`));
  store.put('configmaps', configMap('a'));
  store.put('configmaps', configMap('a'));
  store.remove('configmaps', 'shop/a');
  stop();
  store.put('configmaps', configMap('b'));
  expect(seen).toEqual(['ADDED a 1', 'MODIFIED a 2', 'DELETED a 3']);
  expect(store.get('configmaps', 'shop/b')?.metadata.resourceVersion).toBe('4');
});

it('gives back the changes since a version, and says when some are forgotten', () => {
  const store = makeStore(5);
  for (let count = 1; count <= 10; count++) store.put('configmaps', configMap(`c${count}`));
  expect(store.since('configmaps', 7)?.map(({ version }: Change) => version)).toEqual([8, 9, 10]);
  expect(store.since('configmaps', 0)).toHaveLength(10);
  store.put('configmaps', configMap('one-more'));
  expect(store.since('configmaps', 0)).toBeUndefined();
  expect(store.since('configmaps', 6)?.map(({ version }: Change) => version)).toEqual([7, 8, 9, 10, 11]);
  expect(store.since('pods', 0)).toEqual([]);
});

it('knows dependents by their owner, as long as they are there', () => {
  const store = makeStore();
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'uid-a' };
  store.put('configmaps', configMap('b', { ownerReferences: [owner] }));
  store.put('configmaps', configMap('c', { ownerReferences: [owner] }));
  expect(store.ownedBy('uid-a').map(({ object }) => object.metadata.name)).toEqual(['b', 'c']);
  store.put('configmaps', configMap('b'));
  store.remove('configmaps', 'shop/c');
  expect(store.ownedBy('uid-a')).toEqual([]);
});
