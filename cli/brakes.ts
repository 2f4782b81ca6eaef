/** `podid brakes`: the switch that stops every write, and the breakers that ask before too much goes at once. */
import { Command } from 'commander';
import { OBJECT_SCHEMAS } from '../functions/drift/kept.ts';
import { type ClusterRef, clusterArn } from '../functions/identity.ts';
import { parseArn } from '../functions/partition.ts';
import type { Store } from '../functions/store/index.ts';
import { hubStore, whoAmI } from './hub.ts';
import { makeDue } from './make-due.ts';
import { type Format, outputOption, print, printJson } from './output.ts';
import { Told } from './told.ts';

export const brakesCommand = () => {
  const brakes = new Command('brakes').description('stop every write of the control plane, or let it go on');
  brakes
    .command('status [clusters...]', { isDefault: true })
    .description('whether the kill switch is on, and which breakers have tripped; clusters are names or ARNs')
    .addOption(outputOption())
    .action(async (named: string[], { output }: { output: Format }) => {
      const store = hubStore();
      const killSwitch = await store.brakes.killSwitch();
      const breakers = await Promise.all(
        (await clustersNamed(store, named)).map(async (cluster) => ({
          cluster: clusterArn(cluster),
          ...(await store.brakes.breaker(cluster)),
        })),
      );
      if (output === 'json') return printJson({ killSwitch: killSwitch ?? { on: false }, breakers });
      print(
        killSwitch?.on
          ? `The kill switch is ON since ${killSwitch.at}, by ${killSwitch.by}: ${killSwitch.why}. Nothing is written anywhere.`
          : 'The kill switch is off.',
      );
      for (const { cluster, tripped } of breakers) {
        print(
          `Breaker of ${cluster}: ${tripped === undefined ? 'not tripped' : `TRIPPED at ${tripped.at}: ${tripped.because}`}`,
        );
      }
    });
  brakes
    .command('stop')
    .description('turn the kill switch on: from now on nothing is written, in any account; what runs ends as halted')
    .requiredOption('--why <reason>', 'for those who find it on')
    .action(async ({ why }: { why: string }) => {
      await hubStore().brakes.setKillSwitch({ on: true, by: await whoAmI(), at: new Date().toISOString(), why });
      print(
        'The kill switch is on. `podid brakes release` turns it off; halted revocations wait for `podid revocations retry`.',
      );
    });
  brakes
    .command('release')
    .description('turn the kill switch off')
    .option('--why <reason>', 'for the record', 'released')
    .action(async ({ why }: { why: string }) => {
      await hubStore().brakes.setKillSwitch({ on: false, by: await whoAmI(), at: new Date().toISOString(), why });
      print(
        'The kill switch is off. `podid revocations` lists what it halted; `podid revocations retry ID` runs one again.',
      );
    });
  brakes
    .command('acknowledge <cluster>')
    .description(
      "close a cluster's tripped breaker (name or ARN); what it halted waits for `podid revocations retry`, what it held is looked at again within five minutes",
    )
    .action(async (named: string) => {
      const store = hubStore();
      const [cluster] = await clustersNamed(store, [named]);
      if (cluster === undefined) return;
      const done = await store.brakes.acknowledgeBreaker(cluster, await whoAmI(), new Date().toISOString());
      const arn = clusterArn(cluster);
      const { account, region, cluster: name } = cluster;
      const ref = { object: 'cluster', cluster: { account, region, cluster: name } } as const;
      if (done) await makeDue(store.objects(OBJECT_SCHEMAS), ref, new Date().toISOString());
      print(done ? `The breaker of ${arn} counts anew.` : `The breaker of ${arn} had not tripped.`);
    });
  return brakes;
};

/** Of how many revocations the clusters are known by name. */
const RECENT = 500;

/** The clusters that are meant, by name or ARN; all that have had a revocation lately when none is named. */
const clustersNamed = async (store: Store, named: readonly string[]): Promise<ClusterRef[]> => {
  const needsNone = named.length > 0 && named.every((name) => parseArn(name) !== undefined);
  const known = needsNone ? [] : await recentClusters(store);
  return named.length === 0 ? known : named.map((name) => clusterNamed(name, known));
};

const recentClusters = async (store: Store): Promise<ClusterRef[]> => {
  const { revocations } = await store.revocations.list({ limit: RECENT });
  const clusters = revocations.map(({ revocation: { identity } }) => [clusterArn(identity), identity] as const);
  return [...new Map(clusters).values()].sort((a, b) => (clusterArn(a) < clusterArn(b) ? -1 : 1));
};

const clusterNamed = (named: string, known: readonly ClusterRef[]): ClusterRef => {
  const arn = parseArn(named);
  const name = arn?.resource.split('/')[1];
  if (arn?.service === 'eks' && name !== undefined) return { account: arn.account, region: arn.region, cluster: name };
  const [first, ...others] = known.filter(({ cluster }) => cluster === named);
  if (first === undefined) {
    const example = clusterArn({ account: '111122223333', region: 'eu-west-1', cluster: 'payments' });
    throw new Told(`No recent revocation is of a cluster ${named}: give its ARN, such as ${example}`);
  }
  if (others.length > 0) {
    throw new Told(
      `Several clusters are called ${named}: give one's ARN.\n${[first, ...others].map(clusterArn).join('\n')}`,
    );
  }
  return first;
};
