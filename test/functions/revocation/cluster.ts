/** An embedded cluster with podid's RBAC, which spoke functions find through a mocked EKS. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { mockClient } from 'aws-sdk-client-mock';
import { parseAllDocuments } from 'yaml';
import { connect } from '../../../functions/kubernetes/client.ts';
import type { PodFacts } from '../../../functions/kubernetes/pod.ts';
import { podsOf } from '../../../functions/kubernetes/pods.ts';
import { type LocalCluster, makeAuthority, startCluster } from '../../../local/kubernetes/index.ts';
import { ACCOUNT, REGION } from './spoke.ts';

export const NAMESPACE = 'checkout';

export type TestCluster = {
  readonly local: LocalCluster;
  /** An identity for `api` in this cluster. */
  readonly identity: { account: string; region: string; cluster: string; namespace: string; serviceAccount: string };
  /** Creates the namespace and the service account, if missing, and these objects in it. */
  readonly apply: (...manifests: object[]) => Promise<void>;
  readonly pods: () => Promise<PodFacts[]>;
  /** Waits until it holds, and fails when it never does. */
  readonly until: (holds: (pods: PodFacts[]) => boolean) => Promise<PodFacts[]>;
  /** Whether EKS has an association, and in which Kubernetes groups the functions are. */
  readonly says: { associated: boolean; groups: string[]; now: () => Date };
  readonly close: () => Promise<void>;
};

/** Each needs a name of its own: functions keep connections by name. */
export const testCluster = async (name: string): Promise<TestCluster> => {
  const says = { associated: true, groups: ['podid-restart'], now: () => new Date() };
  const authority = await makeAuthority(new Date());
  const local = await startCluster({
    name,
    account: ACCOUNT,
    region: REGION,
    arn: `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${name}`,
    tls: { ca: authority.ca, ...(await authority.issue(['127.0.0.1'])) },
    authenticate: async (token) =>
      token === ADMIN
        ? { username: 'admin', groups: ['system:masters'] }
        : { username: 'podid', groups: [...says.groups, 'system:authenticated'] },
    association: () => (says.associated ? { roleArn: `arn:aws:iam::${ACCOUNT}:role/orders` } : undefined),
    now: () => says.now(),
    nodes: [{ name: 'node-1' }, { name: 'node-2' }],
    podStartMillis: 5,
    podStopMillis: 5,
  });
  const certificateAuthority = Buffer.from(local.certificateAuthority).toString('base64');
  mockClient(EKSClient)
    .on(DescribeClusterCommand)
    .resolves({ cluster: { name, endpoint: local.endpoint, certificateAuthority: { data: certificateAuthority } } });
  const admin = await connect({ name, endpoint: local.endpoint, certificateAuthority, token: ADMIN });
  const pods = () => podsOf(admin, NAMESPACE, 'api');
  await local.apply(rbac());
  await local.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'api', namespace: NAMESPACE } },
  ]);
  return {
    local,
    identity: { account: ACCOUNT, region: REGION, cluster: name, namespace: NAMESPACE, serviceAccount: 'api' },
    apply: (...manifests) => local.apply(manifests),
    pods,
    until: async (holds) => {
      for (let attempt = 0; attempt < 200; attempt += 1) {
        const found = await pods();
        if (holds(found)) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`never: ${JSON.stringify(await pods())}`);
    },
    says,
    close: local.close,
  };
};

/** A job's pod would soon have done its work. */
const LONG = { annotations: { 'pod-complete.stage.kwok.x-k8s.io/delay': '1h' } };

/** A workload of the service account `api`, whose pods bear the label `app` with its name. */
export const workload = (kind: string, name: string, replicas: number, spec: object = {}): object => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec: {
    ...(kind === 'Deployment' || kind === 'StatefulSet' || kind === 'ReplicaSet' ? { replicas } : {}),
    ...(kind === 'Job'
      ? { parallelism: replicas, completions: replicas }
      : { selector: { matchLabels: { app: name } } }),
    ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
    template: {
      metadata: { labels: { app: name }, ...(kind === 'Job' ? LONG : {}) },
      spec: { ...POD, ...(kind === 'Job' ? { restartPolicy: 'Never' } : {}) },
    },
    ...spec,
  },
});

export const barePod = (name: string, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE, labels: { app: name } },
  spec: { ...POD, ...spec },
});

export const budget = (name: string, app: string, minAvailable: number): object => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: NAMESPACE },
  spec: { minAvailable, selector: { matchLabels: { app } } },
});

const ADMIN = 'admin-token';
const POD = { serviceAccountName: 'api', containers: [{ name: 'app', image: 'app' }] };

const rbac = (): object[] => {
  const file = path.resolve(import.meta.dirname, '../../../infra/kubernetes/rbac.yaml');
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as object);
};
