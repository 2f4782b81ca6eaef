import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
  Watch,
} from '@kubernetes/client-node';
import type { LocalCluster } from '../../../local/kubernetes/index.ts';
import { call, configOf, deployment, namespace, start, until } from './harness.ts';

let cluster: LocalCluster;
beforeAll(async () => {
  cluster = await start();
  await cluster.apply([namespace('shop')]);
});
afterAll(() => cluster.close());

const apps = () => configOf(cluster).makeApiClient(AppsV1Api);
const podsOf = async (app: string): Promise<V1Pod[]> =>
  (
    await configOf(cluster)
      .makeApiClient(CoreV1Api)
      .listNamespacedPod({ namespace: 'shop', labelSelector: `app=${app}` })
  ).items;
const isReady = (pod: V1Pod) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
const settled = (app: string, count: number) =>
  until(
    () => podsOf(app),
    (pods) => pods.length === count && pods.every((pod) => isReady(pod)),
    `${count} ready pods of ${app}`,
  );
const uids = (pods: V1Pod[]) => pods.map((pod) => pod.metadata?.uid ?? '');
const merge = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
const restart = (when = '2026-01-01T00:00:00Z') => ({
  spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': when } } } },
});

/** A job's pod would soon have done its work. */
const LONG = { annotations: { 'pod-complete.stage.kwok.x-k8s.io/delay': '1h' } };

const workload = (kind: string, name: string, more: object = {}): object => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { name, namespace: 'shop' },
  spec: {
    ...(kind === 'Job' ? {} : { selector: { matchLabels: { app: name } } }),
    template: {
      metadata: { labels: { app: name }, ...(kind === 'Job' ? LONG : {}) },
      spec: { ...(kind === 'Job' ? { restartPolicy: 'Never' } : {}), containers: [{ name: 'main', image: 'main:1' }] },
    },
    ...more,
  },
});

describe('Deployments', () => {
  it('roll within surge and availability', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } };
    await cluster.apply([deployment('wide', 6, { strategy })]);
    const old = uids(await settled('wide', 6));
    // Every state that the watch shows is one that clients could have seen.
    const pods = new Map<string, V1Pod>();
    let [most, fewest] = [6, 6];
    const { metadata } = await configOf(cluster).makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'shop' });
    for (const pod of await podsOf('wide')) pods.set(pod.metadata?.uid ?? '', pod);
    const watch = await new Watch(configOf(cluster)).watch(
      '/api/v1/namespaces/shop/pods',
      { labelSelector: 'app=wide', resourceVersion: metadata?.resourceVersion },
      (type: string, pod: V1Pod) => {
        if (type === 'DELETED') pods.delete(pod.metadata?.uid ?? '');
        else pods.set(pod.metadata?.uid ?? '', pod);
        const alive = [...pods.values()].filter((other) => other.metadata?.deletionTimestamp === undefined);
        most = Math.max(most, alive.length);
        fewest = Math.min(fewest, alive.filter(isReady).length);
      },
      () => undefined,
    );
    await apps().patchNamespacedDeployment({ name: 'wide', namespace: 'shop', body: restart() }, merge);
    await until(
      () => podsOf('wide'),
      (now) => now.length === 6 && now.every((pod) => isReady(pod) && !old.includes(pod.metadata?.uid ?? '')),
      'rolled',
    );
    watch.abort();
    expect(most).toBeGreaterThan(6);
    expect(most).toBeLessThanOrEqual(8);
    expect(fewest).toBeLessThan(6);
    expect(fewest).toBeGreaterThanOrEqual(5);
    const status = await until(
      async () => await apps().readNamespacedDeployment({ name: 'wide', namespace: 'shop' }),
      ({ status: now }) => now?.updatedReplicas === 6 && now.replicas === 6,
      'status',
    );
    expect(status.status).toMatchObject({
      availableReplicas: 6,
      readyReplicas: 6,
      observedGeneration: status.metadata?.generation,
    });
    expect(status.metadata?.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect(status.status?.conditions?.find(({ type }) => type === 'Progressing')?.reason).toBe(
      'NewReplicaSetAvailable',
    );
  });

  it('recreate: no new pod before the last old one is gone', async () => {
    await cluster.apply([deployment('again', 3, { strategy: { type: 'Recreate' } })]);
    const old = uids(await settled('again', 3));
    await apps().patchNamespacedDeployment({ name: 'again', namespace: 'shop', body: restart() }, merge);
    const mixed = await until(
      () => podsOf('again'),
      (pods) => pods.some((pod) => !old.includes(pod.metadata?.uid ?? '')),
      'new pods',
    );
    expect(mixed.filter((pod) => old.includes(pod.metadata?.uid ?? ''))).toEqual([]);
    await settled('again', 3);
  });

  it('stay as they are while paused, but scale', async () => {
    await cluster.apply([deployment('still', 2, { paused: false })]);
    const old = uids(await settled('still', 2));
    await apps().patchNamespacedDeployment(
      { name: 'still', namespace: 'shop', body: { spec: { paused: true, ...restart().spec } } },
      merge,
    );
    await call(cluster, 'PATCH', '/apis/apps/v1/namespaces/shop/deployments/still/scale', {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { spec: { replicas: 3 } },
    });
    const pods = await settled('still', 3);
    expect(uids(pods)).toEqual(expect.arrayContaining(old));
    await apps().patchNamespacedDeployment(
      { name: 'still', namespace: 'shop', body: { spec: { paused: false } } },
      merge,
    );
    await until(
      () => podsOf('still'),
      (now) => now.length === 3 && now.every((pod) => isReady(pod) && !old.includes(pod.metadata?.uid ?? '')),
      'resumed',
    );
  });

  it('get stuck when the new pods never are ready, and keep the old ones', async () => {
    await cluster.apply([deployment('stuck', 4)]);
    const old = uids(await settled('stuck', 4));
    const slow = { spec: { template: { metadata: { annotations: { 'pod-ready.stage.kwok.x-k8s.io/delay': '1h' } } } } };
    await apps().patchNamespacedDeployment({ name: 'stuck', namespace: 'shop', body: slow }, merge);
    const pods = await until(
      () => podsOf('stuck'),
      (now) => now.filter((pod) => pod.status?.phase === 'Pending').length === 2 && now.length === 5,
      'one surge, one unavailable',
    );
    expect(pods.filter((pod) => old.includes(pod.metadata?.uid ?? '') && isReady(pod))).toHaveLength(3);
  });

  it('take everything with them, or nothing', async () => {
    const path = '/apis/apps/v1/namespaces/shop/deployments';
    await cluster.apply([deployment('gone', 2), deployment('orphaned', 2), deployment('first', 2)]);
    await Promise.all(['gone', 'orphaned', 'first'].map((name) => settled(name, 2)));
    await call(cluster, 'DELETE', `${path}/gone`);
    await call(cluster, 'DELETE', `${path}/orphaned`, { body: { propagationPolicy: 'Orphan' } });
    const waiting = await call(cluster, 'DELETE', `${path}/first`, { body: { propagationPolicy: 'Foreground' } });
    expect(waiting.body.metadata).toMatchObject({ finalizers: ['foregroundDeletion'] });
    await until(
      () => podsOf('gone'),
      (pods) => pods.length === 0,
      'pods gone',
    );
    await until(
      () => call(cluster, 'GET', `${path}/first`),
      ({ code }) => code === 404,
      'deployment gone',
    );
    expect(await podsOf('first')).toEqual([]);
    expect((await podsOf('orphaned')).filter(isReady)).toHaveLength(2);
    const sets = await apps().listNamespacedReplicaSet({ namespace: 'shop', labelSelector: 'app=orphaned' });
    expect(sets.items[0]?.metadata?.ownerReferences).toBeUndefined();
  });
});

