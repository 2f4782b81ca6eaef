/** A running fleet, and what its users have at hand: SDK clients for each profile, the Kubernetes APIs, the hub's store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { eksToken } from '../../../functions/aws/eks-token.ts';
import type { Config } from '../../../functions/config.ts';
import { DriftSettings } from '../../../functions/drift-settings.ts';
import { DEAD_LETTERS, PREFIX } from '../../../functions/names.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { DEMO_FLEET, fleetOf, loadFleet } from '../../../local/fleet/load.ts';
import { backgroundOf } from '../../../local/services/background.ts';
import { busesOf } from '../../../local/services/events/index.ts';
import { lambdaLimits } from '../../../local/services/lambda/settings.ts';
import { statesPace } from '../../../local/services/states/settings.ts';
import { type Local, type StartOptions, startLocal } from '../../../local/start.ts';

export type Running = Local & { readonly dir: string; readonly stop: () => Promise<void> };

/** A service account, by what tells it apart in a fleet; the region only where two clusters have one name. */
export type Place = {
  /** The cluster's name, which is also kubectl's context. */
  readonly context: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly region?: string;
};

/** Starts the demo fleet on free ports, with short waits. */
export const startDemo = (options: Options = {}): Promise<Running> =>
  start({ loaded: loadFleet(DEMO_FLEET), configure: shortWaits, ...options });

/** Starts a fleet that is written as data, with its own settings. */
export const startFleet = (data: object, options: Options = {}): Promise<Running> =>
  start({ loaded: fleetOf(data, import.meta.dirname), ...options });

const shortWaits = (config: Config): Config => ({
  ...config,
  revocation: { ...config.revocation, settleSeconds: 1, propagationSeconds: 1 },
});

/** The local IAM and EKS show what was written at once. */
const soonSettled = (config: Config): Config => ({
  ...config,
  drift: { ...DriftSettings.parse({}), ...config.drift, settleSeconds: 1 },
});

/** `drift`: its function hears of events, too. Most suites are about something else, and every event would have three more functions run. */
type Options = Partial<StartOptions> & { readonly drift?: boolean };

const start = async ({ drift = false, ...options }: Options & Pick<StartOptions, 'loaded'>): Promise<Running> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-test-'));
  const configure = (config: Config): Config => soonSettled(options.configure?.(config) ?? config);
  const local = await startLocal({ port: 0, dir, ...options, configure });
  if (!drift) deafen(local);
  // Nothing here is about how long AWS waits before it tries again.
  statesPace(local.cloud).retryMs = 10;
  Object.assign(lambdaLimits(local.cloud), { asyncDelaysMs: [20, 20], maxEnvironments: 2 });
  return {
    ...local,
    dir,
    stop: async () => {
      await local.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

const deafen = ({ cloud, config: { hub } }: Local): void => {
  const rules = [...busesOf(cloud, hub.account, hub.region).values()].flatMap((bus) => [...bus.rules.values()]);
  const drift = rules.filter(({ name }) => name.startsWith(`${PREFIX}-on-object-changed`));
  if (drift.length === 0) throw new Error('no rule tells drift of anything: is it called otherwise by now?');
  for (const rule of drift) rule.state = 'DISABLED';
};

/** The settings of an SDK client with a profile's credentials, in the profile's region or another. */
export const as = (local: Local, profile: string, region?: string) => {
  const account = local.fleet.accounts.find((one) => one.name === profile);
  if (account === undefined) throw new Error(`the fleet has no account ${profile}`);
  return {
    endpoint: local.cloud.endpoint,
    region: region ?? account.clusters[0]?.region ?? local.fleet.region,
    credentials: local.cloud.administrator(account.id).credentials,
  };
};

/** The hub's store, read as an operator would. */
export const storeOf = (local: Local): Store => {
  const { hub } = local.config;
  const { credentials } = local.cloud.administrator(hub.account);
  return openStore(new DynamoDBClient({ endpoint: local.cloud.endpoint, region: hub.region, credentials }));
};

/** The running cluster of a name. */
export const clusterAt = (local: Local, name: string, region?: string) => {
  const found = local.clusters.find(
    ({ cluster }) => cluster.name === name && (region === undefined || cluster.region === region),
  );
  if (found === undefined) throw new Error(`the fleet has no cluster ${name}`);
  return found;
};

/** The settings of an SDK client in a cluster's account and region. */
export const besideCluster = (local: Local, name: string, region?: string) => {
  const { account, cluster } = clusterAt(local, name, region);
  return as(local, account.name, cluster.region);
};

/** The Kubernetes APIs of a cluster, logged in through EKS as the account's administrator. */
export const kubernetes = async (local: Local, name: string, clusterRegion?: string) => {
  const { credentials, region, endpoint } = besideCluster(local, name, clusterRegion);
  const { cluster } = await new EKSClient({ credentials, region, endpoint }).send(new DescribeClusterCommand({ name }));
  const token = await eksToken({ cluster: name, region, credentials, at: new Date(), endpoint });
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name,
      server: cluster?.endpoint ?? '',
      caData: cluster?.certificateAuthority?.data ?? '',
      skipTLSVerify: false,
    },
    { name: 'test', token },
  );
  return { core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api), config };
};

/** What lies among the hub's dead letters, as Lambda and EventBridge have put it there. */
export const deadLetters = async (local: Local): Promise<unknown[]> => {
  const { hub } = local.config;
  const { credentials } = local.cloud.administrator(hub.account);
  const queue = new SQSClient({ endpoint: local.cloud.endpoint, region: hub.region, credentials });
  const QueueUrl = `${local.cloud.endpoint}/${hub.account}/${DEAD_LETTERS}`;
  const { Messages = [] } = await queue.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = 'null' }) => JSON.parse(Body));
};

/** Resolves when nothing is under way: no delivery, no function, no execution. */
export const settled = ({ cloud }: Local): Promise<void> => backgroundOf(cloud).settled();

/** Asks until the answer is there; the message says what was waited for. */
export const eventually = async <Answer>(
  what: string,
  ask: () => Promise<Answer | undefined | false>,
  seconds = 60,
): Promise<Answer> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
