import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { makeAuthority } from '../../../local/kubernetes/authority.ts';
import { suits } from '../../../local/kubernetes/controllers/nodes.ts';
import { amount } from '../../../local/kubernetes/controllers/owned.ts';
import { humanDuration, parseDuration } from '../../../local/kubernetes/duration.ts';
import { type KindName, kindOf } from '../../../local/kubernetes/kinds.ts';
import { labelErrors, nameErrors } from '../../../local/kubernetes/names.ts';
import type { Node, PodSpec } from '../../../local/kubernetes/objects.ts';
import { readRequest } from '../../../local/kubernetes/request.ts';

const S = 1_000;
const H = 3_600 * S;
describe('ages, as kubectl prints them', () => {
  it.each([
    [-5 * S, '<invalid>'],
    [0, '0s'],
    [119 * S, '119s'],
    [120 * S, '2m'],
    [303 * S, '5m3s'],
    [3 * H - 1, '179m'],
    [3 * H + 240 * S, '3h4m'],
    [9 * H, '9h'],
    [51 * H, '2d3h'],
    [10 * 24 * H, '10d'],
    [735 * 24 * H, '2y5d'],
  ])('%p ms → %p', (millis, text) => expect(humanDuration(millis)).toBe(text));
});

describe("kwok's delays", () => {
  it.each([
    ['5s', 5_000],
    ['1h2m3.5s', 3_723_500],
    ['300ms', 300],
    ['1000000h', 2_147_483_647],
    ['5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%p → %p ms', (text, millis) => expect(parseDuration(text)).toBe(millis));
});

describe('numbers and percentages', () => {
  it.each([
    [3, 10, 'up', 3],
    ['25%', 10, 'up', 3],
    ['25%', 10, 'down', 2],
    ['0%', 10, 'up', 0],
    ['100%', 7, 'down', 7],
  ] as const)('%p of %p, rounded %s → %p', (value, total, round, expected) =>
    expect(amount(value, total, round)).toBe(expected),
  );
});

describe('which nodes suit a pod', () => {
  const node = (spec: Node['spec'], labels = {}): Node => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', uid: '', resourceVersion: '', creationTimestamp: '', labels },
    spec,
    status: {},
  });
  const fargate = { taints: [{ key: 'eks.amazonaws.com/compute-type', value: 'fargate', effect: 'NoSchedule' }] };
  const pod = (more: Partial<PodSpec> = {}): PodSpec => ({ containers: [], ...more });
  it.each([
    ['plain', node({}), pod(), true, true],
    ['cordoned: daemons only', node({ unschedulable: true }), pod(), false, true],
    ['selector', node({}, { disk: 'ssd' }), pod({ nodeSelector: { disk: 'ssd' } }), true, true],
    ['another selector', node({}, { disk: 'hdd' }), pod({ nodeSelector: { disk: 'ssd' } }), false, false],
    ['a taint', node(fargate), pod(), false, false],
    [
      'a taint that is tolerated',
      node(fargate),
      pod({ tolerations: [{ key: 'eks.amazonaws.com/compute-type', operator: 'Exists' }] }),
      true,
      true,
    ],
    [
      'another value',
      node(fargate),
      pod({ tolerations: [{ key: 'eks.amazonaws.com/compute-type', value: 'x' }] }),
      false,
      false,
    ],
    ['everything is tolerated', node(fargate), pod({ tolerations: [{ operator: 'Exists' }] }), true, true],
    [
      'a taint of the node itself',
      node({ taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] }),
      pod(),
      false,
      true,
    ],
  ])('%s', (_case, where, spec, plain, daemon) => {
    expect([suits(where, spec), suits(where, spec, { daemon: true })]).toEqual([plain, daemon]);
  });
});

