/** Clusters that are found by their tag: what a spoke's functions may see of those that the configuration doesn't list. */
import type { ClusterTag } from '../functions/sweep-settings.ts';
import type { Permission } from './constructs/permission.ts';
import { addSpokeFunction, type Spoke } from './constructs/spoke.ts';

/** The function is there only where a tag is looked for. */
export const discoveryInSpoke = (spoke: Spoke): void => {
  if (tagOf(spoke) === undefined) return;
  addSpokeFunction(spoke, {
    file: 'find-clusters',
    description: 'The clusters of the account and region, and which of them bear the tag.',
    may: [LIST_CLUSTERS, ...describeTagged(spoke)],
  });
};

/** Nothing where no tag is looked for. Who takes the tag off a cluster takes it out of our sight. */
export const describeTagged = (spoke: Spoke): Permission[] => {
  const tag = tagOf(spoke);
  if (tag === undefined) return [];
  return [
    {
      sid: 'DescribeTagged',
      actions: ['eks:DescribeCluster'],
      resources: [`arn:${spoke.partition}:eks:${spoke.region}:${spoke.account}:cluster/*`],
      conditions: bearing(tag),
      because: 'Clusters that bear the tag, whose names nobody knows beforehand; a read.',
    },
  ];
};

/** An add-on has tags of its own, and none that its cluster's says anything about. */
export const readAgents = (spoke: Spoke): Permission[] =>
  tagOf(spoke) === undefined
    ? []
    : [
        {
          sid: 'ReadAgents',
          actions: ['eks:DescribeAddon'],
          resources: [`arn:${spoke.partition}:eks:${spoke.region}:${spoke.account}:addon/*/eks-pod-identity-agent/*`],
          because: 'The Pod Identity agent of clusters that are found by their tag; a read.',
        },
      ];

const LIST_CLUSTERS: Permission = {
  sid: 'ListClusters',
  actions: ['eks:ListClusters'],
  resources: ['*'],
  because: 'ListClusters has no resource types (Service Authorization Reference, EKS); it tells names alone.',
};

const tagOf = ({ config }: Spoke): ClusterTag | undefined => config.sweep?.discover?.tag;

const bearing = ({ key, value }: ClusterTag): NonNullable<Permission['conditions']> => {
  const name = `aws:ResourceTag/${key}`;
  return value === undefined ? { Null: { [name]: 'false' } } : { StringEquals: { [name]: value } };
};
