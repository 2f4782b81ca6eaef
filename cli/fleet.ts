/** `podid fleet`: the accounts, their clusters, who may be what in them, and who runs. */
import { Command } from 'commander';
import type { Config } from '../functions/config.ts';
import { inBatches } from '../functions/runtime/batches.ts';
import type { Store } from '../functions/store/index.ts';
import { type Account, accountsNamed, accountsOf, configIn, configOption, credentialsOf } from './fleet-accounts.ts';
import { type Fleet, fleetText, type ShownIdentity } from './fleet-lines.ts';
import { type Running, runningIn } from './fleet-running.ts';
import { hubStore } from './hub.ts';
import { type Format, outputOption, print, printJson } from './output.ts';
import type { Credentials } from './signed-call.ts';
import { Told } from './told.ts';

type Options = { config: string; output: Format; account?: string };

/** Clusters that are asked at once. */
const AT_ONCE = 5;

export const fleetCommand = () =>
  new Command('fleet')
    .description('accounts, clusters, identities with their roles, and who runs with them')
    .option('--account <name>', 'only this account, by its name in the configuration or its id')
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Associations are the hub's last known ones (PODID_PROFILE); pods are asked of each cluster, with the profile that is called as the account.`,
    )
    .action(async ({ config: file, output, account }: Options) => {
      const config = configIn(file);
      const fleet = await fleetOf(config, accountsNamed(accountsOf(config), account), hubStore());
      if (output === 'json') printJson(fleet);
      else print(fleetText(fleet));
    });

const fleetOf = async (config: Config, accounts: readonly Account[], store: Store): Promise<Fleet> => {
  const reached = await Promise.all(accounts.map(async (account) => ({ account, ...(await reach(account)) })));
  const wanted = reached.flatMap(({ account, credentials }) =>
    (config.spokes.find((spoke) => spoke.account === account.id)?.clusters ?? []).map((cluster) => ({
      account,
      credentials,
      cluster,
    })),
  );
  return {
    accounts: reached.map(({ account: { name, id, role, regions }, unreachable }) => ({
      name,
      id,
      role,
      regions,
      ...(unreachable !== undefined && { unreachable }),
    })),
    clusters: await inBatches(wanted, AT_ONCE, async ({ account, credentials, cluster: { name, region, mode } }) => {
      const [known, running] = await Promise.all([
        store.associations.ofCluster({ account: account.id, region, cluster: name }),
        credentials === undefined ? undefined : reachable(() => runningIn({ name, region, credentials })),
      ]);
      const pods = running?.found;
      return {
        account: account.name,
        name,
        region,
        mode,
        ...(pods !== undefined && { pods: pods.reduce((sum, group) => sum + group.pods, 0) }),
        ...(running?.unreachable !== undefined && { unreachable: running.unreachable }),
        identities: known
          .map(({ identity: { namespace, serviceAccount }, state }) => ({
            namespace,
            serviceAccount,
            associationId: state.associationId,
            roleArn: state.roleArn,
            ...(state.targetRoleArn !== undefined && { targetRoleArn: state.targetRoleArn }),
            ...(state.ownerArn !== undefined && { ownerArn: state.ownerArn }),
            sessionTags: !state.disableSessionTags,
            ...(pods !== undefined && { running: of(pods, namespace, serviceAccount) }),
          }))
          .toSorted((a, b) => order(a).localeCompare(order(b))),
      };
    }),
  };
};

const of = (running: readonly Running[], namespace: string, serviceAccount: string) =>
  running
    .filter((group) => group.namespace === namespace && group.serviceAccount === serviceAccount)
    .map(({ workload, pods, by }) => ({ workload, pods, by }));

const order = ({ namespace, serviceAccount }: ShownIdentity): string => `${namespace}/${serviceAccount}`;

const reach = async (account: Account): Promise<{ credentials?: Credentials; unreachable?: string }> => {
  const { found, unreachable } = await reachable(() => credentialsOf(account));
  return { ...(found !== undefined && { credentials: found }), ...(unreachable !== undefined && { unreachable }) };
};

/** One account or cluster that can't be asked must not hide the others. */
const reachable = async <Found>(ask: () => Promise<Found>): Promise<{ found?: Found; unreachable?: string }> => {
  try {
    return { found: await ask() };
  } catch (error) {
    if (error instanceof Told) return { unreachable: error.message };
    throw error;
  }
};