describe('names', () => {
  it.each<[KindName, string, string | undefined]>([
    ['pods', 'a.b-c.d', undefined],
    ['pods', 'A', 'a lowercase RFC 1123 subdomain must consist of'],
    ['pods', `${'a'.repeat(254)}`, 'must be no more than 253 characters'],
    ['namespaces', 'a.b', 'a lowercase RFC 1123 label must consist of'],
    ['services', '1a', 'a DNS-1035 label must consist of'],
    ['cronjobs', 'a'.repeat(53), 'must be no more than 52 characters'],
    ['clusterroles', 'system:Any_Thing', undefined],
    ['clusterroles', 'a/b', "may not contain '/'"],
    ['roles', '..', "may not be '..'"],
  ])('%s %p', (plural, name, error) => {
    const errors = nameErrors(kindOf(plural), name);
    if (error === undefined) expect(errors).toEqual([]);
    else expect(errors[0]).toContain(error);
  });

  it('and labels', () => {
    expect(labelErrors({ 'example.com/a_b.C': 'x_y.Z', plain: '' }, 'f')).toEqual([]);
    expect(labelErrors({ '-a': 'b' }, 'f')[0]?.message).toContain('name part must consist of');
    expect(labelErrors({ 'A/b': 'c' }, 'f')[0]?.message).toContain('prefix part a lowercase RFC 1123 subdomain');
    expect(labelErrors({ a: '-' }, 'f')[0]?.message).toContain('a valid label must be an empty string or consist of');
  });
});

describe('what a path asks for', () => {
  it.each([
    ['GET', '/api/v1/pods', 'list pods  '],
    ['GET', '/api/v1/namespaces/shop/pods?watch=true', 'watch pods shop '],
    ['GET', '/api/v1/namespaces/shop/pods/a?watch=0', 'get pods shop a'],
    ['POST', '/api/v1/namespaces/shop/pods/a/eviction', 'create pods/eviction shop a'],
    ['DELETE', '/apis/apps/v1/namespaces/shop/deployments', 'deletecollection deployments shop '],
    ['PATCH', '/apis/apps/v1/namespaces/shop/deployments/d/scale', 'patch deployments/scale shop d'],
    ['GET', '/api/v1/namespaces', 'list namespaces  '],
    ['PUT', '/api/v1/namespaces/shop/finalize', 'update namespaces/finalize shop shop'],
    ['DELETE', '/api/v1/nodes/n%2F1', 'delete nodes  n/1'],
    ['GET', '/api/v1', 'path /api/v1'],
    ['GET', '/apis/apps/v1', 'path /apis/apps/v1'],
    ['GET', '/version?timeout=32s', 'path /version'],
  ])('%s %s', (method, url, expected) => {
    const { resource, path } = readRequest(method, url);
    if (resource === undefined) expect(`path ${path}`).toBe(expected);
    else {
      const what = resource.subresource === '' ? resource.plural : `${resource.plural}/${resource.subresource}`;
      expect(`${resource.verb} ${what} ${resource.namespace} ${resource.name}`).toBe(expected);
    }
  });
});

describe('the certificate authority', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  it('signs servers for names and addresses', async () => {
    const authority = await makeAuthority(now);
    const { cert } = await authority.issue(['127.0.0.1', 'localhost']);
    const [server, ca] = [new X509Certificate(cert), new X509Certificate(authority.ca)];
    expect(ca.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect([server.checkIP('127.0.0.1'), server.checkHost('localhost'), server.checkHost('example.com')]).toEqual([
      '127.0.0.1',
      'localhost',
      undefined,
    ]);
  });

  it('is the same one again when it was kept, and a new one when it is spent or broken', async () => {
    const first = await makeAuthority(now);
    expect((await makeAuthority(now, first)).ca).toBe(first.ca);
    expect((await makeAuthority(new Date('2036-12-31T00:00:00Z'), first)).ca).not.toBe(first.ca);
    expect((await makeAuthority(now, { ca: 'x', key: 'y' })).ca).toContain('BEGIN CERTIFICATE');
    const other = await makeAuthority(now);
    expect((await makeAuthority(now, { ca: first.ca, key: other.key })).ca).not.toBe(first.ca);
  });
});
