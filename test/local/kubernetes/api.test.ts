import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  type KubernetesObject,
  makeInformer,
  PatchStrategy,
  PolicyV1Api,
  setHeaderOptions,
} from '@kubernetes/client-node';
import type { LocalCluster } from '../../../local/kubernetes/index.ts';
import { ADMIN, call, configOf, deployment, namespace, serviceAccount, start, until } from './harness.ts';

let cluster: LocalCluster;
beforeAll(async () => {
  cluster = await start({
    association: (space, account) =>
      space === 'shop' && account === 'orders' ? { roleArn: 'arn:aws:iam::111122223333:role/orders' } : undefined,
  });
  await cluster.apply([
    namespace('shop'),
    serviceAccount('orders'),
    deployment('orders', 3, {}, { serviceAccountName: 'orders' }),
    deployment('plain', 1),
  ]);
});
afterAll(() => cluster.close());

const PODS = '/api/v1/namespaces/shop/pods';
const CONFIG_MAPS = '/api/v1/namespaces/shop/configmaps';
const core = (token = ADMIN) => configOf(cluster, token).makeApiClient(CoreV1Api);
const podsOf = async (app: string) =>
  (await core().listNamespacedPod({ namespace: 'shop', labelSelector: `app=${app}` })).items;
const readyPods = (app: string, count: number) =>
  until(
    () => podsOf(app),
    (pods) => pods.filter((pod) => pod.status?.phase === 'Running').length === count && pods.length === count,
    `${count} pods of ${app}`,
  );

