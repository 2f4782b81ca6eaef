import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { kindOf } from '../../../local/kubernetes/kinds.ts';
import type { KubeObject } from '../../../local/kubernetes/objects.ts';
import { formOf } from '../../../local/kubernetes/represent.ts';
import { makeStore, type Store } from '../../../local/kubernetes/store.ts';
import { watch } from '../../../local/kubernetes/watch.ts';

const configMap = (name: string, labels = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace: 'shop',
    uid: name,
    resourceVersion: '',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels,
  },
});

type Line = {
  type: string;
  object: { kind: string; metadata?: { name?: string; resourceVersion?: string }; [field: string]: unknown };
};

/** The lines of a watch, from its start until it has as many as wanted; `meanwhile` runs once it is on. */
const linesOf = async (
  store: Store,
  query: string,
  count: number,
  meanwhile: () => void,
  accept = 'application/json',
): Promise<Line[]> => {
  const server = createServer((_request, response) => {
    const parameters = new URLSearchParams(query);
    const request = {
      kind: kindOf('configmaps'),
      namespace: '',
      wanted: () => true,
      query: parameters,
      form: formOf(accept, parameters),
    };
    watch(store, () => new Date('2026-01-01T00:01:00Z'), request, response);
    meanwhile();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  let text = '';
  const decoder = new TextDecoder();
  try {
    const reply = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) });
    for await (const chunk of reply.body ?? []) {
      text += decoder.decode(chunk);
      if (text.split('\n').length > count) break;
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

const show = ({ type, object }: Line): string => `${type} ${object.metadata?.name}`;

describe('a watch', () => {
  it('without a version begins with what is there', async () => {
    const store = makeStore();
    store.put('configmaps', configMap('b'));
    store.put('configmaps', configMap('a'));
    const lines = await linesOf(store, 'watch=1', 4, () => {
      store.put('configmaps', configMap('c'));
      store.remove('configmaps', 'shop/a');
    });
    expect(lines.map(show)).toEqual(['ADDED a', 'ADDED b', 'ADDED c', 'DELETED a']);
  });

  it('from a version shows what came after it', async () => {
    const store = makeStore();
    for (const name of ['a', 'b', 'c']) store.put('configmaps', configMap(name));
    const lines = await linesOf(store, 'resourceVersion=1', 3, () =>
      store.put('configmaps', configMap('b', { x: 'y' })),
    );
    expect(lines.map(show)).toEqual(['ADDED b', 'ADDED c', 'MODIFIED b']);
  });

  it('from a version that is forgotten says 410', async () => {
    const store = makeStore(2);
    for (const name of ['a', 'b', 'c', 'd', 'e']) store.put('configmaps', configMap(name));
    const [line] = await linesOf(store, 'resourceVersion=1', 1, () => undefined);
    expect(line).toEqual({
      type: 'ERROR',
      object: expect.objectContaining({
        kind: 'Status',
        code: 410,
        reason: 'Expired',
        message: 'too old resource version: 1 (5)',
      }),
    });
  });

  it('marks the end of what was there, for clients that ask', async () => {
    const store = makeStore();
    store.put('configmaps', configMap('a'));
    const [first, mark] = await linesOf(
      store,
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
      2,
      () => undefined,
    );
    expect(first === undefined ? '' : show(first)).toBe('ADDED a');
    expect(mark).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: '1', annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  it('as a table names its columns once', async () => {
    const store = makeStore();
    for (const name of ['a', 'b']) store.put('configmaps', configMap(name));
    const lines = await linesOf(store, '', 2, () => undefined, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    expect(lines.map(({ object }) => object.kind)).toEqual(['Table', 'Table']);
    expect(lines.map(({ object }) => object.columnDefinitions)).toEqual([expect.any(Array), null]);
    expect(lines[1]?.object.rows).toEqual([
      { cells: ['b', 0, '60s'], object: expect.objectContaining({ kind: 'PartialObjectMetadata' }) },
    ]);
  });
});
