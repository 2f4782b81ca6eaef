/** A running demo fleet, and what a user of it has at hand: SDK clients a profile, a Kubernetes client, a pod's credentials. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EKSClient, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks';
import { AppsV1Api, CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { eksToken } from '../../../functions/aws/eks-token.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import type { Credentials } from '../../../local/contract.ts';
import { DEMO_FLEET, loadFleet } from '../../../local/fleet/load.ts';
import { type Local, type StartOptions, startLocal } from '../../../local/start.ts';

export type Running = Local & { readonly dir: string; readonly stop: () => Promise<void> };

/** Starts the demo fleet on free ports, with short waits. */
export const startDemo = async (options: Partial<StartOptions> = {}): Promise<Running> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-test-'));
  const local = await startLocal({
    port: 0,
    loaded: loadFleet(DEMO_FLEET),
    dir,
    configure: (config) => ({ ...config, revocation: { ...config.revocation, settleSeconds: 1, propagationSeconds: 1 } }),
    ...options,
  });
  return {
    ...local,
    dir,
    stop: async () => {
      await local.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** The settings of an SDK client with a profile's credentials. */
export const as = (local: Local, profile: string) => {
  const account = accountOf(local, profile);
  return {
    endpoint: local.cloud.endpoint,
    region: local.fleet.region,
    credentials: local.cloud.administrator(account.id).credentials,
  };
};

const accountOf = (local: Local, name: string) => {
  const account = local.fleet.accounts.find((one) => one.name === name);
  if (account === undefined) throw new Error(`the fleet has no account ${name}`);
  return account;
};

/** The hub's store, read as an operator would. */
export const storeOf = (local: Local): Store => openStore(new DynamoDBClient(as(local, 'hub')));

/** The Kubernetes APIs of a cluster, logged in through EKS. */
export const kubernetes = async (local: Running, context: string) => {
  const config = new KubeConfig();
  config.loadFromString(readFileSync(path.join(local.dir, 'kubeconfig'), 'utf8'));
  config.setCurrentContext(context);
  const profile = local.fleet.accounts.find((one) => one.clusters.some(({ name }) => name === context))?.name ?? '';
  const { credentials, region, endpoint } = as(local, profile);
  const token = await eksToken({ cluster: context, region, credentials, at: new Date(), endpoint });
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`no context ${context}`);
  const login = new KubeConfig();
  login.loadFromClusterAndUser(cluster, { name: 'test', token });
  return { core: login.makeApiClient(CoreV1Api), apps: login.makeApiClient(AppsV1Api), config: login };
};

/** The running pods of a service account. */
export const podsOf = async (local: Running, context: string, namespace: string, serviceAccount: string): Promise<V1Pod[]> => {
  const { core } = await kubernetes(local, context);
  const { items } = await core.listNamespacedPod({ namespace });
  return items.filter(
    ({ spec, metadata, status }) =>
      spec?.serviceAccountName === serviceAccount && metadata?.deletionTimestamp === undefined && status?.phase === 'Running',
  );
};

/** Whether a pod was given Pod Identity's credentials. */
export const isInjected = (pod: V1Pod): boolean =>
  pod.spec?.containers.some(({ env }) => env?.some(({ name }) => name === 'AWS_CONTAINER_CREDENTIALS_FULL_URI')) ?? false;

/** What a pod's SDK gets from the agent: the token of a pod of the service account, traded for credentials. */
export const podCredentials = async (
  local: Running,
  { context, namespace, serviceAccount }: { context: string; namespace: string; serviceAccount: string },
): Promise<Credentials & { associationId: string }> => {
  const [pod] = await podsOf(local, context, namespace, serviceAccount);
  const { core } = await kubernetes(local, context);
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace,
    name: serviceAccount,
    body: {
      spec: {
        audiences: ['pods.eks.amazonaws.com'],
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod?.metadata?.name ?? '', uid: pod?.metadata?.uid ?? '' },
      },
    },
  });
  return assumeRoleForPodIdentity(local, context, status?.token ?? '');
};

/** `eks-auth:AssumeRoleForPodIdentity`, for which the SDK has no package here. @throws Error with AWS's error code as its name */
export const assumeRoleForPodIdentity = async (local: Local, cluster: string, token: string) => {
  const profile = local.fleet.accounts.find((one) => one.clusters.some(({ name }) => name === cluster))?.name ?? '';
  const { credentials, region, endpoint } = as(local, profile);
  const { hostname, port } = new URL(endpoint);
  const body = JSON.stringify({ token });
  const signed = await new SignatureV4({ service: 'eks-auth', region, credentials, sha256: Sha256 }).sign(
    new HttpRequest({
      method: 'POST',
      hostname,
      port: Number(port),
      protocol: 'http:',
      path: `/clusters/${encodeURIComponent(cluster)}/assume-role-for-pod-identity`,
      headers: { host: `${hostname}:${port}`, 'content-type': 'application/json' },
      body,
    }),
  );
  const response = await fetch(`${endpoint}${signed.path}`, { method: 'POST', headers: signed.headers, body });
  const answer = (await response.json()) as {
    credentials: Credentials & { expiration: number };
    podIdentityAssociation: { associationId: string };
    message?: string;
  };
  if (!response.ok) {
    const code = response.headers.get('x-amzn-errortype') ?? 'Error';
    throw Object.assign(new Error(answer.message), { name: code.split(':')[0] });
  }
  const { accessKeyId, secretAccessKey, sessionToken } = answer.credentials;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    associationId: answer.podIdentityAssociation.associationId,
  };
};

/** `ok`, or the name of the error: what a workload with these credentials sees when it scans the table. */
export const scan = async (local: Local, credentials: Credentials, table = 'orders'): Promise<string> => {
  const client = new DynamoDBClient({
    endpoint: local.cloud.endpoint,
    region: local.fleet.region,
    credentials: { ...credentials, sessionToken: credentials.sessionToken ?? '' },
  });
  try {
    await client.send(new ScanCommand({ TableName: table }));
    return 'ok';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } finally {
    client.destroy();
  }
};

/** The id of an identity's association. */
export const associationId = async (local: Local, profile: string, clusterName: string, namespace: string, serviceAccount: string) => {
  const eks = new EKSClient(as(local, profile));
  const { associations } = await eks.send(new ListPodIdentityAssociationsCommand({ clusterName, namespace, serviceAccount }));
  return associations?.[0]?.associationId;
};

/** Asks until the answer is there; the message says what was waited for. */
export const eventually = async <Answer>(what: string, ask: () => Promise<Answer | undefined | false>, seconds = 30): Promise<Answer> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** The one revocation of a cause that has ended, when it has. */
export const endedRevocation = async (local: Local, serviceAccount: string, seconds = 40) => {
  const store = storeOf(local);
  return eventually(
    `the revocation of ${serviceAccount}`,
    async () => {
      const { revocations } = await store.revocations.list();
      return revocations.find(
        (row) =>
          row.status === 'ended' &&
          row.revocation.identity.serviceAccount === serviceAccount &&
          row.revocation.cause !== 'association-created',
      );
    },
    seconds,
  );
};
