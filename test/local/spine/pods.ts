/** Pods as their workloads see themselves: who runs, what was injected, and the credentials that the agent would get for them. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { V1Pod } from '@kubernetes/client-node';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../../local/contract.ts';
import type { Local } from '../../../local/start.ts';
import { besideCluster, eventually, kubernetes, type Place } from './harness.ts';

/** The running pods of a service account. */
export const podsOf = async (local: Local, place: Place): Promise<V1Pod[]> => {
  const { core } = await kubernetes(local, place.context, place.region);
  const { items } = await core.listNamespacedPod({
    namespace: place.namespace,
    fieldSelector: `spec.serviceAccountName=${place.serviceAccount}`,
  });
  return items.filter(
    ({ metadata, status }) => metadata?.deletionTimestamp === undefined && status?.phase === 'Running',
  );
};

/** Waits until so many of its pods run. */
export const podsRunning = (local: Local, place: Place, number: number): Promise<V1Pod[]> =>
  eventually(`${number} pods of ${place.serviceAccount}`, async () => {
    const pods = await podsOf(local, place);
    return pods.length === number && pods;
  });

/** Whether a pod was given Pod Identity's credentials. */
export const isInjected = (pod: V1Pod): boolean =>
  pod.spec?.containers.some(({ env }) => env?.some(({ name }) => name === 'AWS_CONTAINER_CREDENTIALS_FULL_URI')) ??
  false;

/** Pods by name, in order: to see who was replaced. */
export const namesOf = (pods: readonly V1Pod[]): string[] => pods.map(({ metadata }) => metadata?.name ?? '').sort();

/** What a pod's SDK gets from the agent: the token of a pod of the service account, traded for credentials. */
export const podCredentials = async (local: Local, place: Place): Promise<Credentials> =>
  assumeRoleForPodIdentity(local, place.context, await podToken(local, place), place.region);

/** The token that is projected into a pod of the service account. */
export const podToken = async (local: Local, place: Place): Promise<string> => {
  const [pod] = await podsOf(local, place);
  const { name = '', uid = '' } = pod?.metadata ?? {};
  const { core } = await kubernetes(local, place.context, place.region);
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace: place.namespace,
    name: place.serviceAccount,
    body: {
      spec: {
        audiences: ['pods.eks.amazonaws.com'],
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
      },
    },
  });
  return status?.token ?? '';
};

/** `eks-auth:AssumeRoleForPodIdentity`, for which the SDK has no package here. @throws Error with AWS's error code as its name */
export const assumeRoleForPodIdentity = async (
  local: Local,
  cluster: string,
  token: string,
  clusterRegion?: string,
): Promise<Credentials> => {
  const { credentials, region, endpoint } = besideCluster(local, cluster, clusterRegion);
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
  const answer = (await response.json()) as { credentials: Credentials; message?: string };
  if (!response.ok) {
    const code = response.headers.get('x-amzn-errortype') ?? 'Error';
    throw Object.assign(new Error(answer.message), { name: code.split(':')[0] });
  }
  const { accessKeyId, secretAccessKey, sessionToken = '' } = answer.credentials;
  return { accessKeyId, secretAccessKey, sessionToken };
};

/** `ok`, or the error: what a workload with these credentials sees when it scans the table `orders`. */
export const scan = async (local: Local, credentials: Credentials, region = local.fleet.region): Promise<string> => {
  const client = new DynamoDBClient({
    endpoint: local.cloud.endpoint,
    region,
    credentials: { ...credentials, sessionToken: credentials.sessionToken ?? '' },
  });
  try {
    await client.send(new ScanCommand({ TableName: 'orders' }));
    return 'ok';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } finally {
    client.destroy();
  }
};
