/** A fleet for measuring: one service account with many workloads. */
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { eksToken } from '../functions/aws/eks-token.ts';
import { partitionOf } from '../functions/partition.ts';
import { fleetOf } from '../local/fleet/load.ts';
import { type Local, startLocal } from '../local/start.ts';

export type BenchFleet = {
  readonly local: Local;
  readonly config: KubeConfig;
  readonly apps: AppsV1Api;
  readonly core: CoreV1Api;
  readonly names: readonly string[];
  readonly pods: number;
  readonly close: () => Promise<void>;
};

export type BenchSize = { workloads: number; pods: number; kubernetes: 'embedded' | 'real'; dir: string };

export const REGION = 'eu-west-1';
export const ACCOUNT = '222222222222';
export const ROLE = `arn:${partitionOf(REGION).name}:iam::${ACCOUNT}:role/bench`;
export const NAMESPACE = 'bench';

/** Starts it and waits until every pod runs. */
export const benchFleet = async ({ workloads, pods, kubernetes, dir }: BenchSize): Promise<BenchFleet> => {
  const names = Array.from({ length: workloads }, (_, index) => `web-${String(index).padStart(3, '0')}`);
  const local = await startLocal({ port: 0, dir, kubernetes, loaded: fleetOf(fleet(names, pods), dir) });
  const config = await login(local);
  const bench: BenchFleet = {
    local,
    config,
    apps: config.makeApiClient(AppsV1Api),
    core: config.makeApiClient(CoreV1Api),
    names,
    pods: workloads * pods,
    close: local.close,
  };
  await until(async () => {
    const { items } = await bench.core.listNamespacedPod({
      namespace: NAMESPACE,
      fieldSelector: 'status.phase=Running',
    });
    return items.length === bench.pods;
  });
  return bench;
};

/** Asks every so many milliseconds, for five minutes at most. */
export const until = async (holds: () => Promise<boolean>, every = 100): Promise<void> => {
  const end = Date.now() + 300_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('not within five minutes');
    await new Promise((resolve) => setTimeout(resolve, every));
  }
};

const login = async (local: Local): Promise<KubeConfig> => {
  const { credentials } = local.cloud.administrator(ACCOUNT);
  const { cluster } = (await local.cloud.call(
    'eks',
    'DescribeCluster',
    { name: 'bench' },
    { caller: local.cloud.administrator(ACCOUNT).caller, region: REGION },
  )) as {
    cluster: { endpoint: string; certificateAuthority: { data: string } };
  };
  const token = await eksToken({
    cluster: 'bench',
    region: REGION,
    credentials,
    at: new Date(),
    endpoint: local.cloud.endpoint,
  });
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'bench', server: cluster.endpoint, caData: cluster.certificateAuthority.data, skipTLSVerify: false },
    { name: 'bench', token },
  );
  return config;
};

const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });

const fleet = (names: readonly string[], replicas: number) => ({
  region: REGION,
  config: {
    hub: { account: '111111111111', region: REGION },
    spokes: [{ name: 'bench', account: ACCOUNT, clusters: [{ name: 'bench', region: REGION, mode: 'remediate' }] }],
    // No waiting on purpose: what is measured is the machine, not its settings.
    revocation: { settleSeconds: 0, propagationSeconds: 0, deadlineSeconds: 600 },
    breaker: { identities: 1000, percent: 100 },
  },
  accounts: [
    { name: 'hub', id: '111111111111' },
    {
      name: 'bench',
      id: ACCOUNT,
      tables: [{ name: 'orders', region: REGION, hashKey: 'id', items: [{ id: 'o-1' }] }],
      roles: [
        {
          name: 'node',
          trust: policy({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
        },
        {
          name: 'bench',
          trust: policy({
            Effect: 'Allow',
            Principal: { Service: 'pods.eks.amazonaws.com' },
            Action: ['sts:AssumeRole', 'sts:TagSession'],
          }),
          policies: { scan: policy({ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: '*' }) },
        },
      ],
      clusters: [
        {
          name: 'bench',
          region: REGION,
          nodeRole: 'node',
          nodes: Array.from({ length: 5 }, (_, index) => ({
            name: `node-${index}`,
            instanceId: `i-${index}`,
            hopLimit: 1,
          })),
          associations: [{ namespace: NAMESPACE, serviceAccount: 'web', roleArn: ROLE }],
          manifests: [
            { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
            { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace: NAMESPACE } },
            ...names.map((name) => deployment(name, replicas)),
          ],
        },
      ],
    },
  ],
});

const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { serviceAccountName: 'web', containers: [{ name: 'web', image: 'registry.example/web:1' }] },
    },
  },
});
