/**
 * A whole revocation on a real kube-apiserver with the real controllers: login, injection, RBAC, admission policy, rollouts, evictions.
 * Needs KUBEBUILDER_ASSETS, and PODID_KUBERNETES_TOOLS or ../shared/tools/kubernetes.
 */
import { DescribeAccessEntryCommand, EKSClient, ListAccessEntriesCommand } from '@aws-sdk/client-eks';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AppsV1Api,
  AuthenticationV1Api,
  type Cluster,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  PolicyV1Api,
  setHeaderOptions,
  type V1Pod,
} from '@kubernetes/client-node';
import { eksToken } from '../../functions/aws/eks-token.ts';
import { machineName } from '../../functions/names.ts';
import type { Credentials } from '../../local/contract.ts';
import { realKubernetesTools } from '../../local/kubernetes/real.ts';
import { dissociate } from '../local/spine/associations.ts';
import { inShop, NAMESPACE, SHOP } from '../local/spine/fleets.ts';
import { as, eventually, kubernetes, type Running, startFleet, storeOf } from '../local/spine/harness.ts';
import { assumeRoleForPodIdentity, isInjected, podCredentials, scan } from '../local/spine/pods.ts';
import { ended } from '../local/spine/revocations.ts';
import { CLUSTER, REPLICAS, realFleet } from './fleet.ts';

const suite = realKubernetesTools() === undefined ? describe.skip : describe;

suite('on a real Kubernetes', () => {
  let local: Running;

  beforeAll(async () => {
    local = await startFleet(realFleet, { kubernetes: 'real' });
    await eventually('all pods ready', async () => {
      const counts = Object.entries(REPLICAS).map(async ([app, count]) => (await ready(app)).length === count);
      return (await Promise.all(counts)).every(Boolean);
    });
  }, 120_000);
  afterAll(async () => local?.stop(), 60_000);

  const podsWith = async (app: string): Promise<V1Pod[]> => {
    const { core } = await kubernetes(local, CLUSTER);
    return (await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: `app=${app}` })).items;
  };
  const ready = async (app: string) => (await podsWith(app)).filter(isReady);

  /** A login with a principal's credentials, as `aws eks get-token` makes it. */
  const login = async (credentials: Credentials, cluster = CLUSTER): Promise<KubeConfig> => {
    const { endpoint, region } = as(local, 'shop');
    const token = await eksToken({ cluster, region, credentials, at: new Date(), endpoint });
    const config = new KubeConfig();
    config.loadFromClusterAndUser(await clusterOf(local), { name: 'test', token });
    return config;
  };

  describe('login', () => {
    test('the access entries say who an IAM principal is', async () => {
      const { config } = await kubernetes(local, CLUSTER);
      const review = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} });
      expect(review.status?.userInfo).toMatchObject({ username: `arn:aws:iam::${SHOP}:user/admin` });
      expect(review.status?.userInfo?.groups).toContain('system:authenticated');
    });

    test.each([
      ['an account without an entry', 'hub', CLUSTER],
      ['a token for a cluster of another name', 'shop', 'market'],
    ])('%s is nobody', async (_what, profile, cluster) => {
      const config = await login(as(local, profile).credentials, cluster);
      const list = config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: NAMESPACE });
      await expect(list).rejects.toMatchObject({ code: 401 });
    });
  });

  describe("the restart function's own login", () => {
    const restarter = async () =>
      login(local.cloud.issueSession(await restartRole(local), 'test', 'lambda.amazonaws.com').credentials);

    test('may restart, and change nothing else', async () => {
      const apps = (await restarter()).makeApiClient(AppsV1Api);
      const patch = (template: object, dryRun = 'All') =>
        apps.patchNamespacedDeployment(
          { namespace: NAMESPACE, name: 'plain', body: { spec: { template } }, dryRun },
          setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
        );
      const annotated = (key: string) => patch({ metadata: { annotations: { [key]: '2026-01-02T03:04:05Z' } } });
      await expect(annotated('kubectl.kubernetes.io/restartedAt')).resolves.toBeDefined();
      await expect(annotated('example.com/other')).rejects.toMatchObject(REFUSED);
      const image = patch({ spec: { containers: [{ name: 'main', image: 'evil' }] } });
      await expect(image).rejects.toMatchObject(REFUSED);
    });

    test('may not read secrets, nor make tokens', async () => {
      const core = (await restarter()).makeApiClient(CoreV1Api);
      await expect(core.listNamespacedSecret({ namespace: NAMESPACE })).rejects.toMatchObject({ code: 403 });
      const body = { spec: { audiences: ['pods.eks.amazonaws.com'] } };
      const token = core.createNamespacedServiceAccountToken({ namespace: NAMESPACE, name: 'api', body });
      await expect(token).rejects.toMatchObject({ code: 403 });
    });
  });

  describe('a revocation', () => {
    const before = new Set<string>();
    let stolen: Credentials;
    let others: Credentials;
    let tokenOfOld: string;

    beforeAll(async () => {
      for (const app of ['web', 'ledger', 'vault', 'agent', 'worker']) {
        const pods = await podsWith(app);
        expect(pods.every(isInjected)).toBe(true);
        for (const pod of pods) before.add(uidOf(pod));
      }
      expect((await podsWith('plain')).some(isInjected)).toBe(false);
      stolen = await podCredentials(local, inShop('api'));
      others = await podCredentials(local, inShop('worker'));
      tokenOfOld = await podToken(local, (await podsWith('web'))[0], 'pods.eks.amazonaws.com');
      expect(await scan(local, stolen)).toBe('ok');

      await dissociate(local, inShop('api'));
    }, 60_000);

    test('a token for another audience gets no credentials', async () => {
      const [pod] = await podsWith('worker');
      const token = await podToken(local, pod, 'sts.amazonaws.com');
      await expect(assumeRoleForPodIdentity(local, CLUSTER, token)).rejects.toMatchObject({
        name: 'InvalidTokenException',
      });
    });

    test('the credentials that were taken are denied, those of a neighbour with the same role are not', async () => {
      const answer = await eventually('a denial', async () => {
        const seen = await scan(local, stolen);
        return seen !== 'ok' && seen;
      });
      expect(answer).toMatch(/explicit deny in an identity-based policy/);
      expect(await scan(local, others)).toBe('ok');
    });

    test('what rolls is rolled, and the budget keeps the rest: the API server says 429', async () => {
      for (const app of ['web', 'ledger', 'agent'] as const)
        await eventually(`new pods of ${app}`, () => replaced(app), 60);
      await eventually(
        'a refused eviction',
        () => said(/The disruption budget vault needs 3 healthy pods and has 3 currently/),
        60,
      );
      expect((await podsWith('vault')).every((pod) => before.has(uidOf(pod)) && isReady(pod))).toBe(true);
    }, 150_000);

    test('with room in the budget the evictions go on, never more than one pod down at once', async () => {
      const { config, core } = await kubernetes(local, CLUSTER);
      await config
        .makeApiClient(PolicyV1Api)
        .patchNamespacedPodDisruptionBudget(
          { namespace: NAMESPACE, name: 'vault', body: { spec: { maxUnavailable: 1 } } },
          setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
        );
      let fewest = REPLICAS.vault;
      await eventually(
        'new pods of vault',
        async () => {
          const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: 'app=vault' });
          fewest = Math.min(fewest, items.filter(isReady).length);
          return items.filter(isReady).length === REPLICAS.vault && items.every((pod) => !before.has(uidOf(pod)));
        },
        120,
      );
      expect(fewest).toBe(REPLICAS.vault - 1);
    }, 150_000);

    test('it ends as revoked: nothing is injected any more, and nothing to fall back on', async () => {
      const row = await ended(local, inShop('api'));
      const journal = await storeOf(local).journal.of(row.revocation.id);
      expect({ outcome: row.outcome, story: row.story }).toMatchObject({ outcome: 'revoked' });
      expect(journal.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['intent', 'accepted', 'presumed-effective', 'outcome']),
      );
      for (const app of ['web', 'ledger', 'vault', 'agent'] as const) {
        const pods = await ready(app);
        expect(pods).toHaveLength(REPLICAS[app]);
        expect(pods.filter((pod) => isInjected(pod) || before.has(uidOf(pod)))).toEqual([]);
      }
    }, 90_000);

    test('the neighbour was left alone', async () => {
      const pods = await podsWith('worker');
      expect(pods.map((pod) => before.has(uidOf(pod)) && isInjected(pod))).toEqual([true]);
    });

    test("a gone pod's token is worth nothing, though it has not expired", async () => {
      await expect(assumeRoleForPodIdentity(local, CLUSTER, tokenOfOld)).rejects.toMatchObject({
        name: 'InvalidTokenException',
      });
    });

    const replaced = async (app: keyof typeof REPLICAS) => {
      const pods = await podsWith(app);
      return pods.filter(isReady).length === REPLICAS[app] && pods.every((pod) => !before.has(uidOf(pod)));
    };

    /** Whether an answer in the execution's history has such words. */
    const said = async (words: RegExp): Promise<boolean> => {
      const [row] = (await storeOf(local).revocations.list({ limit: 1 })).revocations;
      const { region, account } = local.config.hub;
      const { events } = await new SFNClient(as(local, 'hub')).send(
        new GetExecutionHistoryCommand({
          executionArn: `arn:aws:states:${region}:${account}:execution:${machineName('revoke')}:${row?.revocation.id}`,
          maxResults: 1000,
        }),
      );
      return (
        events?.some(({ taskSucceededEventDetails }) => words.test(taskSucceededEventDetails?.output ?? '')) ?? false
      );
    };
  });
});

