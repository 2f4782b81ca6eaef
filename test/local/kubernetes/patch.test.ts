import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isObject, type Json, type JsonObject } from '../../../local/kubernetes/json.ts';
import { patched } from '../../../local/kubernetes/patch/index.ts';
import { jsonPatch, mergePatch } from '../../../local/kubernetes/patch/json.ts';

const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };
const strategic = (original: JsonObject, patch: JsonObject): JsonObject =>
  patched(DEPLOYMENT, original, patch, 'application/strategic-merge-patch+json');
const pod = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } });
const container = (name: string, more: JsonObject = {}): JsonObject => ({ name, ...more });

describe('strategic merge patch', () => {
  const two = pod({ containers: [container('a', { image: 'a:1', env: [{ name: 'X', value: '1' }] }), container('b')] });
  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    [
      'null deletes',
      { metadata: { labels: { a: '1', b: '2' } } },
      { metadata: { labels: { a: null } } },
      { metadata: { labels: { b: '2' } } },
    ],
    [
      'merges lists of maps by their key',
      two,
      pod({ containers: [container('a', { image: 'a:2', env: [{ name: 'Y', value: '2' }] })] }),
      pod({
        containers: [
          container('a', {
            image: 'a:2',
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
          }),
          container('b'),
        ],
      }),
    ],
    [
      'a new element comes before those that the patch does not name',
      two,
      pod({ containers: [container('c', { image: 'c:1' })] }),
      pod({ containers: [container('c', { image: 'c:1' }), ...listAt(two)] }),
    ],
    [
      'honours the order of elements',
      two,
      pod({
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
        containers: [container('c')],
      }),
      pod({ containers: [listAt(two)[1] ?? null, container('c'), listAt(two)[0] ?? null] }),
    ],
    [
      '$patch: delete takes an element',
      two,
      pod({ containers: [{ name: 'a', $patch: 'delete' }] }),
      pod({ containers: [container('b')] }),
    ],
    [
      '$patch: replace takes the list',
      two,
      pod({ containers: [container('z'), { $patch: 'replace' }] }),
      pod({ containers: [container('z')] }),
    ],
    [
      '$retainKeys drops what is not retained',
      { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
      { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
      { spec: { strategy: { type: 'Recreate' } } },
    ],
    [
      'lists of scalars merge where the schema says so',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { finalizers: ['c', 'a'] } },
      { metadata: { finalizers: ['c', 'a', 'b'] } },
    ],
    [
      '$deleteFromPrimitiveList',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      { metadata: { finalizers: ['b'] } },
    ],
    [
      'other lists are replaced',
      pod({ containers: [container('a', { command: ['x', 'y'] })] }),
      pod({ containers: [container('a', { command: ['z'] })] }),
      pod({ containers: [container('a', { command: ['z'] })] }),
    ],
    [
      '$patch: replace takes a map',
      { metadata: { labels: { a: '1' } } },
      { metadata: { labels: { $patch: 'replace', b: '2' } } },
      { metadata: { labels: { b: '2' } } },
    ],
  ])('%s', (_case, original, patch, expected) => {
    const before = structuredClone(original);
    expect(strategic(original, patch)).toEqual(expected);
    expect(original).toEqual(before);
  });

  it('refuses elements without their key', () => {
    expect(() => strategic(two, pod({ containers: [{ image: 'x' }] }))).toThrow(
      'does not contain declared merge key: name',
    );
  });
});

function listAt(value: JsonObject): Json[] {
  const spec = isObject(value.spec) ? value.spec : {};
  const template = isObject(spec.template) ? spec.template : {};
  const inner = isObject(template.spec) ? template.spec : {};
  return Array.isArray(inner.containers) ? inner.containers : [];
}

describe('JSON patch', () => {
  const document = { a: { b: [1, 2], 'x/y': 'z' } };
  it.each<[Json, Json]>([
    [[{ op: 'add', path: '/a/b/1', value: 9 }], { a: { b: [1, 9, 2], 'x/y': 'z' } }],
    [[{ op: 'add', path: '/a/b/-', value: 9 }], { a: { b: [1, 2, 9], 'x/y': 'z' } }],
    [[{ op: 'replace', path: '/a/x~1y', value: 'q' }], { a: { b: [1, 2], 'x/y': 'q' } }],
    [[{ op: 'remove', path: '/a/b' }], { a: { 'x/y': 'z' } }],
    [[{ op: 'move', from: '/a/b', path: '/c' }], { a: { 'x/y': 'z' }, c: [1, 2] }],
    [
      [
        { op: 'copy', from: '/a/b/0', path: '/c' },
        { op: 'test', path: '/c', value: 1 },
      ],
      { ...document, c: 1 },
    ],
  ])('%j', (patch, expected) => expect(jsonPatch(document, patch)).toEqual(expected));

  it.each<[Json]>([
    [[{ op: 'remove', path: '/nope' }]],
    [[{ op: 'replace', path: '/a/b/7', value: 1 }]],
    [[{ op: 'test', path: '/a/b', value: [] }]],
    [[{ op: 'add', path: 'a', value: 1 }]],
  ])('cannot do %j', (patch) => expect(() => jsonPatch(document, patch)).toThrow('the server rejected our request'));
});

describe('merge patch', () => {
  const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => isObject(value));
  it('is what its own result merges to, and leaves no nulls of the patch', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const [a, b] = [target, patch].map((value) => JSON.parse(JSON.stringify(value)));
        const once = mergePatch(a, b);
        expect(mergePatch(once, b)).toEqual(once);
      }),
    );
  });
});

it('refuses server-side apply with a reason', () => {
  expect(() => patched(DEPLOYMENT, {}, {}, 'application/apply-patch+yaml')).toThrow(
    expect.objectContaining({ code: 415, message: expect.stringContaining('server-side apply is not supported') }),
  );
});
