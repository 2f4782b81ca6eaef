/** EKS: clusters of the fleet, Pod Identity associations, access entries, add-ons, Fargate profiles. */
import * as schemas from '@aws-sdk/client-eks';
import type { Cloud, Service } from '../../contract.ts';
import { asSeen } from '../../control/as-seen.ts';
import {
  CreateAccessEntry,
  DeleteAccessEntry,
  DescribeAccessEntry,
  ListAccessEntries,
  UpdateAccessEntry,
} from './access-entries.ts';
import {
  AssociateAccessPolicy,
  DisassociateAccessPolicy,
  ListAccessPolicies,
  ListAssociatedAccessPolicies,
} from './access-policies.ts';
import { CreateAddon, DeleteAddon, DescribeAddon, ListAddons, UpdateAddon } from './addons/calls.ts';
import { DescribeAddonConfiguration, DescribeAddonVersions } from './addons/versions.ts';
import {
  CreatePodIdentityAssociation,
  DeletePodIdentityAssociation,
  DescribePodIdentityAssociation,
  ListPodIdentityAssociations,
  UpdatePodIdentityAssociation,
} from './associations.ts';
import { DescribeClusterVersions } from './cluster-versions.ts';
import { DeleteCluster, DescribeCluster, ListClusters } from './clusters.ts';
import {
  CreateFargateProfile,
  DeleteFargateProfile,
  DescribeFargateProfile,
  ListFargateProfiles,
} from './fargate-profiles.ts';
import { keepAssociations } from './past.ts';
import { type Association, clusterByArn, serviceAccountKey } from './state.ts';
import * as tags from './tags.ts';
import { DescribeUpdate, ListUpdates } from './updates.ts';

export { accessPolicyManifests } from './access-policies.ts';
export { newAssociation } from './associations.ts';
export { authenticator, kubernetesUser } from './authenticator.ts';
export { addCluster, type ClusterOptions } from './clusters.ts';
export { olderAssociations } from './older-associations.ts';
export { type Association, type Cluster, clusterByArn } from './state.ts';
export { verifyEksToken } from './token.ts';

/** The association of a service account, as EKS Auth and the injection see it. */
export const associationOf = (
  cloud: Cloud,
  clusterArn: string,
  namespace: string,
  serviceAccount: string,
): Association | undefined => {
  const cluster = clusterByArn(asSeen(cloud), clusterArn);
  return cluster?.associations.get(cluster.byServiceAccount.get(serviceAccountKey(namespace, serviceAccount)) ?? '');
};

export const service: Service = {
  scope: 'eks',
  eventSource: 'eks.amazonaws.com',
  protocol: 'restJson1',
  pathNames: { clusterName: 'name' },
  schemas,
  keepPast: keepAssociations,
  operations: {
    DescribeCluster,
    ListClusters,
    DeleteCluster,
    DescribeClusterVersions,
    DescribeUpdate,
    ListUpdates,
    CreatePodIdentityAssociation,
    UpdatePodIdentityAssociation,
    DescribePodIdentityAssociation,
    DeletePodIdentityAssociation,
    ListPodIdentityAssociations,
    CreateAccessEntry,
    DescribeAccessEntry,
    UpdateAccessEntry,
    DeleteAccessEntry,
    ListAccessEntries,
    AssociateAccessPolicy,
    DisassociateAccessPolicy,
    ListAssociatedAccessPolicies,
    ListAccessPolicies,
    CreateAddon,
    DescribeAddon,
    ListAddons,
    UpdateAddon,
    DeleteAddon,
    DescribeAddonVersions,
    DescribeAddonConfiguration,
    CreateFargateProfile,
    DescribeFargateProfile,
    ListFargateProfiles,
    DeleteFargateProfile,
    ...tags,
  },
};
