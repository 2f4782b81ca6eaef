/** Grants as people ask for them, through the API's door; and credentials as a pod gets them, tried on the tables that the grant is for. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { roleNameFor } from '../functions/grants/names.ts';
import { machineArn } from '../functions/names.ts';
import { partitionOf } from '../functions/partition.ts';
import { workName } from '../functions/provisioning/contract.ts';
import type { Credentials } from '../local/contract.ts';
import { until } from './fleet.ts';
import {
  CLUSTER,
  HOME,
  HUB,
  NAMESPACE,
  type ProvisionFleet,
  REGION,
  TABLE,
  targetAccount,
  teamOf,
} from './provision-fleet.ts';

export type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly took: number };
type Who = 'PODID_TOKEN' | 'PODID_APPROVER_TOKEN';

/** One request to the API, with how many milliseconds it took. */
export const ask = async (
  { door }: Pick<ProvisionFleet, 'door'>,
  who: Who,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const began = performance.now();
  const answer = await fetch(`${door.api}${path}`, {
    method,
    headers: { authorization: `Bearer ${door.variables[who]}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const took = performance.now() - began;
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text), took };
};

/** Scans a table in each of these accounts: EKS chains the one target, and the workload itself assumes several. */
export const wishFor = (
  { index, namespace = NAMESPACE, serviceAccount }: { index: number; namespace?: string; serviceAccount: string },
  targets: readonly string[],
) => ({
  clusters: [{ account: HOME, region: REGION, cluster: CLUSTER }],
  namespace,
  serviceAccount,
  source: { role: 'managed' },
  targets: targets.map((account) => ({
    account,
    chained: targets.length === 1,
    permissions: {
      inline: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: tableArn(account) }],
      },
    },
  })),
  reason: 'A benchmark.',
  team: teamOf(index),
  lifetime: { for: 'P7D' },
});

const tableArn = (account: string): string =>
  `arn:${partitionOf(REGION).name}:dynamodb:${REGION}:${account}:table/${TABLE}`;

/** @returns the grant's id @throws when the API refuses it */
export const request = async (fleet: Pick<ProvisionFleet, 'door'>, wish: object): Promise<string> => {
  const { status, body } = await insist(fleet, 'PODID_TOKEN', '/grants', wish);
  if (status !== 201) throw new Error(`the request was answered ${status}: ${JSON.stringify(body)}`);
  return String(body.id);
};

/** @returns how often it had to be asked again @throws when the API refuses it */
export const approve = async (fleet: Pick<ProvisionFleet, 'door'>, id: string): Promise<number> => {
  const { status, body, again } = await insist(fleet, 'PODID_APPROVER_TOKEN', `/grants/${id}/approve`, { version: 1 });
  if (status === 200 || (again > 0 && (await isApproved(fleet, id)))) return again;
  throw new Error(`the approval was answered ${status}: ${JSON.stringify(body)}`);
};

/** Asks again, as clients do, while the API of a busy machine doesn't answer in time; the key makes it one request. */
const insist = async (fleet: Pick<ProvisionFleet, 'door'>, who: Who, path: string, body: object) => {
  const key = { 'idempotency-key': randomUUID() };
  for (let again = 0; ; again += 1) {
    const answer = await ask(fleet, who, 'POST', path, body, key).catch(unanswered);
    const isLate = answer.status >= 500 || String(answer.body.type).endsWith('in-progress');
    if (!isLate || again === MOST_AGAIN) return { ...answer, again };
    await setTimeout(5_000);
  }
};
const MOST_AGAIN = 20;

/** A connection that was closed before the answer, as one that was idle for too long is. */
const unanswered = (cause: unknown): Answer => ({ status: 504, body: { cause: String(cause) }, took: Number.NaN });

/** By an approval whose answer nobody got. */
const isApproved = async (fleet: Pick<ProvisionFleet, 'door'>, id: string): Promise<boolean> => {
  const { body } = await ask(fleet, 'PODID_TOKEN', 'GET', `/grants/${id}`);
  return body.phase === 'provisioning' || body.phase === 'active';
};

/** The roles that a grant makes in its target accounts. */
export const targetRoles = (id: string, serviceAccount: string, targets: readonly string[]): readonly string[] => {
  const name = roleNameFor({ grantId: id, as: 'target', namespace: NAMESPACE, serviceAccount });
  return targets.map((account) => `arn:${partitionOf(REGION).name}:iam::${account}:role/podid/${name}`);
};

/** Returns when the grant's first execution is over; asked in this process, so that the asking costs nothing. @returns the grant's phase */
export const untilDone = async (fleet: Pick<ProvisionFleet, 'door' | 'local'>, id: string): Promise<string> => {
  const { cloud } = fleet.local;
  const { caller } = cloud.administrator(HUB);
  await until(async () => {
    const answer = await cloud
      .call('states', 'DescribeExecution', { executionArn: executionOf(id) }, { caller, region: REGION })
      .catch(() => undefined);
    return answer !== undefined && (answer as { status: string }).status !== 'RUNNING';
  }, 20);
  return phaseOf(fleet, id);
};

export const phaseOf = async (fleet: Pick<ProvisionFleet, 'door'>, id: string): Promise<string> =>
  String((await ask(fleet, 'PODID_TOKEN', 'GET', `/grants/${id}`)).body.phase);

/**
 * How many of the grants' first executions are over, by one list: a question for each of hundreds would keep the process busy by itself. What was
 * over once is remembered: the local cloud forgets the oldest of thousands.
 */
export const executionsOver = ({ local }: Pick<ProvisionFleet, 'local'>) => {
  const over = new Set<string>();
  return async (ids: readonly string[]): Promise<number> => {
    for (const arn of await closedExecutions(local)) over.add(arn);
    return ids.filter((id) => over.has(executionOf(id))).length;
  };
};

const closedExecutions = async ({ cloud }: ProvisionFleet['local']): Promise<readonly string[]> => {
  const { caller } = cloud.administrator(HUB);
  const closed: string[] = [];
  let nextToken: string | undefined;
  do {
    const input = {
      stateMachineArn: machineArn('provision', HUB, REGION),
      maxResults: 1000,
      ...(nextToken !== undefined && { nextToken }),
    };
    const answer = await cloud.call('states', 'ListExecutions', input, { caller, region: REGION });
    const page = answer as { executions: { executionArn: string; status: string }[]; nextToken?: string };
    closed.push(...page.executions.flatMap(({ executionArn, status }) => (status === 'RUNNING' ? [] : [executionArn])));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return closed;
};

/** The grant's first execution. */
export const executionOf = (id: string): string =>
  `${machineArn('provision', HUB, REGION).replace(':stateMachine:', ':execution:')}:${workName({ grantId: id, version: 1, attempt: 1, do: 'provision' })}`;

/** What the pod's projected token would say; it needs no association to be made. */
export const podToken = async ({ core }: ProvisionFleet, serviceAccount: string): Promise<string> => {
  const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: `app=${serviceAccount}` });
  const { name = '', uid = '' } = items[0]?.metadata ?? {};
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace: NAMESPACE,
    name: serviceAccount,
    body: {
      spec: { audiences: ['pods.eks.amazonaws.com'], boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid } },
    },
  });
  return status?.token ?? '';
};

/** Returns once the pod has read the table of every target. */
export const untilReads = async (
  { local }: ProvisionFleet,
  { serviceAccount, token }: { readonly serviceAccount: string; readonly token: string },
  targets: readonly string[],
  roleArns: readonly string[],
): Promise<void> => {
  const { caller } = local.cloud.administrator(HOME);
  const eks = (service: string, operation: string, input: object) =>
    local.cloud.call(service, operation, { clusterName: CLUSTER, ...input }, { caller, region: REGION });
  // Failed exchanges would be told to EventBridge: the association is looked for instead.
  await until(async () => {
    const found = await eks('eks', 'ListPodIdentityAssociations', { namespace: NAMESPACE, serviceAccount });
    return (found as { associations: object[] }).associations.length > 0;
  }, 20);
  const answer = await eks('eks-auth', 'AssumeRoleForPodIdentity', { token });
  const source = (answer as { credentials: Credentials }).credentials;
  const endpoint = local.cloud.endpoint;
  if (targets.length === 1) return reads(endpoint, source);
  const sts = new STSClient({ endpoint, region: REGION, credentials: source });
  await Promise.all(
    roleArns.map(async (RoleArn) => {
      const { Credentials: got } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'bench' }));
      await reads(endpoint, {
        accessKeyId: got?.AccessKeyId ?? '',
        secretAccessKey: got?.SecretAccessKey ?? '',
        sessionToken: got?.SessionToken ?? '',
      });
    }),
  );
};

const reads = async (endpoint: string, credentials: Credentials): Promise<void> => {
  const table = new DynamoDBClient({ endpoint, region: REGION, credentials });
  const { Count } = await table.send(new ScanCommand({ TableName: TABLE }));
  if (Count !== 1) throw new Error(`the table has ${Count} rows`);
};

export const targetsOf = (number: number): readonly string[] =>
  Array.from({ length: number }, (_, index) => targetAccount(index));
