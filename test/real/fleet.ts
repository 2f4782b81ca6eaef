/** A small fleet for the real Kubernetes: one service account with workloads of every kind of restart, and a neighbour that shares its role. */
const REGION = 'eu-west-1';
export const ACCOUNT = '222222222222';
export const CLUSTER = 'shop';
export const NAMESPACE = 'checkout';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/orders`;
export const IMAGE = 'registry.example/shop:1';

const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const trust = (service: string, ...actions: string[]) =>
  policy({ Effect: 'Allow', Principal: { Service: service }, Action: ['sts:AssumeRole', ...actions] });

export const shop = {
  region: REGION,
  config: {
    hub: { account: '111111111111', region: REGION },
    spokes: [{ name: 'shop', account: ACCOUNT, clusters: [{ name: CLUSTER, region: REGION, mode: 'remediate' }] }],
    revocation: { settleSeconds: 1, propagationSeconds: 1, deadlineSeconds: 300 },
    breaker: { identities: 25, percent: 100 },
  },
  accounts: [
    { name: 'hub', id: '111111111111' },
    {
      name: 'shop',
      id: ACCOUNT,
      tables: [{ name: 'orders', region: REGION, hashKey: 'id', items: [{ id: 'o-1' }] }],
      roles: [
        { name: 'node', trust: trust('ec2.amazonaws.com') },
        {
          name: 'orders',
          trust: trust('pods.eks.amazonaws.com', 'sts:TagSession'),
          policies: { scan: policy({ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: '*' }) },
        },
      ],
      clusters: [
        {
          name: CLUSTER,
          region: REGION,
          nodeRole: 'node',
          nodes: [1, 2, 3].map((n) => ({ name: `node-${n}`, instanceId: `i-${n}`, hopLimit: 1 })),
          associations: ['api', 'worker'].map((serviceAccount) => ({
            namespace: NAMESPACE,
            serviceAccount,
            roleArn: ROLE,
          })),
          manifests: [
            { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
            ...['api', 'worker', 'plain'].map((name) => ({
              apiVersion: 'v1',
              kind: 'ServiceAccount',
              metadata: { name, namespace: NAMESPACE },
            })),
            workload('Deployment', 'web', 'api', { replicas: 3 }),
            workload('StatefulSet', 'ledger', 'api', { replicas: 2, serviceName: 'ledger' }),
            // Never rolls by itself, and its budget lets nobody go: only eviction helps, and only once the budget has room.
            workload('StatefulSet', 'vault', 'api', {
              replicas: 3,
              serviceName: 'vault',
              updateStrategy: { type: 'OnDelete' },
            }),
            budget('vault', 0),
            workload('DaemonSet', 'agent', 'api', {}),
            workload('Deployment', 'worker', 'worker', { replicas: 1 }),
            workload('Deployment', 'plain', 'plain', { replicas: 1 }),
          ],
        },
      ],
    },
  ],
};

function workload(kind: string, name: string, serviceAccountName: string, spec: object) {
  const annotations = { 'pod-ready.stage.kwok.x-k8s.io/delay': '1s', 'pod-delete.stage.kwok.x-k8s.io/delay': '500ms' };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ...spec,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: { serviceAccountName, containers: [{ name: 'main', image: IMAGE }] },
      },
    },
  };
}

function budget(app: string, maxUnavailable: number) {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: app, namespace: NAMESPACE },
    spec: { maxUnavailable, selector: { matchLabels: { app } } },
  };
}
