/**
 * Sweeps of full clusters: which calls, how long at the configured rate, how much memory. The local endpoint answers for EKS and DynamoDB; the sweep
 * runs in a process of its own, since memory is the process's, and its clock is moved on by what each call of EKS takes at the rate.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../functions/names.ts';
import { partitionOf } from '../functions/partition.ts';
import { createCloud, type LocalCloud } from '../local/cloud.ts';
import { addCluster } from '../local/services/eks/index.ts';
import { services } from '../local/services/index.ts';
import { markdown, ms } from './figures.ts';
import { ACCOUNT, HUB, REGION, type Swept } from './sweep-run.ts';

/** EKS's limit for a cluster. */
const ASSOCIATIONS = 5_000;
const SIZES = [1, 50] as const;
const ROLES = 40;
/** The first, and those of a day after it. */
const SWEEPS = 5;

/** `CLUSTERS [ASSOCIATIONS [SWEEPS]]` for one size only. */
export const run = async (args: string[]): Promise<void> => {
  const [clusters, associations = ASSOCIATIONS, sweeps = SWEEPS] = args.map(Number);
  for (const size of clusters === undefined ? SIZES : [clusters]) await sweepAll(size, associations, sweeps);
};

const sweepAll = async (clusters: number, associations: number, sweeps: number): Promise<void> => {
  const cloud = createCloud({ now: () => new Date() });
  for (const account of [HUB, ACCOUNT]) cloud.addAccount(account);
  for (const service of services) {
    cloud.addService(service);
    service.attach?.(cloud);
  }
  await cloud.listen(0);
  try {
    await makeTable(cloud);
    const names = Array.from({ length: clusters }, (_, index) => `full-${String(index).padStart(2, '0')}`);
    await makeClusters(cloud, names, associations);
    const rows = (await sweepsOf(cloud, names, sweeps)).map((one) => [
      one.what,
      ...[one.lists, one.describes, one.hints].map((count) => count.toLocaleString('en-US')),
      ms(one.simulated),
      ms(one.took),
      `${one.rss.toFixed(0)} MB`,
      `${one.heap.toFixed(0)} MB`,
    ]);
    const head = ['sweep', 'List', 'Describe', 'hints', 'at 10 a second', 'took', 'most RSS', 'heap'];
    const all = (clusters * associations).toLocaleString('en-US');
    console.log(`## Sweeps of ${clusters} clusters, ${all} associations\n\n${markdown(head, rows)}\n`);
    console.log(`The cloud's own process: ${(process.resourceUsage().maxRSS / 1_000).toFixed(0)} MB at most.\n`);
  } finally {
    await cloud.close();
  }
};

/** @throws when the sweeping process fails; what it says of it is on stderr already */
const sweepsOf = async (cloud: LocalCloud, names: readonly string[], sweeps: number): Promise<readonly Swept[]> => {
  const spoke = cloud.administrator(ACCOUNT).credentials;
  const given = JSON.stringify({ endpoint: cloud.endpoint, names, sweeps, hub: cloud.administrator(HUB).credentials });
  const program = new URL('./sweep-run.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-warnings', program, given], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: spoke.accessKeyId,
      AWS_SECRET_ACCESS_KEY: spoke.secretAccessKey,
      ...(spoke.sessionToken !== undefined && { AWS_SESSION_TOKEN: spoke.sessionToken }),
    },
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`the sweeps ended with ${code}`);
  return JSON.parse(said) as Swept[];
};

const makeTable = async (cloud: LocalCloud): Promise<void> => {
  const { credentials } = cloud.administrator(HUB);
  const indexes = [
    ['byRole', 'gsiRolePk', 'gsiRoleSk'],
    ['byTime', 'gsiTimePk', 'gsiTimeSk'],
    ['due', 'duePk', 'dueSk'],
  ] as const;
  const keys = (pk: string, sk: string) => [
    { AttributeName: pk, KeyType: 'HASH' as const },
    { AttributeName: sk, KeyType: 'RANGE' as const },
  ];
  const names = ['pk', 'sk', ...indexes.flatMap(([, pk, sk]) => [pk, sk])];
  await new DynamoDBClient({ endpoint: cloud.endpoint, region: REGION, credentials }).send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys('pk', 'sk'),
      GlobalSecondaryIndexes: indexes.map(([IndexName, pk, sk]) => ({
        IndexName,
        KeySchema: keys(pk, sk),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
};

const makeClusters = async (cloud: LocalCloud, names: readonly string[], associations: number): Promise<void> => {
  const { caller } = cloud.administrator(ACCOUNT);
  const call = (service: string, operation: string, input: object) =>
    cloud.call(service, operation, input, { caller, region: REGION });
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  };
  for (let role = 0; role < ROLES; role += 1) {
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    await call('iam', 'CreateRole', { RoleName: `app-${role}`, AssumeRolePolicyDocument });
  }
  for (const name of names) {
    addCluster(cloud, {
      account: ACCOUNT,
      region: REGION,
      name,
      endpoint: 'https://127.0.0.1:1',
      certificateAuthority: '',
      issuer: `https://oidc.eks.${REGION}.amazonaws.com/id/${name}`,
      reviewToken: async () => ({ namespace: 'none', serviceAccount: 'none' }),
    });
    for (let index = 0; index < associations; index += 1) {
      await call('eks', 'CreatePodIdentityAssociation', {
        clusterName: name,
        namespace: `ns-${index % 200}`,
        serviceAccount: `sa-${index}`,
        roleArn: `arn:${partitionOf(REGION).name}:iam::${ACCOUNT}:role/app-${index % ROLES}`,
      });
    }
  }
};