describe('who may do what', () => {
  it.each([
    ['no token', { authorization: '' }],
    ['an unknown token', { authorization: 'Bearer nobody' }],
    ['another scheme', { authorization: 'Basic YWRtaW46eA==' }],
  ])('401 for %s', async (_case, headers) => {
    const reply = await call(cluster, 'GET', PODS, { headers });
    expect(reply).toMatchObject({
      code: 401,
      body: { kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' },
    });
  });

  it.each([
    ['GET', PODS, 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "shop"'],
    [
      'GET',
      '/api/v1/pods',
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the cluster scope',
    ],
    [
      'DELETE',
      '/apis/apps/v1/namespaces/shop/deployments/orders',
      'deployments.apps "orders" is forbidden: User "bob" cannot delete resource "deployments" in API group "apps" in the namespace "shop"',
    ],
    [
      'POST',
      `${PODS}/x/eviction`,
      'pods "x" is forbidden: User "bob" cannot create resource "pods/eviction" in API group "" in the namespace "shop"',
    ],
    ['GET', '/metrics', 'forbidden: User "bob" cannot get path "/metrics"'],
    [
      'GET',
      '/apis/nope.example/v1/things',
      'things.nope.example is forbidden: User "bob" cannot list resource "things" in API group "nope.example" at the cluster scope',
    ],
  ])("403 in Kubernetes' words: %s %s", async (method, path, message) => {
    const reply = await call(cluster, method, path, { token: 'bob-token' });
    expect(reply).toMatchObject({ code: 403, body: { reason: 'Forbidden', message } });
  });

  it('grants what a role says, to service accounts too', async () => {
    await cluster.apply([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'look', namespace: 'shop' },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'look', namespace: 'shop' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'look' },
        subjects: [{ kind: 'ServiceAccount', name: 'orders', namespace: 'shop' }],
      },
    ]);
    const made = await core().createNamespacedServiceAccountToken({
      namespace: 'shop',
      name: 'orders',
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    const token = made.status?.token ?? '';
    expect((await call(cluster, 'GET', PODS, { token })).code).toBe(200);
    expect((await call(cluster, 'GET', CONFIG_MAPS, { token })).code).toBe(403);
    // One for another audience is not a key to this API.
    const other = await core().createNamespacedServiceAccountToken({
      namespace: 'shop',
      name: 'orders',
      body: { spec: { audiences: ['pods.eks.amazonaws.com'] } },
    });
    expect((await call(cluster, 'GET', PODS, { token: other.status?.token ?? '' })).code).toBe(401);
  });

  it('lets the admin act as somebody else, and nobody else', async () => {
    const headers = { 'impersonate-user': 'bob' };
    expect((await call(cluster, 'GET', PODS, { headers })).body.message).toContain('User "bob" cannot list');
    const reply = await call(cluster, 'GET', PODS, { token: 'bob-token', headers: { 'impersonate-user': 'admin' } });
    expect(reply.body.message).toBe(
      'users "admin" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });
});

describe('objects', () => {
  it.each([
    ['GET', `${CONFIG_MAPS}/nope`, undefined, 404, 'configmaps "nope" not found'],
    ['GET', '/apis/apps/v1/namespaces/shop/deployments/nope', undefined, 404, 'deployments.apps "nope" not found'],
    ['GET', '/apis/nope.example/v1/things', undefined, 404, 'the server could not find the requested resource'],
    [
      'POST',
      '/api/v1/namespaces/nowhere/configmaps',
      { metadata: { name: 'a' } },
      404,
      'namespaces "nowhere" not found',
    ],
    [
      'POST',
      '/api/v1/configmaps',
      { metadata: { name: 'a' } },
      405,
      'the server does not allow this method on the requested resource',
    ],
    [
      'POST',
      CONFIG_MAPS,
      { metadata: { name: 'a', namespace: 'other' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'POST',
      CONFIG_MAPS,
      { metadata: { name: 'a', resourceVersion: '1' } },
      400,
      'resourceVersion should not be set on objects to be created',
    ],
    [
      'POST',
      CONFIG_MAPS,
      {},
      422,
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'PUT',
      '/api/v1/namespaces/shop/serviceaccounts/orders',
      { metadata: { name: 'other' } },
      400,
      'the name of the object (other) does not match the name on the URL (orders)',
    ],
    [
      'POST',
      `${CONFIG_MAPS}?fieldValidation=Strict`,
      { metadata: { name: 'a' }, dataa: {} },
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dataa"',
    ],
    [
      'GET',
      `${PODS}/x/log`,
      undefined,
      501,
      'pods/log needs running containers, which the embedded Kubernetes API has not: point KUBEBUILDER_ASSETS at a real kube-apiserver, or use a real cluster',
    ],
    [
      'GET',
      `${PODS}?labelSelector=a%20b`,
      undefined,
      400,
      "unable to parse requirement: found 'a b', expected: a label selector",
    ],
  ])('%s %s → %p', async (method, path, body, code, message) => {
    expect(await call(cluster, method, path, { body })).toMatchObject({
      code,
      body: { kind: 'Status', code, message },
    });
  });

  it('exist once, change by version, and go', async () => {
    const made = await call(cluster, 'POST', CONFIG_MAPS, {
      body: { metadata: { name: 'settings' }, data: { a: '1' } },
    });
    expect(made).toMatchObject({
      code: 201,
      body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'settings', namespace: 'shop' } },
    });
    const again = await call(cluster, 'POST', CONFIG_MAPS, { body: { metadata: { name: 'settings' } } });
    expect(again).toMatchObject({
      code: 409,
      body: { reason: 'AlreadyExists', message: 'configmaps "settings" already exists' },
    });
    const changed = await call(cluster, 'PUT', `${CONFIG_MAPS}/settings`, { body: { ...made.body, data: { a: '2' } } });
    expect(changed).toMatchObject({ code: 200, body: { data: { a: '2' } } });
    const stale = await call(cluster, 'PUT', `${CONFIG_MAPS}/settings`, { body: { ...made.body, data: { a: '3' } } });
    expect(stale).toMatchObject({
      code: 409,
      body: {
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again',
      },
    });
    // Writing the same again is no change, and makes no version.
    const same = await call(cluster, 'PUT', `${CONFIG_MAPS}/settings`, { body: changed.body });
    expect(same.body).toEqual(changed.body);
    expect((await call(cluster, 'DELETE', `${CONFIG_MAPS}/settings`)).body).toMatchObject({
      kind: 'Status',
      status: 'Success',
    });
    expect((await call(cluster, 'GET', `${CONFIG_MAPS}/settings`)).code).toBe(404);
  });

  it('are not stored by a dry run', async () => {
    const path = `${CONFIG_MAPS}?dryRun=All`;
    expect((await call(cluster, 'POST', path, { body: { metadata: { name: 'dry' } } })).code).toBe(201);
    expect((await call(cluster, 'GET', `${CONFIG_MAPS}/dry`)).code).toBe(404);
    const [pod] = await readyPods('plain', 1);
    const gone = await call(cluster, 'DELETE', `${PODS}/${pod?.metadata?.name}?dryRun=All`);
    expect(gone.code).toBe(200);
    expect((await podsOf('plain'))[0]?.metadata?.deletionTimestamp).toBeUndefined();
  });

  it('warn of unknown fields unless told otherwise', async () => {
    const reply = await call(cluster, 'POST', CONFIG_MAPS, { body: { metadata: { generateName: 'warn-' }, dataa: 1 } });
    expect(reply.code).toBe(201);
    expect(reply.headers.warning).toBe('299 - "unknown field \\"dataa\\""');
    expect(reply.body.dataa).toBeUndefined();
    expect(reply.body.metadata).toMatchObject({ name: expect.stringMatching(/^warn-[a-z0-9]{5}$/) });
  });

  it('list in the order of names, in pages', async () => {
    for (const name of ['page-c', 'page-a', 'page-b']) {
      await core().createNamespacedConfigMap({
        namespace: 'shop',
        body: { metadata: { name, labels: { page: 'y' } } },
      });
    }
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await core().listNamespacedConfigMap({
        namespace: 'shop',
        labelSelector: 'page=y',
        limit: 2,
        ...(token === undefined ? {} : { _continue: token }),
      });
      expect(page.items.length).toBeLessThanOrEqual(2);
      names.push(...page.items.map((item) => item.metadata?.name ?? ''));
      token = page.metadata?._continue;
    } while (token !== undefined);
    expect(names).toEqual(['page-a', 'page-b', 'page-c']);
    expect((await call(cluster, 'GET', `${CONFIG_MAPS}?continue=garbage`)).code).toBe(400);
  });

  it('patch in all three ways', async () => {
    const api = configOf(cluster).makeApiClient(AppsV1Api);
    const name = { name: 'plain', namespace: 'shop' };
    const by = (strategy: string) => setHeaderOptions('Content-Type', strategy);
    const body = { metadata: { annotations: { a: '1' } } };
    await api.patchNamespacedDeployment({ ...name, body }, by(PatchStrategy.StrategicMergePatch));
    await api.patchNamespacedDeployment(
      { ...name, body: { metadata: { annotations: { b: '2' } } } },
      by(PatchStrategy.MergePatch),
    );
    const json = [{ op: 'remove', path: '/metadata/annotations/a' }];
    const patched = await api.patchNamespacedDeployment({ ...name, body: json });
    expect(patched.metadata?.annotations).toMatchObject({ b: '2' });
    expect(patched.metadata?.annotations?.a).toBeUndefined();
  });
});

describe('watches', () => {
  const body = (name: string) => ({ metadata: { name, labels: { watch: 'y' } } });

  it('show what is there, what comes, what changes in and out of the selection, and what goes', async () => {
    const api = core();
    await api.createNamespacedConfigMap({ namespace: 'shop', body: body('w1') });
    const list = () => api.listNamespacedConfigMap({ namespace: 'shop', labelSelector: 'watch=y' });
    const informer = makeInformer<KubernetesObject>(configOf(cluster), CONFIG_MAPS, list, 'watch=y');
    const seen: string[] = [];
    informer.on('add', (object) => seen.push(`add ${object.metadata?.name}`));
    informer.on('delete', (object) => seen.push(`delete ${object.metadata?.name}`));
    await informer.start();
    await api.createNamespacedConfigMap({ namespace: 'shop', body: body('w2') });
    await api.patchNamespacedConfigMap({
      name: 'w1',
      namespace: 'shop',
      body: [{ op: 'remove', path: '/metadata/labels' }],
    });
    await api.deleteNamespacedConfigMap({ name: 'w2', namespace: 'shop' });
    await until(
      () => seen,
      (all) => all.length === 4,
      'events',
    );
    await informer.stop();
    expect(seen).toEqual(['add w1', 'add w2', 'delete w1', 'delete w2']);
  });

  it('resume from a version, and end when the time is over', async () => {
    const before = await core().listNamespacedConfigMap({ namespace: 'shop' });
    await core().createNamespacedConfigMap({ namespace: 'shop', body: { metadata: { name: 'later' } } });
    const version = before.metadata?.resourceVersion;
    const { body: stream } = await call(
      cluster,
      'GET',
      `${CONFIG_MAPS}?watch=1&resourceVersion=${version}&timeoutSeconds=1`,
    );
    expect(stream).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'later' } } });
  });
});