describe('StatefulSets', () => {
  const ordinals = (pods: V1Pod[]) => pods.map((pod) => pod.metadata?.name).sort();

  it('start in order and roll from the last to the first', async () => {
    await cluster.apply([workload('StatefulSet', 'db', { replicas: 3, serviceName: 'db' })]);
    const old = await settled('db', 3);
    expect(ordinals(old)).toEqual(['db-0', 'db-1', 'db-2']);
    const started = old.map((pod) => Number(pod.metadata?.resourceVersion));
    expect([...started].sort((a, b) => a - b)).toEqual(started);
    await apps().patchNamespacedStatefulSet({ name: 'db', namespace: 'shop', body: restart() }, merge);
    const order: string[] = [];
    await until(
      async () => {
        for (const pod of await podsOf('db')) {
          const name = pod.metadata?.name ?? '';
          if (!uids(old).includes(pod.metadata?.uid ?? '') && !order.includes(name)) order.push(name);
        }
        return order;
      },
      (names) => names.length === 3,
      'all replaced',
    );
    expect(order).toEqual(['db-2', 'db-1', 'db-0']);
    await settled('db', 3);
    const set = await until(
      () => apps().readNamespacedStatefulSet({ name: 'db', namespace: 'shop' }),
      ({ status }) => status?.currentRevision === status?.updateRevision && status?.updatedReplicas === 3,
      'revision',
    );
    expect(set.status).toMatchObject({ readyReplicas: 3, currentReplicas: 3 });
  });

  it('OnDelete: new pods only where somebody deletes the old ones', async () => {
    await cluster.apply([
      workload('StatefulSet', 'manual', { replicas: 2, serviceName: 'm', updateStrategy: { type: 'OnDelete' } }),
    ]);
    const old = await settled('manual', 2);
    await apps().patchNamespacedStatefulSet({ name: 'manual', namespace: 'shop', body: restart() }, merge);
    await until(
      () => apps().readNamespacedStatefulSet({ name: 'manual', namespace: 'shop' }),
      ({ metadata, status }) => status?.observedGeneration === metadata?.generation,
      'observed',
    );
    expect(uids(await podsOf('manual'))).toEqual(uids(old));
    await call(cluster, 'DELETE', '/api/v1/namespaces/shop/pods/manual-0');
    const now = await until(
      () => settled('manual', 2),
      (pods) => pods[0]?.metadata?.uid !== old[0]?.metadata?.uid,
      'replaced',
    );
    expect(now[1]?.metadata?.uid).toBe(old[1]?.metadata?.uid);
    expect(now[0]?.metadata?.annotations).toHaveProperty(['kubectl.kubernetes.io/restartedAt']);
  });

  it('keep the old template below the partition', async () => {
    await cluster.apply([
      workload('StatefulSet', 'part', {
        replicas: 3,
        serviceName: 'p',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
      }),
    ]);
    const old = uids(await settled('part', 3));
    await apps().patchNamespacedStatefulSet({ name: 'part', namespace: 'shop', body: restart() }, merge);
    await until(
      () => settled('part', 3),
      (pods) => !old.includes(pods[2]?.metadata?.uid ?? ''),
      'the last one',
    );
    await call(cluster, 'DELETE', '/api/v1/namespaces/shop/pods/part-0');
    const now = await until(
      () => settled('part', 3),
      (pods) => !old.includes(pods[0]?.metadata?.uid ?? ''),
      'the first one',
    );
    expect(now.map((pod) => pod.metadata?.annotations !== undefined)).toEqual([false, false, true]);
  });
});

