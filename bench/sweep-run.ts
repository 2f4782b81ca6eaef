/** The sweeps of `bench/sweep.ts`, as a program: given the endpoint and the clusters, it prints what each sweep took. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describeAssociation, issuerOf } from '../functions/aws/eks.ts';
import { listSummaries } from '../functions/aws/eks-listing.ts';
import { Config } from '../functions/config.ts';
import { hint } from '../functions/drift/hints.ts';
import { OBJECT_SCHEMAS } from '../functions/drift/kept.ts';
import type { Sweeping } from '../functions/drift/sweep/asking.ts';
import { DescribeAssociationsInput, ListAssociationsInput } from '../functions/drift/sweep/contract.ts';
import { sweepCluster } from '../functions/drift/sweep/sweep-cluster.ts';
import { sweepAt, toSweep } from '../functions/drift/sweep/to-sweep.ts';
import { inBatches } from '../functions/runtime/batches.ts';
import { openStore } from '../functions/store/index.ts';
import { tellProgress } from './progress.ts';

export const HUB = '100000000000';
export const ACCOUNT = '200000000000';
export const REGION = 'eu-west-1';

export type Swept = {
  readonly what: string;
  readonly lists: number;
  readonly describes: number;
  readonly hints: number;
  /** Milliseconds of the sweep's clock, and of ours. */
  readonly simulated: number;
  readonly took: number;
  readonly rss: number;
  readonly heap: number;
};

type Given = {
  readonly endpoint: string;
  readonly names: readonly string[];
  readonly sweeps: number;
  readonly hub: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
};

const SWEEP_HOURS = 6;
const PER_SECOND = 10;

const main = async ({ endpoint, names, sweeps, hub }: Given): Promise<Swept[]> => {
  const config = Config.parse({
    hub: { account: HUB, region: REGION },
    spokes: [{ name: 'full', account: ACCOUNT, clusters: names.map((name) => ({ name, region: REGION })) }],
    sweepHours: SWEEP_HOURS,
    sweep: { describesPerSecond: PER_SECOND },
  });
  const store = openStore(new DynamoDBClient({ endpoint, region: REGION, credentials: hub }));
  const objects = store.objects(OBJECT_SCHEMAS);
  let [clock, lists, describes, hints] = [Date.now(), 0, 0, 0];
  const now = () => new Date(clock);
  /** One call at the rate. */
  const passes = (): void => {
    clock += 1_000 / PER_SECOND;
  };
  const around: Sweeping = {
    store,
    objects,
    config,
    now,
    hasTime: () => true,
    hint: (ref, change) => {
      hints += 1;
      return hint({ objects, config, now, start: async () => true }, ref, change);
    },
    ask: async (called, _place, input) => {
      // The clusters have no Kubernetes: this is about EKS's calls.
      if (called === 'list-service-accounts') return { serviceAccounts: [] };
      if (called === 'list-associations') {
        const { cluster, next } = ListAssociationsInput.parse(input);
        lists += 1;
        passes();
        const page = await listSummaries(cluster, next);
        const issuer = next === undefined ? await issuerOf(cluster) : undefined;
        return page === undefined
          ? { status: 'gone', associations: [] }
          : { status: 'present', ...page, ...(issuer !== undefined && { issuer }) };
      }
      const { ids, perSecond: _perSecond, ...cluster } = DescribeAssociationsInput.parse(input);
      const readAt = now().toISOString();
      const found = await inBatches(ids, 10, async (id) => {
        describes += 1;
        passes();
        return describeAssociation(cluster.cluster, id);
      });
      const associations = found.flatMap((one) =>
        one === undefined
          ? []
          : [
              {
                identity: { ...cluster, namespace: one.namespace, serviceAccount: one.serviceAccount },
                state: one.state,
              },
            ],
      );
      return { associations, readAt };
    },
  };

  const swept: Swept[] = [];
  const start = clock;
  const stop = tellProgress(
    () => `${swept.length} of ${sweeps} sweeps; in this one ${lists} List, ${describes} Describe, ${hints} hints`,
  );
  for (let index = 0; index < sweeps; index += 1) {
    const what = index === 0 ? 'first' : `after ${index * SWEEP_HOURS} h`;
    clock = Math.max(clock, start + index * SWEEP_HOURS * 3_600_000);
    [lists, describes, hints] = [0, 0, 0];
    const [began, beganAt] = [performance.now(), clock];
    const { sweep, places } = toSweep(config, sweepAt(config, now()), []).own;
    for (const cluster of places.flatMap((place) => place.clusters)) {
      await sweepCluster(around, { sweep, cluster });
    }
    const [simulated, took] = [clock - beganAt, performance.now() - began];
    // kB (getrusage).
    const rss = process.resourceUsage().maxRSS / 1_000;
    swept.push({ what, lists, describes, hints, simulated, took, rss, heap: process.memoryUsage().heapUsed / 1e6 });
  }
  stop();
  return swept;
};

if (process.argv[1] === import.meta.filename) {
  const given: Given = JSON.parse(process.argv[2] ?? '');
  console.log(JSON.stringify(await main(given)));
}
