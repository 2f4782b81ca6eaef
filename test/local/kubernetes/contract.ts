/** What every cluster of the local cloud has to answer: one suite for the embedded API and for a real kube-apiserver. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClusterOptions, LocalCluster } from '../../../local/kubernetes/index.ts';
import { asJson } from '../../../local/kubernetes/json.ts';
import { findKind } from '../../../local/kubernetes/kinds.ts';
import { call, deployment, namespace, type Reply, until } from './harness.ts';

type Manifest = { apiVersion: string; kind: string; metadata: { name: string } };

/** Manifests with mistakes, and what kube-apiserver v1.34.2 said of each (captured). */
const INVALID: { manifest: Manifest; says: string[] }[] = JSON.parse(
  readFileSync(new URL('./invalid-objects.json', import.meta.url), 'utf8'),
);

const SHOP = '/api/v1/namespaces/shop';
const BATCH = '/apis/batch/v1/namespaces/shop';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const POD = { containers: [{ name: 'main', image: 'main:1' }] };

/** The tests; `start` starts a cluster that knows the tokens of the harness, with nodes. */
export const contract = (name: string, start: (options?: Partial<ClusterOptions>) => Promise<LocalCluster>): void => {
  describe(name, () => {
    let cluster: LocalCluster;
    beforeAll(async () => {
      cluster = await start();
      await cluster.apply([namespace('shop')]);
    }, 120_000);
    afterAll(async () => cluster?.close(), 60_000);

    const get = (path: string, headers = {}) => call(cluster, 'GET', path, { headers });
    const post = (path: string, body: object) => call(cluster, 'POST', path, { body });
    const patch = (path: string, type: string, body: object) =>
      call(cluster, 'PATCH', path, { body, headers: { 'content-type': type } });
    const statusOf = async (path: string) => asJson((await get(path)).body.status ?? {});

    describe('refuses', () => {
      it.each(INVALID)('$manifest.kind $manifest.metadata.name', async ({ manifest, says }) => {
        const reply = await post(pathOf(manifest), manifest);
        expect([400, 422]).toContain(reply.code);
        expect(mistakes(reply)).toEqual(says);
      });

      it('unknown fields when strict, warns of them otherwise, and drops them', async () => {
        const body = { metadata: { name: 'unknown' }, data: { a: 'b' }, datta: { c: 'd' } };
        const strict = await post(`${SHOP}/configmaps?fieldValidation=Strict`, body);
        expect([strict.code, strict.body.message]).toEqual([
          400,
          'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datta"',
        ]);
        const warned = await post(`${SHOP}/configmaps?fieldValidation=Warn`, body);
        expect([warned.code, warned.headers.warning]).toEqual([201, '299 - "unknown field \\"datta\\""']);
        expect((await get(`${SHOP}/configmaps/unknown`)).body).not.toHaveProperty('datta');
      });

      it('what is stale, what exists, what is not there, and patches of no known type', async () => {
        const made = await post(`${SHOP}/configmaps`, { metadata: { name: 'stale' } });
        expect((await post(`${SHOP}/configmaps`, { metadata: { name: 'stale' } })).body).toMatchObject({
          code: 409,
          reason: 'AlreadyExists',
        });
        await patch(`${SHOP}/configmaps/stale`, 'application/merge-patch+json', { data: { a: '1' } });
        const replaced = await call(cluster, 'PUT', `${SHOP}/configmaps/stale`, { body: made.body });
        expect(replaced.body).toMatchObject({ code: 409, reason: 'Conflict' });
        expect((await get(`${SHOP}/configmaps/none`)).body).toMatchObject({
          code: 404,
          message: 'configmaps "none" not found',
        });
        expect((await patch(`${SHOP}/configmaps/stale`, 'application/x-patch', {})).code).toBe(415);
      });
    });

    it('stores nothing in a dry run', async () => {
      expect((await post(`${SHOP}/configmaps?dryRun=All`, { metadata: { name: 'dry' } })).code).toBe(201);
      expect((await get(`${SHOP}/configmaps/dry`)).code).toBe(404);
    });

    it('patches in three ways', async () => {
      await post('/apis/apps/v1/namespaces/shop/deployments', deployment('patched', 0));
      const path = '/apis/apps/v1/namespaces/shop/deployments/patched';
      const container = { spec: { template: { spec: { containers: [{ name: 'main', image: 'main:2' }] } } } };
      await patch(path, 'application/strategic-merge-patch+json', container);
      await patch(path, 'application/merge-patch+json', { metadata: { labels: { a: 'b', c: null } } });
      await patch(path, 'application/json-patch+json', [{ op: 'add', path: '/metadata/labels/d', value: 'e' }]);
      expect((await get(path)).body).toMatchObject({
        metadata: { labels: { a: 'b', d: 'e' }, generation: 2 },
        spec: {
          template: { spec: { containers: [{ name: 'main', image: 'main:2', imagePullPolicy: 'IfNotPresent' }] } },
        },
      });
    });

    describe('lists', () => {
      beforeAll(async () => {
        for (const [key, tier] of Object.entries({ a: 'web', b: 'web', c: 'db', d: '' })) {
          const labels = tier === '' ? {} : { tier };
          await post(`${SHOP}/secrets`, { metadata: { name: `s-${key}`, labels }, type: 'example.com/listed' });
        }
      });
      const names = ({ body }: Reply): string[] =>
        (Array.isArray(body.items) ? body.items : []).map(({ metadata }) => metadata.name);
      const LISTED = 'fieldSelector=type%3Dexample.com%2Flisted';

      it.each([
        ['tier=web', ['s-a', 's-b']],
        ['tier!=web', ['s-c', 's-d']],
        ['tier in (web,db)', ['s-a', 's-b', 's-c']],
        ['tier notin (web)', ['s-c', 's-d']],
        ['tier', ['s-a', 's-b', 's-c']],
        ['!tier', ['s-d']],
        ['tier,tier!=db', ['s-a', 's-b']],
      ])('with %s', async (selector, expected) => {
        const query = `labelSelector=${encodeURIComponent(selector)}&${LISTED}`;
        expect(names(await get(`${SHOP}/secrets?${query}`))).toEqual(expected);
      });

      it('in pages, each thing once', async () => {
        const seen: string[] = [];
        let token = '';
        do {
          const page = await get(`${SHOP}/secrets?limit=3&${LISTED}&continue=${encodeURIComponent(token)}`);
          seen.push(...names(page));
          token = String(asJson(page.body.metadata).continue ?? '');
        } while (token !== '');
        expect(seen).toEqual(['s-a', 's-b', 's-c', 's-d']);
      });

      it.each([
        ['/api/v1/pods', 'Name, Ready, Status, Restarts, Age', 'IP, Node, Nominated Node, Readiness Gates'],
        ['/api/v1/configmaps', 'Name, Data, Age', ''],
        ['/api/v1/secrets', 'Name, Type, Data, Age', ''],
        ['/api/v1/services', 'Name, Type, Cluster-IP, External-IP, Port(s), Age', 'Selector'],
        ['/api/v1/events', 'Last Seen, Type, Reason, Object, Message', 'Subobject, Source, First Seen, Count, Name'],
        [
          '/api/v1/nodes',
          'Name, Status, Roles, Age, Version',
          'Internal-IP, External-IP, OS-Image, Kernel-Version, Container-Runtime',
        ],
        ['/apis/apps/v1/deployments', 'Name, Ready, Up-to-date, Available, Age', 'Containers, Images, Selector'],
        ['/apis/apps/v1/replicasets', 'Name, Desired, Current, Ready, Age', 'Containers, Images, Selector'],
        ['/apis/batch/v1/jobs', 'Name, Status, Completions, Duration, Age', 'Containers, Images, Selector'],
        [
          '/apis/batch/v1/cronjobs',
          'Name, Schedule, Timezone, Suspend, Active, Last Schedule, Age',
          'Containers, Images, Selector',
        ],
        ['/apis/policy/v1/poddisruptionbudgets', 'Name, Min Available, Max Unavailable, Allowed Disruptions, Age', ''],
        ['/apis/coordination.k8s.io/v1/leases', 'Name, Holder, Age', ''],
        [
          '/api/v1/persistentvolumeclaims',
          'Name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age',
          'VolumeMode',
        ],
        ['/api/v1/resourcequotas', 'Name, Request, Limit, Age', ''],
        ['/api/v1/limitranges', 'Name, Created At', ''],
        ['/apis/networking.k8s.io/v1/ingresses', 'Name, Class, Hosts, Address, Ports, Age', ''],
        ['/apis/networking.k8s.io/v1/networkpolicies', 'Name, Pod-Selector, Age', ''],
        [
          '/apis/autoscaling/v2/horizontalpodautoscalers',
          'Name, Reference, Targets, MinPods, MaxPods, Replicas, Age',
          '',
        ],
        ['/apis/rbac.authorization.k8s.io/v1/rolebindings', 'Name, Role, Age', 'Users, Groups, ServiceAccounts'],
      ])('as a table: %s', async (path, narrow, wide) => {
        const { columnDefinitions } = (await get(path, TABLE)).body;
        const columns = Array.isArray(columnDefinitions) ? columnDefinitions : [];
        const of = (isWide: boolean): string =>
          columns
            .filter(({ priority }) => priority > 0 === isWide)
            .map((column) => column.name)
            .join(', ');
        expect([of(false), of(true)]).toEqual([narrow, wide]);
      });
    });

    it('watches: what is there, then a bookmark', async () => {
      await post(`${SHOP}/configmaps`, { metadata: { name: 'watched', labels: { watched: 'yes' } } });
      const query =
        'watch=1&labelSelector=watched&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1';
      const { body } = await get(`${SHOP}/configmaps?${query}`);
      const events = String(body.text)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events.slice(0, 2)).toMatchObject([
        { type: 'ADDED', object: { metadata: { name: 'watched' } } },
        { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
      ]);
    });

    it('runs a job to its end, pod by pod', async () => {
      const spec = { completions: 2, parallelism: 1, template: { spec: { ...POD, restartPolicy: 'Never' } } };
      await post(`${BATCH}/jobs`, { metadata: { name: 'twice' }, spec });
      const status = await until(
        () => statusOf(`${BATCH}/jobs/twice`),
        ({ completionTime }) => completionTime !== undefined,
        'complete',
      );
      const conditions = Array.isArray(status.conditions)
        ? status.conditions.map((condition) => asJson(condition))
        : [];
      expect(status).toMatchObject({ succeeded: 2 });
      expect(conditions.map(({ type, reason }) => `${type}: ${reason}`).sort()).toEqual([
        'Complete: CompletionsReached',
        'SuccessCriteriaMet: CompletionsReached',
      ]);
      const pods = await get(`${SHOP}/pods?labelSelector=job-name%3Dtwice`);
      expect(pods.body.items).toMatchObject([{ status: { phase: 'Succeeded' } }, { status: { phase: 'Succeeded' } }]);
    });

    it('makes the jobs of a cron job, and none of a suspended one', async () => {
      const jobTemplate = { spec: { template: { spec: { ...POD, restartPolicy: 'Never' } } } };
      const spec = { schedule: '@every 1s', jobTemplate };
      await post(`${BATCH}/cronjobs`, { metadata: { name: 'asleep' }, spec: { ...spec, suspend: true } });
      await post(`${BATCH}/cronjobs`, { metadata: { name: 'tick' }, spec });
      const jobs = async () => {
        const { items } = (await get(`${BATCH}/jobs`)).body;
        return (Array.isArray(items) ? items : []).map(({ metadata }) => String(metadata.name));
      };
      const made = await until(jobs, (found) => found.some((job) => job.startsWith('tick-')), 'a job');
      expect(made.find((job) => job.startsWith('tick-'))).toMatch(/^tick-\d+$/);
      expect(made.filter((job) => job.startsWith('asleep'))).toEqual([]);
      await call(cluster, 'DELETE', `${BATCH}/cronjobs/tick`);
    });

    it('scales a deployment, and evicts no more than its budget allows', async () => {
      const deployments = '/apis/apps/v1/namespaces/shop/deployments';
      await post(deployments, deployment('guarded', 1));
      await patch(`${deployments}/guarded/scale`, 'application/merge-patch+json', { spec: { replicas: 2 } });
      await until(
        () => statusOf(`${deployments}/guarded`),
        ({ availableReplicas }) => availableReplicas === 2,
        'two pods',
      );
      const budgets = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets';
      const budget = { minAvailable: 2, selector: { matchLabels: { app: 'guarded' } } };
      await post(budgets, { metadata: { name: 'guarded' }, spec: budget });
      await until(
        () => statusOf(`${budgets}/guarded`),
        ({ currentHealthy }) => currentHealthy === 2,
        'counted',
      );
      const pods = (await get(`${SHOP}/pods?labelSelector=app%3Dguarded`)).body.items;
      const pod: string = Array.isArray(pods) ? pods[0].metadata.name : '';
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod } };
      expect((await post(`${SHOP}/pods/${pod}/eviction`, eviction)).body).toMatchObject({
        code: 429,
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
      });
    });

    it('says who may do what', async () => {
      const review = { spec: { resourceAttributes: { verb: 'delete', resource: 'pods', namespace: 'shop' } } };
      const ask = (token?: string) =>
        call(cluster, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', ...review },
          ...(token === undefined ? {} : { token }),
        });
      expect((await ask()).body.status).toMatchObject({ allowed: true });
      expect((await ask('bob-token')).body.status).toMatchObject({ allowed: false });
      expect((await call(cluster, 'GET', `${SHOP}/pods`, { token: 'bob-token' })).body.message).toBe(
        'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "shop"',
      );
    });

    it('empties a namespace before it goes, and takes nothing new in it', async () => {
      await cluster.apply([namespace('brief')]);
      const finalizers = ['example.com/hold'];
      const path = '/api/v1/namespaces/brief/configmaps';
      await post(path, { metadata: { name: 'held', finalizers } });
      await call(cluster, 'DELETE', '/api/v1/namespaces/brief');
      expect((await post(path, { metadata: { name: 'late' } })).body).toMatchObject({ code: 403, reason: 'Forbidden' });
      expect(await statusOf('/api/v1/namespaces/brief')).toMatchObject({ phase: 'Terminating' });
      await patch(`${path}/held`, 'application/merge-patch+json', { metadata: { finalizers: null } });
      await until(
        () => get('/api/v1/namespaces/brief'),
        ({ code }) => code === 404,
        'gone',
      );
    });
  });
};

const pathOf = ({ apiVersion, kind }: Manifest): string => {
  const found = findKind(apiVersion, kind);
  if (found === undefined) throw new Error(`no such kind: ${apiVersion} ${kind}`);
  const root = found.group === '' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}/${found.namespaced ? 'namespaces/shop/' : ''}${found.plural}`;
};

const mistakes = ({ body }: Reply): string[] => {
  const { causes } = asJson(body.details ?? {});
  if (!Array.isArray(causes)) return [String(body.message)];
  return causes
    .map((cause) => asJson(cause))
    .map(({ field, message }) => `${field}: ${message}`)
    .sort();
};