describe('DaemonSets', () => {
  it('run once a node, and roll one node at a time', async () => {
    await cluster.apply([workload('DaemonSet', 'agent')]);
    const old = await settled('agent', 3);
    expect(new Set(old.map((pod) => pod.spec?.nodeName)).size).toBe(3);
    await apps().patchNamespacedDaemonSet({ name: 'agent', namespace: 'shop', body: restart() }, merge);
    let fewest = 3;
    await until(
      async () => {
        const pods = await podsOf('agent');
        fewest = Math.min(
          fewest,
          pods.filter((pod) => isReady(pod) && pod.metadata?.deletionTimestamp === undefined).length,
        );
        return pods;
      },
      (pods) => pods.length === 3 && pods.every((pod) => isReady(pod) && !uids(old).includes(pod.metadata?.uid ?? '')),
      'rolled',
    );
    expect(fewest).toBeGreaterThanOrEqual(2);
  });

  it('OnDelete, and a node that comes later', async () => {
    await cluster.apply([workload('DaemonSet', 'lazy', { updateStrategy: { type: 'OnDelete' } })]);
    const old = uids(await settled('lazy', 3));
    await apps().patchNamespacedDaemonSet({ name: 'lazy', namespace: 'shop', body: restart() }, merge);
    await cluster.apply([{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-4' } }]);
    const pods = await settled('lazy', 4);
    expect(uids(pods)).toEqual(expect.arrayContaining(old));
    await call(cluster, 'DELETE', '/api/v1/nodes/node-4');
    await settled('lazy', 3);
  });
});

describe('Jobs', () => {
  const job = async () =>
    (await configOf(cluster).makeApiClient(BatchV1Api).readNamespacedJob({ name: 'import', namespace: 'shop' })).status;

  it('run as long as they say, replace what is deleted, and give up at the back-off limit', async () => {
    await cluster.apply([workload('Job', 'import', { backoffLimit: 1 })]);
    const [first] = await settled('import', 1);
    await call(cluster, 'DELETE', `/api/v1/namespaces/shop/pods/${first?.metadata?.name}`);
    const [second] = await until(
      () => settled('import', 1),
      ([pod]) => pod?.metadata?.uid !== first?.metadata?.uid,
      'replaced',
    );
    expect(await until(job, (status) => status?.active === 1 && status.ready === 1, 'counted')).toMatchObject({
      failed: 1,
    });
    await call(cluster, 'DELETE', `/api/v1/namespaces/shop/pods/${second?.metadata?.name}`);
    const status = await until(job, (now) => now?.conditions?.some(({ type }) => type === 'Failed') === true, 'failed');
    expect(status?.conditions?.find(({ type }) => type === 'Failed')?.reason).toBe('BackoffLimitExceeded');
    await until(
      () => podsOf('import'),
      (pods) => pods.length === 0,
      'no pods',
    );
  });
});

describe('namespaces', () => {
  it('have a service account and the CA, and go with all they have', async () => {
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'brief' } }]);
    const core = configOf(cluster).makeApiClient(CoreV1Api);
    expect((await core.readNamespacedServiceAccount({ name: 'default', namespace: 'brief' })).metadata?.name).toBe(
      'default',
    );
    const ca = await core.readNamespacedConfigMap({ name: 'kube-root-ca.crt', namespace: 'brief' });
    expect(ca.data?.['ca.crt']).toBe(cluster.certificateAuthority);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bare', namespace: 'brief' },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    };
    await cluster.apply([pod]);
    await call(cluster, 'DELETE', '/api/v1/namespaces/brief');
    const refused = await call(cluster, 'POST', '/api/v1/namespaces/brief/configmaps', {
      body: { metadata: { name: 'late' } },
    });
    expect(refused.code).not.toBe(201);
    await until(
      () => call(cluster, 'GET', '/api/v1/namespaces/brief'),
      ({ code }) => code === 404,
      'gone',
    );
    expect((await call(cluster, 'GET', '/api/v1/namespaces/brief/pods')).body.items).toEqual([]);
  });
});