describe('service account tokens', () => {
  const create = async (body: object, account = 'orders') =>
    call(cluster, 'POST', `/api/v1/namespaces/shop/serviceaccounts/${account}/token`, { body });
  const tokenIn = (body: { status?: { token?: string } }): string => body.status?.token ?? '';
  const AUDIENCE = 'pods.eks.amazonaws.com';

  it('are reviewed until their pod is gone', async () => {
    const [pod] = await readyPods('orders', 3);
    const name = pod?.metadata?.name ?? '';
    const spec = { audiences: [AUDIENCE], boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name } };
    const token = tokenIn((await create({ spec })).body);
    const bound = { namespace: 'shop', serviceAccount: 'orders', pod: { name, uid: pod?.metadata?.uid } };
    expect(await cluster.reviewToken(token, AUDIENCE)).toEqual(bound);
    await expect(cluster.reviewToken(token, 'sts.amazonaws.com')).rejects.toThrow(
      expect.objectContaining({ name: 'TokenInvalid' }),
    );
    await core().deleteNamespacedPod({ name, namespace: 'shop' });
    await until(
      () => podsOf('orders'),
      (pods) => !pods.some((other) => other.metadata?.name === name),
      'pod gone',
    );
    await expect(cluster.reviewToken(token, AUDIENCE)).rejects.toThrow('does not exist any more');
  });

  it('expire, and are of one cluster', async () => {
    let now = new Date();
    const other = await start({ name: 'other', now: () => now });
    try {
      await other.apply([namespace('shop'), serviceAccount('orders')]);
      const path = '/api/v1/namespaces/shop/serviceaccounts/orders/token';
      const token = tokenIn(
        (await call(other, 'POST', path, { body: { spec: { audiences: [AUDIENCE], expirationSeconds: 600 } } })).body,
      );
      expect(await other.reviewToken(token, AUDIENCE)).toEqual({ namespace: 'shop', serviceAccount: 'orders' });
      await expect(cluster.reviewToken(token, AUDIENCE)).rejects.toThrow(
        expect.objectContaining({ name: 'TokenInvalid' }),
      );
      now = new Date(now.getTime() + 601_000);
      await expect(other.reviewToken(token, AUDIENCE)).rejects.toThrow(
        expect.objectContaining({ name: 'TokenExpired' }),
      );
      await expect(other.reviewToken(`${token.slice(0, -8)}AAAAAAAA`, AUDIENCE)).rejects.toThrow(
        expect.objectContaining({ name: 'TokenInvalid' }),
      );
    } finally {
      await other.close();
    }
  });

  it.each([
    ['too short', { spec: { expirationSeconds: 60 } }, 422, 'may not specify a duration less than 10 minutes'],
    [
      'no such pod',
      { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'nope' } } },
      404,
      'pods "nope" not found',
    ],
    [
      'another kind',
      { spec: { boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'x' } } },
      400,
      'cannot bind token to object of type',
    ],
  ])('refused: %s', async (_case, body, code, message) => {
    expect(await create(body)).toMatchObject({ code, body: { message: expect.stringContaining(message) } });
  });

  it('refused: a pod of another account', async () => {
    const [pod] = await readyPods('plain', 1);
    const spec = { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod?.metadata?.name } };
    expect(await create({ spec })).toMatchObject({
      code: 400,
      body: {
        message: 'cannot bind token for serviceaccount "orders" to pod running with different serviceaccount name.',
      },
    });
  });

  it("have an issuer that the cluster's ARN decides", async () => {
    expect(cluster.issuer).toMatch(/^https:\/\/oidc\.eks\.eu-west-1\.amazonaws\.com\/id\/[0-9A-F]{32}$/);
    const again = await start();
    expect(again.issuer).toBe(cluster.issuer);
    await again.close();
    expect(cluster.jwks().keys).toHaveLength(1);
  });
});

