/** EKS in this account and region: which Pod Identity associations a cluster has, without what they give. */
import { ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks';
import { Failure } from '../runtime/errors.ts';
import { answerIfThere } from './edge.ts';
import { eks } from './eks.ts';

export type AssociationSummary = {
  readonly associationId: string;
  readonly namespace: string;
  readonly serviceAccount: string;
};
export type SummariesPage = { readonly associations: readonly AssociationSummary[]; readonly next?: string };

/**
 * A page of at most 100 summaries, EKS's most; undefined when there is no such cluster.
 * @param next Where the page begins, as the page before it has said.
 * @throws Failure Throttled, ServiceUnavailable, AccessDenied; Refused for a summary that lacks its id or names
 */
export const listSummaries = async (clusterName: string, next?: string): Promise<SummariesPage | undefined> => {
  const command = new ListPodIdentityAssociationsCommand({ clusterName, maxResults: 100, nextToken: next });
  const page = await answerIfThere('eks:ListPodIdentityAssociations', () => eks().send(command));
  if (page === undefined) return undefined;
  const associations = (page.associations ?? []).map(({ associationId, namespace, serviceAccount }) => {
    if (!associationId || !namespace || !serviceAccount)
      throw new Failure('Refused', `EKS listed association ${associationId ?? '?'} without its id or names`);
    return { associationId, namespace, serviceAccount };
  });
  return { associations, ...(page.nextToken !== undefined && { next: page.nextToken }) };
};