const REFUSED = { code: 422, body: expect.stringContaining("ValidatingAdmissionPolicy 'podid-restart-only'") };

const uidOf = (pod: V1Pod): string => pod.metadata?.uid ?? '';

const isReady = ({ metadata, status }: V1Pod): boolean =>
  metadata?.deletionTimestamp === undefined &&
  (status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false);

const clusterOf = async (local: Running): Promise<Cluster> => {
  const cluster = (await kubernetes(local, CLUSTER)).config.getCurrentCluster();
  if (cluster === null) throw new Error(`no cluster ${CLUSTER}`);
  return cluster;
};

/** The role whose access entry has the group podid-restart. */
const restartRole = async (local: Running): Promise<string> => {
  const eks = new EKSClient(as(local, 'shop'));
  const { accessEntries = [] } = await eks.send(new ListAccessEntriesCommand({ clusterName: CLUSTER }));
  for (const principalArn of accessEntries) {
    const { accessEntry } = await eks.send(new DescribeAccessEntryCommand({ clusterName: CLUSTER, principalArn }));
    if (accessEntry?.kubernetesGroups?.includes('podid-restart')) return principalArn;
  }
  throw new Error('no access entry has the group podid-restart');
};

const podToken = async (local: Running, pod: V1Pod | undefined, audience: string): Promise<string> => {
  const { core } = await kubernetes(local, CLUSTER);
  const { name = '', uid = '' } = pod?.metadata ?? {};
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace: NAMESPACE,
    name: pod?.spec?.serviceAccountName ?? '',
    body: { spec: { audiences: [audience], boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid } } },
  });
  return status?.token ?? '';
};