describe('evictions', () => {
  const budget = (name: string, more: object): object => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { matchLabels: { app: 'orders' } }, ...more },
  });
  const evict = (name: string, more: object = {}) =>
    call(cluster, 'POST', `${PODS}/${name}/eviction`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'shop' }, ...more },
    });
  const allowed = (count: number) =>
    until(
      async () =>
        (
          await configOf(cluster)
            .makeApiClient(PolicyV1Api)
            .readNamespacedPodDisruptionBudget({ name: 'one', namespace: 'shop' })
        ).status,
      (status) => status?.disruptionsAllowed === count && status.currentHealthy === 2 + count,
      `${count} disruptions allowed`,
    );

  it('follow the budget, one at a time', async () => {
    await readyPods('orders', 3);
    await cluster.apply([budget('one', { maxUnavailable: 1 })]);
    await allowed(1);
    const [first, second] = (await podsOf('orders')).map((pod) => pod.metadata?.name ?? '');
    const dry = await evict(first ?? '', { deleteOptions: { dryRun: ['All'] } });
    expect(dry).toMatchObject({ code: 201, body: { status: 'Success' } });
    expect(await evict(first ?? '')).toMatchObject({ code: 201, body: { kind: 'Status', status: 'Success' } });
    const refused = await evict(second ?? '');
    expect(refused).toMatchObject({
      code: 429,
      body: {
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: expect.stringMatching(/^The disruption budget one needs 2 healthy pods and has \d currently$/),
            },
          ],
        },
      },
    });
    expect(refused.headers['retry-after']).toBeUndefined();
    await allowed(1);
    expect((await evict(second ?? '')).code).toBe(201);
    await allowed(1);
  });

  it('fail when two budgets cover the pod', async () => {
    await cluster.apply([budget('two', { minAvailable: 1 })]);
    const [pod] = await readyPods('orders', 3);
    expect(await evict(pod?.metadata?.name ?? '')).toMatchObject({
      code: 500,
      body: {
        message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      },
    });
    await call(cluster, 'DELETE', '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/two');
  });

  it('are errors that client-node can tell apart', async () => {
    const error = await core()
      .createNamespacedPodEviction({ name: 'nope', namespace: 'shop', body: { metadata: { name: 'nope' } } })
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(error).toBeInstanceOf(ApiException);
    expect(error).toMatchObject({ code: 404, body: expect.stringContaining('pods \\"nope\\" not found') });
  });
});

