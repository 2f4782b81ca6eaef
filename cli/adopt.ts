/** `podid adopt`: what exists becomes a proposal that people review; what they accept is how it shall be. Nothing is written in AWS. */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { configuredCluster } from '../functions/config.ts';
import { acceptanceOf, type Proposal, proposalOf } from '../functions/drift/baseline/index.ts';
import type { ObjectRef } from '../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../functions/drift/kept.ts';
import { type ClusterRef, clusterArn } from '../functions/identity.ts';
import { inBatches } from '../functions/runtime/batches.ts';
import { proposalText, readProposal } from './adopt-file.ts';
import { clustersIn, clustersNamed, inventoryOf } from './adopt-inventory.ts';
import { requestsCommand } from './adopt-requests.ts';
import { configIn, configOption } from './fleet-accounts.ts';
import { hubStore, whoAmI } from './hub.ts';
import { readLarge } from './large-text.ts';
import { makeDue } from './make-due.ts';
import { ago, type Format, outputOption, print, printJson, table } from './output.ts';
import { Told } from './told.ts';

export const adoptCommand = () =>
  new Command('adopt')
    .description(
      'take what exists as the baseline: proposed as YAML, reviewed by people, accepted; changes nothing in AWS',
    )
    .addCommand(proposeCommand())
    .addCommand(acceptCommand())
    .addCommand(statusCommand())
    .addCommand(requestsCommand())
    .addHelpText(
      'after',
      `
A cluster is mended only once its baseline is accepted, whatever mode the configuration says.

  podid sweep
  podid adopt propose --cluster shop --out shop.yaml
  podid adopt accept shop.yaml --dry-run
  podid adopt accept shop.yaml
  podid adopt status
  podid adopt requests shop.yaml --team checkout --lifetime P90D`,
    );

const proposeCommand = () =>
  new Command('propose')
    .description('what is known of the clusters, their associations and the roles behind them, for review')
    .option('--cluster <name...>', 'only of these, by name or ARN; by default of all in the configuration')
    .option('--out <file>', 'by default the standard output')
    .addOption(configOption())
    .action(async ({ cluster = [], out, config }: { cluster?: readonly string[]; out?: string; config: string }) => {
      const { inventory, unread } = await inventoryOf(hubStore(), clustersNamed(configIn(config), cluster));
      const proposal = proposalOf(inventory, new Date().toISOString());
      if (unread.length > 0) console.error(unreadText(unread));
      if (out === undefined) return print(proposalText(proposal));
      await writeFile(out, proposalText(proposal));
      print(`${out}: ${sumOf(proposal)}. Review it, then: podid adopt accept ${out}`);
    });

const acceptCommand = () =>
  new Command('accept')
    .description('from now on it shall be as the file says; refused when anything in it was changed since')
    .argument('<file>', 'a proposal, with what nobody wants taken out; - is the standard input')
    .option('--dry-run', 'say what would be accepted, and keep nothing')
    .addOption(configOption())
    .action(async (file: string, { dryRun, config }: { dryRun?: boolean; config: string }) => {
      const proposal = readProposal(await readLarge(file), file);
      const store = hubStore();
      const { inventory } = await inventoryOf(store, clustersOf(proposal, clustersIn(configIn(config))));
      const by = await whoAmI();
      const { baselines, leftOut, problems } = acceptanceOf(proposal, inventory, { at: new Date().toISOString(), by });
      if (problems.length > 0) {
        throw new Told(`Nothing was accepted:\n${problems.join('\n')}\nAsk again with podid adopt propose.`);
      }
      for (const name of leftOut) print(`Not in the file, and so wanted by nobody: ${name}`);
      if (dryRun === true) return print(`Would accept ${sumOf(proposal)}. Nothing was kept.`);
      const objects = store.objects(OBJECT_SCHEMAS);
      const own = baselines.filter(({ ref }) => ref.object === 'cluster');
      // A cluster's own come last: who stops half-way has accepted none, and accepts again.
      for (const some of [baselines.filter((each) => !own.includes(each)), own]) {
        await inBatches(some, AT_ONCE, ({ ref, baseline }) => objects.keepBaseline(placeOf(ref).key, baseline));
      }
      // Also what was left out: from now on nobody wants it.
      const refs: readonly ObjectRef[] = [
        ...inventory.roles.map(({ roleArn }) => ({ object: 'role' as const, roleArn })),
        ...inventory.associations.map(({ identity }) => ({ object: 'association' as const, identity })),
      ];
      await inBatches(refs, AT_ONCE, (ref) => makeDue(objects, ref, new Date().toISOString()));
      print(`Accepted ${sumOf(proposal)}. Nothing was changed in AWS.`);
    });

const statusCommand = () =>
  new Command('status')
    .description('each cluster: when its baseline was accepted and by whom, and the mode that counts')
    .addOption(configOption())
    .addOption(outputOption())
    .action(async ({ config: file, output }: { config: string; output: Format }) => {
      const config = configIn(file);
      const objects = hubStore().objects(OBJECT_SCHEMAS);
      const clusters = await inBatches(clustersIn(config), AT_ONCE, async (cluster) => {
        const baseline = await objects.baseline(clusterArn(cluster));
        const mode = configuredCluster(config, cluster.account, cluster.region, cluster.cluster)?.mode ?? 'observe';
        return {
          cluster: clusterArn(cluster),
          mode,
          // Without a baseline nobody has said how it shall be.
          effective: baseline === undefined && mode === 'remediate' ? 'notify' : mode,
          ...(baseline && { acceptedAt: baseline.acceptedAt, by: baseline.by }),
        };
      });
      if (output === 'json') return printJson({ clusters });
      const now = new Date();
      print(
        table(
          ['CLUSTER', 'MODE', 'IN EFFECT', 'ACCEPTED', 'BY'],
          clusters.map(({ cluster, mode, effective, acceptedAt, by }) => [
            cluster,
            mode,
            effective,
            acceptedAt === undefined ? 'never' : `${ago(acceptedAt, now)} ago`,
            by ?? '',
          ]),
        ),
      );
    });

const AT_ONCE = 10;

/** Those of the file that the configuration names; the others are told as problems. */
const clustersOf = ({ clusters }: Proposal, configured: readonly ClusterRef[]): ClusterRef[] => {
  const named = new Set(clusters.map(({ cluster }) => cluster));
  return configured.filter((cluster) => named.has(clusterArn(cluster)));
};

const SHOWN = 5;

const unreadText = (unread: readonly string[]): string => {
  const some = `${unread.slice(0, SHOWN).join('\n  ')}${unread.length > SHOWN ? `\n  and ${unread.length - SHOWN} more` : ''}`;
  return `podid: nobody has read these yet, so that they are not in the proposal; run podid sweep first:\n  ${some}`;
};

const sumOf = ({ clusters, roles }: Proposal): string => {
  const associations = clusters.reduce((sum, each) => sum + each.associations.length, 0);
  return `${counted(clusters.length, 'cluster')}, ${counted(associations, 'association')} and ${counted(roles.length, 'role')}`;
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
