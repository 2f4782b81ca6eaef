/** EKS in this account and region: which clusters there are, and their tags. */
import { DescribeClusterCommand, ListClustersCommand } from '@aws-sdk/client-eks';
import { isFailure } from '../runtime/errors.ts';
import { answerIfThere, answerOf } from './edge.ts';
import { eks } from './eks.ts';

export type ClustersPage = { readonly names: readonly string[]; readonly next?: string };

/**
 * A page of the names of the clusters, those of other providers that are only connected left out, as EKS does unasked.
 * @param limit At most 100 (EKS API, ListClusters)
 * @param next Where the page begins, as the page before it has said
 * @throws Failure Throttled, ServiceUnavailable, AccessDenied
 */
export const listClusterNames = async (limit: number, next?: string): Promise<ClustersPage> => {
  const command = new ListClustersCommand({ maxResults: limit, nextToken: next });
  const { clusters = [], nextToken } = await answerOf('eks:ListClusters', () => eks().send(command));
  return { names: clusters, ...(nextToken !== undefined && { next: nextToken }) };
};

/**
 * A cluster's tags; undefined when it is gone, or when nobody lets us describe it: a permission that asks for a tag lets us see those alone that
 * bear it.
 * @throws Failure Throttled, ServiceUnavailable, Refused
 */
export const tagsOfCluster = async (name: string): Promise<Readonly<Record<string, string>> | undefined> => {
  try {
    const command = new DescribeClusterCommand({ name });
    const answer = await answerIfThere('eks:DescribeCluster', () => eks().send(command));
    return answer?.cluster && { ...answer.cluster.tags };
  } catch (error) {
    if (isFailure(error, 'AccessDenied')) return undefined;
    throw error;
  }
};