describe('pods', () => {
  it('are injected when they are created, with the token volumes of Kubernetes and EKS', async () => {
    const [pod] = await readyPods('orders', 3);
    expect(pod?.spec?.serviceAccountName).toBe('orders');
    expect(pod?.spec?.volumes?.map(({ name }) => name)).toEqual([
      'eks-pod-identity-token',
      expect.stringMatching(/^kube-api-access-[a-z0-9]{5}$/),
    ]);
    const env = pod?.spec?.containers[0]?.env?.map(({ name }) => name);
    expect(env).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI');
    const [plain] = await readyPods('plain', 1);
    expect(plain?.spec?.serviceAccountName).toBe('default');
    expect(plain?.spec?.containers[0]?.env).toBeUndefined();
  });

  it('need their service account', async () => {
    const body = {
      metadata: { name: 'lost' },
      spec: { serviceAccountName: 'nobody', containers: [{ name: 'a', image: 'a' }] },
    };
    expect(await call(cluster, 'POST', PODS, { body })).toMatchObject({
      code: 403,
      body: {
        message:
          'pods "lost" is forbidden: error looking up service account shop/nobody: serviceaccount "nobody" not found',
      },
    });
  });

  it('can hardly be changed', async () => {
    const [pod] = await readyPods('plain', 1);
    const path = `${PODS}/${pod?.metadata?.name}`;
    const headers = { 'content-type': 'application/merge-patch+json' };
    const reply = await call(cluster, 'PATCH', path, { headers, body: { spec: { serviceAccountName: 'orders' } } });
    expect(reply.code).toBe(422);
    expect(reply.body.message).toContain('spec: Forbidden: pod updates may not change fields other than');
    const labelled = await call(cluster, 'PATCH', path, { headers, body: { metadata: { labels: { seen: 'y' } } } });
    expect(labelled.code).toBe(200);
  });

  it('select by account, node and phase', async () => {
    await readyPods('orders', 3);
    const query = 'fieldSelector=spec.serviceAccountName%3Dorders,status.phase%3DRunning';
    const { items } = (await call(cluster, 'GET', `/api/v1/pods?${query}`)).body;
    expect(items).toHaveLength(3);
    const refused = await call(cluster, 'GET', `${PODS}?fieldSelector=spec.nope%3D1`);
    expect(refused).toMatchObject({ code: 400, body: { message: 'field label not supported: spec.nope' } });
  });
});

it('ends open watches when it closes, and frees its port', async () => {
  const short = await start({ name: 'short' });
  const watching = call(short, 'GET', '/api/v1/pods?watch=1').then(
    () => 'ended',
    () => 'cut',
  );
  await call(short, 'GET', '/api/v1/pods');
  await short.close();
  expect(['ended', 'cut']).toContain(await watching);
  const port = Number(new URL(short.endpoint).port);
  const next = await start({ name: 'short', port });
  await expect(start({ name: 'taken', port })).rejects.toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
  await next.close();
});
