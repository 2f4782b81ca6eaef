/** `podid brakes`: the switch that stops every write, and the breakers that ask before too much goes at once. */
import { Command } from 'commander';
import { type ClusterRef, clusterArn } from '../functions/identity.ts';
import { parseArn } from '../functions/partition.ts';
import { hubStore, Told, whoAmI } from './hub.ts';
import { outputOption, print, printJson } from './output.ts';

export const brakesCommand = () => {
  const brakes = new Command('brakes').description('stop every write of the control plane, or let it go on');
  brakes
    .command('status [clusters...]')
    .description('whether the kill switch is on; and for clusters (ARNs), whether their breaker has tripped')
    .addOption(outputOption())
    .action(async (clusters: string[], { output }: { output: string }) => {
      const store = hubStore();
      const killSwitch = await store.brakes.killSwitch();
      const breakers = await Promise.all(
        clusters.map(async (arn) => ({ cluster: arn, ...(await store.brakes.breaker(clusterOf(arn))) })),
      );
      if (output === 'json') return printJson({ killSwitch: killSwitch ?? { on: false }, breakers });
      print(
        killSwitch?.on
          ? `The kill switch is ON since ${killSwitch.at}, by ${killSwitch.by}: ${killSwitch.why}. Nothing is written anywhere.`
          : 'The kill switch is off.',
      );
      for (const { cluster, tripped } of breakers) {
        print(`${cluster}: ${tripped === undefined ? 'not tripped' : `TRIPPED at ${tripped.at}: ${tripped.because}`}`);
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
    .description("let a cluster's breaker close again (its ARN); what it halted waits for `podid revocations retry`")
    .action(async (arn: string) => {
      const done = await hubStore().brakes.acknowledgeBreaker(clusterOf(arn), await whoAmI(), new Date().toISOString());
      print(done ? `The breaker of ${arn} counts anew.` : `The breaker of ${arn} had not tripped.`);
    });
  return brakes;
};

const clusterOf = (arn: string): ClusterRef => {
  const parsed = parseArn(arn);
  const name = parsed?.resource.split('/')[1];
  if (parsed?.service !== 'eks' || name === undefined) {
    const example = clusterArn({ account: '111122223333', region: 'eu-west-1', cluster: 'payments' });
    throw new Told(`${arn} is no cluster ARN; one looks like ${example}`);
  }
  return { account: parsed.account, region: parsed.region, cluster: name };
};
