/** The two things that are compared: a bare loop that patches the templates, and a revocation. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { makeInformer, PatchStrategy, setHeaderOptions, type V1Deployment } from '@kubernetes/client-node';
import { machineArn } from '../functions/names.ts';
import type { Credentials } from '../local/contract.ts';
import { ACCOUNT, type BenchFleet, NAMESPACE, REGION, ROLE, until } from './fleet.ts';
import { podCredentials } from './pod-credentials.ts';

/** Milliseconds from the beginning. */
export type Figures = { told: number; gone: number; denied?: number };

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
  const credentials = await podCredentials(fleet);
  await allSettled(fleet);
  const watched = await watchRollouts(fleet);
  const { associations } = (await eks(fleet, 'ListPodIdentityAssociations', {})) as {
    associations: { associationId: string }[];
  };
  await eks(fleet, 'DeletePodIdentityAssociation', { associationId: associations[0]?.associationId });
  const began = performance.now();
  const [denied, figures] = await Promise.all([untilDenied(fleet, credentials), watched.figures(began)]);
  return { ...figures, denied: denied - began };
};

/** Gives the identity its role back, and waits until all that follows from both changes is over. */
export const associate = async (fleet: BenchFleet): Promise<void> => {
  await eks(fleet, 'CreatePodIdentityAssociation', { namespace: NAMESPACE, serviceAccount: 'web', roleArn: ROLE });
  const { cloud } = fleet.local;
  const { caller } = cloud.administrator('111111111111');
  const stateMachineArn = machineArn('revoke', '111111111111', REGION);
  await until(async () => {
    const { executions } = (await cloud.call(
      'states',
      'ListExecutions',
      { stateMachineArn },
      { caller, region: REGION },
    )) as {
      executions: { status: string }[];
    };
    return executions.length === 2 && executions.every(({ status }) => status !== 'RUNNING');
  });
};

const eks = ({ local }: BenchFleet, operation: string, input: object): Promise<unknown> => {
  const { caller } = local.cloud.administrator(ACCOUNT);
  return local.cloud.call('eks', operation, { clusterName: 'bench', ...input }, { caller, region: REGION });
};

/** Scans every few milliseconds with a pod's credentials until it is told no. */
const untilDenied = async ({ local }: BenchFleet, credentials: Credentials): Promise<number> => {
  const client = new DynamoDBClient({
    endpoint: local.cloud.endpoint,
    region: REGION,
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
  const { apps, core, config } = fleet;
  const listDeployments = () => apps.listNamespacedDeployment({ namespace: NAMESPACE });
  const listPods = () => core.listNamespacedPod({ namespace: NAMESPACE });
  const { items } = await listDeployments();
  const stamps = new Map(items.map((one) => [one.metadata?.name, stampOf(one)]));
  const waiting = new Set<string | undefined>(fleet.names);
  const old = new Set((await listPods()).items.map((pod) => pod.metadata?.uid));
  const told = Promise.withResolvers<number>();
  const gone = Promise.withResolvers<number>();
  // Informers connect again where a watch ends, and tell what was gone meanwhile.
  const deployments = makeInformer(config, `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, listDeployments);
  const pods = makeInformer(config, `/api/v1/namespaces/${NAMESPACE}/pods`, listPods);
  deployments.on('update', (deployment) => {
    const name = deployment.metadata?.name;
    if (stampOf(deployment) !== stamps.get(name)) waiting.delete(name);
    if (waiting.size === 0) told.resolve(performance.now());
  });
  pods.on('delete', (pod) => {
    old.delete(pod.metadata?.uid);
    if (old.size === 0) gone.resolve(performance.now());
  });
  for (const informer of [deployments, pods]) informer.on('error', () => void informer.start());
  await Promise.all([deployments.start(), pods.start()]);
  return {
    figures: async (began) => {
      const [toldAt, goneAt] = await Promise.all([told.promise, gone.promise]);
      await Promise.all([deployments.stop(), pods.stop()]);
      return { told: toldAt - began, gone: goneAt - began };
    },
  };
};

const stampOf = (deployment: V1Deployment): string | undefined =>
  deployment.spec?.template.metadata?.annotations?.[RESTARTED];
