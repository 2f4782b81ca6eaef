import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../local/kubernetes/objects.ts';
import { parseFieldSelector, parseLabelSelector, selects, showSelector } from '../../../local/kubernetes/selectors.ts';

const labels = { app: 'api', tier: 'web', 'example.com/x': '' };

describe('label selectors in queries', () => {
  it.each([
    ['', true],
    ['app=api', true],
    ['app==api,tier=web', true],
    ['app!=api', false],
    ['missing!=api', true],
    ['app in (api,db)', true],
    ['app in (db), tier=web', false],
    ['app notin (db,cache)', true],
    ['missing notin (db)', true],
    ['tier', true],
    ['!tier', false],
    ['!missing,example.com/x=', true],
  ])('%p → %p', (text, expected) => expect(parseLabelSelector(text)(labels)).toBe(expected));

  it.each(['a=b=c', 'a in b', '(', 'a b'])('refuses %p', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(/requirement/);
  });
});

describe('selectors in objects', () => {
  it.each([
    [undefined, false],
    [{}, true],
    [{ matchLabels: { app: 'api' } }, true],
    [{ matchLabels: { app: 'db' } }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['web'] }] }, false],
  ])('%j → %p', (selector, expected) => expect(selects(selector, labels)).toBe(expected));

  it('can be read', () => {
    const selector = {
      matchLabels: { b: '2', a: '1' },
      matchExpressions: [
        { key: 'c', operator: 'In', values: ['y', 'x'] },
        { key: 'd', operator: 'DoesNotExist' },
      ],
    };
    expect(showSelector(selector)).toBe('a=1,b=2,c in (x,y),!d');
  });
});

describe('field selectors', () => {
  const pod: KubeObject & { [field: string]: unknown } = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'shop', uid: '', resourceVersion: '', creationTimestamp: '' },
    spec: { serviceAccountName: 'api' },
    status: { phase: 'Running' },
  };
  it.each([
    ['metadata.name=p', true],
    ['metadata.namespace=other', false],
    ['spec.serviceAccountName=api,status.phase!=Succeeded', true],
    ['spec.nodeName=', true],
    ['spec.nodeName!=', false],
  ])('%p → %p', (text, expected) => expect(parseFieldSelector(text, 'Pod')(pod)).toBe(expected));

  it('refuses fields that the kind does not have', () => {
    expect(() => parseFieldSelector('spec.nodeName=x', 'Deployment')).toThrow(
      'field label not supported: spec.nodeName',
    );
  });
});
