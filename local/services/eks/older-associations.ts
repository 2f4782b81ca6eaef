/** Associations from before anybody listened: put into their clusters by the rules of the call, without a call and a CloudTrail record for each. */
import type { CreatePodIdentityAssociationCommandInput } from '@aws-sdk/client-eks';
import type { Cloud } from '../../contract.ts';
import { checkRole } from './association-rules.ts';
import { associate } from './associations.ts';
import { invalid } from './lookup.ts';
import { clusterByArn } from './state.ts';

export type OlderAssociation = Omit<CreatePodIdentityAssociationCommandInput, 'clusterName' | 'clientRequestToken'>;

/**
 * Gives what adds an association to a cluster. Roles are looked at once: a big fleet has few, and nobody changes them meanwhile.
 * @throws InvalidParameterException and the others of CreatePodIdentityAssociation
 */
export const olderAssociations = (cloud: Cloud, clusterArn: string): ((wanted: OlderAssociation) => void) => {
  const cluster = clusterByArn(cloud, clusterArn);
  if (cluster === undefined) throw invalid(`There is no cluster ${clusterArn}.`);
  const now = cloud.now();
  const good = new Set<string>();
  const checkOnce = (roleArn: string): void => {
    if (good.has(roleArn)) return;
    checkRole({ cloud }, roleArn);
    good.add(roleArn);
  };
  return (wanted) => {
    associate(cluster, now, wanted, checkOnce);
  };
};
