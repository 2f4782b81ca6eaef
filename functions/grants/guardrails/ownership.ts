/** `guardrails/teams.yaml`: which team owns which namespaces and accounts, and what kind of environment those are. */
import * as z from 'zod';
import type { Config } from '../../config.ts';
import type { ClusterRef, WorkloadIdentity } from '../../identity.ts';
import { compileGlob, globMatches, symbolsOf } from '../../policy/pattern.ts';

const Name = z.string().min(1).max(128);

export const Teams = z.strictObject({
  /** The configuration that these accounts and clusters are from, from where this file is: for the command line, whose --config wins. */
  config: z.string().min(1).optional(),
  /** By an account's name in podid.config.yaml, or its twelve digits. */
  accounts: z.record(
    Name,
    z.strictObject({
      environment: Name,
      /** Teams of which somebody has to approve what reaches into the account. */
      owners: z.array(Name).default([]),
      forSale: z.boolean().default(true),
      /** Clusters whose environment is another than their account's, by name. */
      clusters: z.record(Name, z.strictObject({ environment: Name })).default({}),
    }),
  ),
  /** By the name that the token's claim has. */
  teams: z.record(
    Name,
    z.strictObject({
      /** With `*` and `?` in the names of clusters and namespaces. */
      namespaces: z
        .array(z.strictObject({ account: Name, cluster: Name, namespaces: z.array(Name).min(1) }))
        .default([]),
    }),
  ),
});
export type Teams = z.infer<typeof Teams>;

/** What an account or cluster that nobody has described is taken for: the kind with the strictest guardrails. */
export const UNKNOWN_ENVIRONMENT = 'production';

/** The facts about places that guardrails judge by. Whatever the files don't name is owned by nobody and not configured. */
export type Ownership = {
  readonly teams: readonly string[];
  readonly account: (account: string) => {
    readonly owners: readonly string[];
    readonly environment: string;
    readonly configured: boolean;
    readonly forSale: boolean;
    readonly hub: boolean;
  };
  readonly cluster: (cluster: ClusterRef) => { readonly environment: string; readonly configured: boolean };
  readonly namespaceOwners: (identity: WorkloadIdentity) => readonly string[];
};

/** The teams file, held against the configuration. */
export const ownership = ({ accounts, teams }: Teams, config: Config): Ownership => {
  const described = new Map(Object.entries(accounts).map(([name, of]) => [accountId(config, name) ?? name, of]));
  const spoke = (account: string) => config.spokes.find((each) => each.account === account);
  return {
    teams: Object.keys(teams),
    account: (account) => {
      const known = described.get(account);
      return {
        owners: known?.owners ?? [],
        environment: known?.environment ?? UNKNOWN_ENVIRONMENT,
        configured: spoke(account) !== undefined,
        forSale: known?.forSale ?? false,
        hub: account === config.hub.account,
      };
    },
    cluster: ({ account, region, cluster }) => {
      const known = described.get(account);
      return {
        environment: known?.clusters[cluster]?.environment ?? known?.environment ?? UNKNOWN_ENVIRONMENT,
        configured: spoke(account)?.clusters.some((each) => each.name === cluster && each.region === region) ?? false,
      };
    },
    namespaceOwners: ({ account, cluster, namespace }) =>
      Object.entries(teams).flatMap(([team, { namespaces: owned }]) =>
        owned.some(
          (each) =>
            accountId(config, each.account) === account &&
            matches(each.cluster, cluster) &&
            each.namespaces.some((glob) => matches(glob, namespace)),
        )
          ? [team]
          : [],
      ),
  };
};

/** An account's twelve digits, from these or from its name in the configuration; undefined for an unknown name. */
export const accountId = (config: Config, nameOrId: string): string | undefined =>
  config.spokes.find(({ name, account }) => name === nameOrId || account === nameOrId)?.account;

export const matches = (glob: string, text: string): boolean => globMatches(compileGlob(symbolsOf(glob, true)), text);
