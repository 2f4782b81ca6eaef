import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';
import { decodeProtobuf } from '../../../local/kubernetes/protobuf.ts';

const root = protobuf.Root.fromJSON(
  JSON.parse(readFileSync(new URL('../../../local/kubernetes/schemas/protobuf.json', import.meta.url), 'utf8')),
);

/** As a Go client frames it. */
const encode = (apiVersion: string, kind: string, type: string, message: object): Buffer => {
  const raw = root.lookupType(type).encode(message).finish();
  const unknown = root.lookupType('k8s.io.apimachinery.pkg.runtime.Unknown');
  return Buffer.concat([Buffer.from('k8s\0'), unknown.encode({ typeMeta: { apiVersion, kind }, raw }).finish()]);
};

describe('decoding', () => {
  it('a TokenRequest', () => {
    const body = encode('authentication.k8s.io/v1', 'TokenRequest', 'k8s.io.api.authentication.v1.TokenRequest', {
      metadata: { name: '', creationTimestamp: {} },
      spec: {
        audiences: ['pods.eks.amazonaws.com'],
        expirationSeconds: 1_200,
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' },
      },
      status: { token: '', expirationTimestamp: {} },
    });
    expect(decodeProtobuf(body)).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: ['pods.eks.amazonaws.com'],
        expirationSeconds: 1_200,
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' },
      },
      status: { token: '' },
    });
  });

  it('embedded structs, quantities, numbers or strings, times, maps and bytes', () => {
    const deployment = encode('apps/v1', 'Deployment', 'k8s.io.api.apps.v1.Deployment', {
      metadata: { name: 'a', labels: { x: 'y' }, creationTimestamp: { seconds: 1_700_000_000, nanos: 0 } },
      spec: {
        replicas: 0,
        minReadySeconds: 0,
        paused: false,
        strategy: {
          rollingUpdate: { maxSurge: { type: 1, intVal: 0, strVal: '25%' }, maxUnavailable: { type: 0, intVal: 2 } },
        },
        template: {
          spec: {
            volumes: [{ name: 'v', volumeSource: { emptyDir: { sizeLimit: { string: '1Gi' } } } }],
            containers: [
              {
                name: 'c',
                readinessProbe: { handler: { httpGet: { path: '/', port: { type: 1, strVal: 'http' } } } },
                resources: { requests: { cpu: { string: '100m' } } },
              },
            ],
          },
        },
      },
    });
    expect(decodeProtobuf(deployment)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', labels: { x: 'y' }, creationTimestamp: '2023-11-14T22:13:20Z' },
      spec: {
        // A pointer in Go: zero replicas were asked for. The other zeros are what Go always encodes.
        replicas: 0,
        strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 2 } },
        template: {
          spec: {
            volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
            containers: [
              {
                name: 'c',
                readinessProbe: { httpGet: { path: '/', port: 'http' } },
                resources: { requests: { cpu: '100m' } },
              },
            ],
          },
        },
      },
    });
    const secret = encode('v1', 'Secret', 'k8s.io.api.core.v1.Secret', { data: { a: Buffer.from('b') } });
    expect(decodeProtobuf(secret)).toMatchObject({ data: { a: 'Yg==' } });
  });
});

it.each([
  ['no magic', Buffer.from('{}'), 'does not begin with'],
  ['garbage', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([255, 255, 255])]), 'could not be decoded'],
  ['an unknown kind', encode('v1', 'Nope', 'k8s.io.api.core.v1.Pod', {}), 'could not be decoded'],
])('refuses %s', (_case, body, message) => expect(() => decodeProtobuf(body)).toThrow(message));
