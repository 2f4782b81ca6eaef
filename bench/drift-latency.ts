/** How long a change stays unseen: from its record in the local CloudTrail to the finding in the table, one change after the other, each of another role. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { OBJECT_SCHEMAS } from '../functions/drift/kept.ts';
import { partitionOf } from '../functions/partition.ts';
import { inBatches } from '../functions/runtime/batches.ts';
import { openStore } from '../functions/store/index.ts';
import { fleetOf } from '../local/fleet/load.ts';
import { backgroundOf } from '../local/services/background.ts';
import { type Local, startLocal } from '../local/start.ts';
import { markdown, ms, percentile } from './figures.ts';
import { tellProgress } from './progress.ts';

const HUB = '111111111111';
const ACCOUNT = '222222222222';
const REGION = 'eu-west-1';
const { name: PARTITION, iamRegion: IAM_REGION } = partitionOf(REGION);
const ADMINISTRATOR = `arn:${PARTITION}:iam::aws:policy/AdministratorAccess`;
/** Seconds: none, and the demo's. */
const SETTLE = [0, 3];
/** Milliseconds between two looks for the finding: what the figures can be too long by. */
const EVERY = 10;

/** Prints a table: so many changes for each settle window. The functions are warm by what the fleet's start has told them, and by one change more. */
export const latencies = async (changes: number): Promise<void> => {
  const rows: string[][] = [];
  for (const settleSeconds of SETTLE) {
    const [, ...warm] = await measured(settleSeconds, changes + 1);
    const shares = [0.5, 0.95, 1].map((share) => ms(percentile(warm, share)));
    rows.push([settleSeconds === 0 ? 'off' : `${settleSeconds} s`, String(warm.length), ...shares]);
  }
  console.log(
    "From the record of a change to its finding in the table; nothing else happens in the fleet's accounts\n",
  );
  console.log(`${markdown(['settle window', 'changes', 'p50', 'p95', 'max'], rows)}\n`);
};

const measured = async (settleSeconds: number, changes: number): Promise<readonly number[]> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-bench-'));
  const names = Array.from({ length: changes }, (_, index) => `bench-${index}`);
  const took: number[] = [];
  const stop = tellProgress(() => `settle window of ${settleSeconds} s: ${took.length} of ${changes} changes found`);
  try {
    const local = await startLocal({ port: 0, dir, loaded: fleetOf(fleet(names, settleSeconds), dir) });
    try {
      const store = storeOf(local);
      const accepted = { acceptedAt: new Date().toISOString(), by: 'bench', facets: {}, closed: ['attached'] };
      await inBatches(names, 10, (name) => store.objects(OBJECT_SCHEMAS).keepBaseline(arnOf(name), accepted));
      const recorded = recordsOf(local);
      const { caller } = local.cloud.administrator(ACCOUNT);
      for (const RoleName of names) {
        await backgroundOf(local.cloud).settled();
        const input = { RoleName, PolicyArn: ADMINISTRATOR };
        await local.cloud.call('iam', 'AttachRolePolicy', input, { caller, region: IAM_REGION });
        const found = await whenFound(store, arnOf(RoleName));
        took.push(found - (recorded.get(RoleName) ?? Number.NaN));
      }
    } finally {
      await local.close();
    }
  } finally {
    stop();
    rmSync(dir, { recursive: true, force: true });
  }
  return took;
};

const storeOf = ({ cloud }: Local) => {
  const { credentials } = cloud.administrator(HUB);
  return openStore(new DynamoDBClient({ endpoint: cloud.endpoint, region: REGION, credentials }));
};

const arnOf = (roleName: string): string => `arn:${PARTITION}:iam::${ACCOUNT}:role/${roleName}`;

/** When each role's change was recorded, by the role's name; fills itself. */
const recordsOf = ({ cloud }: Local): ReadonlyMap<string, number> => {
  const recorded = new Map<string, number>();
  cloud.onRecord(({ detail }) => {
    const change = Attached.safeParse(detail).data;
    if (change !== undefined) recorded.set(change.requestParameters.roleName, performance.now());
  });
  return recorded;
};

const Attached = z.object({
  eventName: z.literal('AttachRolePolicy'),
  requestParameters: z.object({ roleName: z.string() }),
});

/** @throws when it takes longer than a minute: it is not found at all then */
const whenFound = async (store: ReturnType<typeof storeOf>, roleArn: string): Promise<number> => {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    const rows = await store.findings.of(roleArn);
    if (rows.some(({ reason }) => reason === 'PolicyAttached')) return performance.now();
    await setTimeout(EVERY);
  }
  throw new Error(`nobody has found what was attached to ${roleArn}`);
};

/** Nothing is written: what is measured is how soon somebody is told. */
const fleet = (names: readonly string[], settleSeconds: number) => ({
  region: REGION,
  config: {
    hub: { account: HUB, region: REGION },
    spokes: [{ name: 'shop', account: ACCOUNT, clusters: [{ name: 'shop', region: REGION, mode: 'observe' }] }],
    drift: { settleSeconds },
  },
  accounts: [
    { name: 'hub', id: HUB },
    {
      name: 'shop',
      id: ACCOUNT,
      roles: [
        { name: 'node', trust: trustOf('ec2.amazonaws.com', 'sts:AssumeRole') },
        ...names.map((name) => ({
          name,
          trust: trustOf('pods.eks.amazonaws.com', 'sts:AssumeRole', 'sts:TagSession'),
        })),
      ],
      clusters: [{ name: 'shop', region: REGION, nodeRole: 'node', associations: [], manifests: [] }],
    },
  ],
});

const trustOf = (service: string, ...actions: readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: actions }],
});
