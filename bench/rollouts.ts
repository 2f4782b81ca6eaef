/** The two things that are compared: a bare loop that patches the templates, and a revocation. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { PatchStrategy, setHeaderOptions, Watch } from '@kubernetes/client-node';
import type { Credentials } from '../local/contract.ts';
import { type BenchFleet, NAMESPACE } from './fleet.ts';
import { podCredentials } from './pod-credentials.ts';

/** Milliseconds from the beginning. */
export type Figures = { told: number; gone: number; denied?: number; deniedAfterEvent?: number };

const RESTARTED = 'kubectl.kubernetes.io/restartedAt';

/** Patches every template at once, then waits until no old pod is left. */
export const bareLoop = async (fleet: BenchFleet): Promise<Figures> => {
  const watched = await watchRollouts(fleet);
  const began = performance.now();
  const body = { spec: { template: { metadata: { annotations: { [RESTARTED]: new Date().toISOString() } } } } };
  await Promise.all(
    fleet.names.map((name) =>
      fleet.apps.patchNamespacedDeployment(
        { name, namespace: NAMESPACE, body },
        setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
      ),
    ),
  );
  return watched.figures(began);
};

/** Deletes the association through the API, and watches from outside: a pod's credentials, the templates, the pods. */
export const revocation = async (fleet: BenchFleet): Promise<Figures> => {
  const { cloud } = fleet.local;
  const { caller } = cloud.administrator('222222222222');
  const eks = (operation: string, input: object) =>
    cloud.call('eks', operation, input, { caller, region: 'eu-west-1' });
  const credentials = await podCredentials(fleet);
  await allSettled(fleet);
  const watched = await watchRollouts(fleet);
  const event = new Promise<number>((resolve) =>
    cloud.onRecord(({ detail }) => {
      if (detail.eventName === 'DeletePodIdentityAssociation') resolve(performance.now());
    }),
  );
  const { associations } = (await eks('ListPodIdentityAssociations', { clusterName: 'bench' })) as {
    associations: { associationId: string }[];
  };
  await eks('DeletePodIdentityAssociation', { clusterName: 'bench', associationId: associations[0]?.associationId });
  const began = performance.now();
  const denied = await untilDenied(fleet, credentials);
  const figures = await watched.figures(began);
  return { ...figures, denied: denied - began, deniedAfterEvent: denied - (await event) };
};

/** Scans every few milliseconds with a pod's credentials until it is told no. */
const untilDenied = async ({ local }: BenchFleet, credentials: Credentials): Promise<number> => {
  const client = new DynamoDBClient({
    endpoint: local.cloud.endpoint,
    region: 'eu-west-1',
    credentials: { ...credentials, sessionToken: credentials.sessionToken ?? '' },
  });
  for (;;) {
    try {
      await client.send(new ScanCommand({ TableName: 'orders' }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    } catch (error) {
      if (error instanceof Error && error.name === 'AccessDeniedException') return performance.now();
      throw error;
    }
  }
};

/** Until the rollouts of before are over: every pod runs, and none is on its way out. */
const allSettled = async (fleet: BenchFleet): Promise<void> => {
  for (;;) {
    const { items } = await fleet.core.listNamespacedPod({ namespace: NAMESPACE });
    const settled = items.every(
      (pod) => pod.status?.phase === 'Running' && pod.metadata?.deletionTimestamp === undefined,
    );
    if (settled && items.length === fleet.pods) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

type Watched = { readonly figures: (began: number) => Promise<Figures> };

/** Watches templates and pods from now on: when the last template was changed, and when the last of the pods of now was gone. */
const watchRollouts = async (fleet: BenchFleet): Promise<Watched> => {
  const { items } = await fleet.core.listNamespacedPod({ namespace: NAMESPACE });
  const old = new Set(items.map((pod) => pod.metadata?.uid));
  const { items: before } = await fleet.apps.listNamespacedDeployment({ namespace: NAMESPACE });
  const stamps = new Map(
    before.map((one) => [one.metadata?.name, one.spec?.template.metadata?.annotations?.[RESTARTED]]),
  );
  const waiting = new Set(fleet.names);
  const watch = new Watch(fleet.config);
  let told: (at: number) => void = () => undefined;
  let gone: (at: number) => void = () => undefined;
  const allTold = new Promise<number>((resolve) => (told = resolve));
  const allGone = new Promise<number>((resolve) => (gone = resolve));
  const onDeployment = (_: string, { metadata, spec }: Deployment) => {
    const stamp = spec.template.metadata?.annotations?.[RESTARTED];
    if (stamp !== stamps.get(metadata.name)) waiting.delete(metadata.name);
    if (waiting.size === 0) told(performance.now());
  };
  const onPod = (type: string, { metadata }: { metadata: { uid: string } }) => {
    if (type === 'DELETED') old.delete(metadata.uid);
    if (old.size === 0) gone(performance.now());
  };
  const stops = await Promise.all([
    watch.watch(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, {}, onDeployment, () => undefined),
    watch.watch(`/api/v1/namespaces/${NAMESPACE}/pods`, {}, onPod, () => undefined),
  ]);
  return {
    figures: async (began) => {
      const [toldAt, goneAt] = await Promise.all([allTold, allGone]);
      for (const stop of stops) stop.abort();
      return { told: toldAt - began, gone: goneAt - began };
    },
  };
};

type Deployment = {
  metadata: { name: string };
  spec: { template: { metadata?: { annotations?: Record<string, string> } } };
};
