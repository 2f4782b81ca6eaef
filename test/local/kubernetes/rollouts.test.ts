/** Argo Rollouts and nodes of other kinds, as podid's own functions and people meet them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalCluster } from '../../../local/kubernetes/index.ts';
import { asJson, type JsonObject } from '../../../local/kubernetes/json.ts';
import { call, deployment, namespace, start, until } from './harness.ts';

const ROLLOUTS = '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts';
const PODS = '/api/v1/namespaces/shop/pods';
const FARGATE = { 'eks.amazonaws.com/compute-type': 'fargate' };
const WINDOWS = { 'kubernetes.io/os': 'windows' };

let cluster: LocalCluster;
let clock: number;
beforeAll(async () => {
  clock = Date.parse('2026-01-01T00:00:00Z');
  cluster = await start({
    now: () => new Date(clock),
    nodes: [{ name: 'plain' }, { name: 'fargate-1', labels: FARGATE }, { name: 'windows-1', labels: WINDOWS }],
  });
  await cluster.apply([namespace('shop')]);
});
afterAll(() => cluster.close());

const read = async (path: string): Promise<JsonObject> => asJson((await call(cluster, 'GET', path)).body);
const podsOf = async (app: string): Promise<JsonObject[]> => {
  const { items } = await read(`${PODS}?labelSelector=app%3D${app}`);
  return Array.isArray(items) ? items.map((item) => asJson(item)) : [];
};
const uidsOf = async (app: string) => (await podsOf(app)).map(({ metadata }) => String(asJson(metadata).uid)).sort();
const patch = (name: string, body: object, type = 'application/merge-patch+json') =>
  call(cluster, 'PATCH', `${ROLLOUTS}/${name}`, { body, headers: { 'content-type': type } });
const healthy = (name: string, more: (status: JsonObject) => boolean = () => true): Promise<JsonObject> =>
  until(
    async () => asJson((await read(`${ROLLOUTS}/${name}`)).status ?? {}),
    (status) => status.phase === 'Healthy' && more(status),
    `${name} healthy`,
  );

const rollout = (name: string, image = 'main:1'): object => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name, namespace: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    strategy: { canary: {} },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
  },
});

describe('an Argo rollout', () => {
  it('replaces its pods when its template changes', async () => {
    await cluster.apply([rollout('web')]);
    const first = await healthy('web');
    expect(first).toMatchObject({ replicas: 2, availableReplicas: 2, observedGeneration: '1' });
    const before = await uidsOf('web');
    await cluster.apply([rollout('web', 'main:2')]);
    const second = await healthy('web', ({ observedGeneration }) => observedGeneration === '2');
    expect(second.stableRS).not.toBe(first.stableRS);
    await until(
      () => podsOf('web'),
      (pods) => pods.length === 2,
      'two pods',
    );
    expect((await uidsOf('web')).filter((uid) => before.includes(uid))).toEqual([]);
  });

  it('restarts the pods from before restartAt, and says when it is done', async () => {
    await cluster.apply([rollout('again')]);
    await healthy('again');
    const before = await uidsOf('again');
    clock += 5_000;
    const restartAt = new Date(clock - 1_000).toISOString();
    await patch('again', { spec: { restartAt } });
    await healthy('again', ({ restartedAt }) => restartedAt === restartAt);
    const after = await until(
      () => uidsOf('again'),
      (uids) => uids.length === 2,
      'two pods',
    );
    expect(after.filter((uid) => before.includes(uid))).toEqual([]);
  });

  it('is scaled by its subresource, and refuses the patch that custom resources have not', async () => {
    await cluster.apply([rollout('scaled')]);
    const scale = { body: { spec: { replicas: 3 } }, headers: { 'content-type': 'application/merge-patch+json' } };
    expect((await call(cluster, 'PATCH', `${ROLLOUTS}/scaled/scale`, scale)).code).toBe(200);
    await healthy('scaled', ({ replicas }) => replicas === 3);
    const refused = await patch('scaled', { spec: { replicas: 1 } }, 'application/strategic-merge-patch+json');
    expect([refused.code, refused.body.reason]).toEqual([415, 'UnsupportedMediaType']);
  });
});

describe('nodes', () => {
  it('of Fargate and Windows look as on EKS', async () => {
    expect(await read('/api/v1/nodes/fargate-1')).toMatchObject({
      metadata: { labels: FARGATE },
      spec: {
        providerID: expect.stringMatching(/^aws:\/\/\/eu-west-1a\/[0-9a-f]{10}-[0-9a-f]{32}\/fargate-1$/),
        taints: [{ key: 'eks.amazonaws.com/compute-type', value: 'fargate', effect: 'NoSchedule' }],
      },
    });
    expect(await read('/api/v1/nodes/windows-1')).toMatchObject({
      metadata: { labels: { ...WINDOWS, 'kubernetes.io/arch': 'amd64' } },
      spec: { providerID: expect.stringMatching(/^aws:\/\/\/eu-west-1a\/i-[0-9a-f]{17}$/) },
      status: { nodeInfo: { operatingSystem: 'windows', architecture: 'amd64' } },
    });
  });

  it('have a lease, as kubectl describe asks for', async () => {
    const lease = await read('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/plain');
    expect(lease).toMatchObject({ spec: { holderIdentity: 'plain' } });
  });

  it('take the pods that ask for them; Fargate no others', async () => {
    const toleration = { key: 'eks.amazonaws.com/compute-type', operator: 'Exists' };
    await cluster.apply([
      deployment('on-fargate', 1, {}, { nodeSelector: FARGATE, tolerations: [toleration] }),
      deployment('on-windows', 1, {}, { nodeSelector: WINDOWS }),
      deployment('anywhere', 4),
    ]);
    const nodesOf = (app: string, count: number) =>
      until(
        async () => (await podsOf(app)).map(({ spec }) => asJson(spec).nodeName),
        (nodes) => nodes.length === count && !nodes.includes(undefined),
        `${app} scheduled`,
      );
    expect(await nodesOf('on-fargate', 1)).toEqual(['fargate-1']);
    expect(await nodesOf('on-windows', 1)).toEqual(['windows-1']);
    expect(await nodesOf('anywhere', 4)).not.toContain('fargate-1');
  });
});
