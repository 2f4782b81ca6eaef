/** What podid was deployed with into a cluster: its functions' ways in, as infra/revocation.ts makes them. Pure. */
import { type Config, configuredCluster } from '../../config.ts';
import type { ClusterRef } from '../../identity.ts';
import { OBSERVE_GROUP, RESTART_GROUP, spokeRoleName } from '../../names.ts';
import { partitionOf } from '../../partition.ts';
import type { Facets } from '../contract.ts';
import { accessText } from '../facets/index.ts';

const ENTRIES = [
  ['assess', OBSERVE_GROUP],
  ['restart', RESTART_GROUP],
  ['verify', OBSERVE_GROUP],
] as const;

/** The roles of ours that have an access entry; none of a cluster that the configuration doesn't name. */
export const principalsOf = (config: Pick<Config, 'spokes'>, cluster: ClusterRef): readonly string[] =>
  entriesOf(config, cluster).map(({ principalArn }) => principalArn);

/** Undefined: nothing of ours was deployed there. */
export const setupOf = (config: Pick<Config, 'spokes'>, cluster: ClusterRef): Facets | undefined => {
  const entries = entriesOf(config, cluster);
  return entries.length === 0 ? undefined : { access: accessText(entries) };
};

const entriesOf = (config: Pick<Config, 'spokes'>, { account, region, cluster }: ClusterRef) => {
  if (configuredCluster(config, account, region, cluster) === undefined) return [];
  const { name } = partitionOf(region);
  return ENTRIES.map(([file, group]) => ({
    principalArn: `arn:${name}:iam::${account}:role/${spokeRoleName(file, region)}`,
    groups: [group],
  }));
};
