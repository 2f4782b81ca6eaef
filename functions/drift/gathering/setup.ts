/** What podid was deployed with into a cluster: its functions' ways in, as infra/cluster-entries.ts makes them, and what infra/kubernetes lets them do. Pure. */
import { CLUSTER_ENTRIES } from '../../cluster-entries.ts';
import { type Config, configuredCluster } from '../../config.ts';
import type { ClusterRef } from '../../identity.ts';
import { SETUP_LINES } from '../../kubernetes-setup.ts';
import { spokeRoleName } from '../../names.ts';
import { partitionOf } from '../../partition.ts';
import type { Facets } from '../contract.ts';
import { accessText, rbacText } from '../facets/index.ts';

/** The roles of ours that have an access entry; none of a cluster that the configuration doesn't name. */
export const principalsOf = (config: Pick<Config, 'spokes'>, cluster: ClusterRef): readonly string[] =>
  entriesOf(config, cluster).map(({ principalArn }) => principalArn);

/** Undefined: nothing of ours was deployed there. */
export const setupOf = (config: Pick<Config, 'spokes'>, cluster: ClusterRef): Facets | undefined => {
  const entries = entriesOf(config, cluster);
  return entries.length === 0 ? undefined : { access: accessText(entries), rbac: rbacText(SETUP_LINES) };
};

/** Who looks into a cluster, and in which group it is there. */
export const readerOf = (cluster: ClusterRef): { readonly principalArn: string; readonly group: string } => ({
  principalArn: principalOf('read-cluster', cluster),
  group: CLUSTER_ENTRIES['read-cluster'],
});

const entriesOf = (config: Pick<Config, 'spokes'>, cluster: ClusterRef) =>
  configuredCluster(config, cluster.account, cluster.region, cluster.cluster) === undefined
    ? []
    : Object.entries(CLUSTER_ENTRIES).map(([file, group]) => ({
        principalArn: principalOf(file, cluster),
        groups: [group],
      }));

const principalOf = (file: string, { account, region }: ClusterRef): string =>
  `arn:${partitionOf(region).name}:iam::${account}:role/${spokeRoleName(file, region)}`;
