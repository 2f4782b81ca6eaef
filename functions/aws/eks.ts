/** EKS in this account and region: clusters and Pod Identity associations. */
import {
  DescribeClusterCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  type PodIdentityAssociation,
} from '@aws-sdk/client-eks';
import type { AssociationState } from '../association.ts';
import { Failure } from '../runtime/errors.ts';
import { answerIfThere, CLIENT_SETTINGS, lazily } from './edge.ts';
import type { Asker } from './iam-client.ts';

export const eks = lazily(() => new EKSClient(CLIENT_SETTINGS));

let named: { readonly asker: string; readonly client: EKSClient } | undefined;

/** The same, its calls with the asker's id in the user agent, and so in CloudTrail; over the same connections. */
export const eksFor = ({ asker }: Asker = {}): EKSClient => {
  if (asker === undefined) return eks();
  if (named?.asker === asker) return named.client;
  const { requestHandler } = eks().config;
  const client = new EKSClient({ ...CLIENT_SETTINGS, requestHandler, customUserAgent: [['podid', asker]] });
  named = { asker, client };
  return client;
};

/** An association: whose it is, and what it gives. */
export type Association = {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly state: AssociationState;
};

export type AssociationsPage = { readonly ids: readonly string[]; readonly next?: string };

/** One page of at most 100 ids, all or one service account's; undefined when there is no such cluster. */
export const listAssociations = async (
  cluster: string,
  filter: {
    readonly namespace?: string;
    readonly serviceAccount?: string;
    readonly next?: string;
    readonly limit?: number;
  } = {},
): Promise<AssociationsPage | undefined> => {
  const { next: nextToken, limit: maxResults = 100, ...identity } = filter;
  const page = await answerIfThere('eks:ListPodIdentityAssociations', () =>
    eks().send(new ListPodIdentityAssociationsCommand({ clusterName: cluster, maxResults, nextToken, ...identity })),
  );
  if (page === undefined) return undefined;
  const ids = (page.associations ?? []).flatMap(({ associationId }) => associationId ?? []);
  return { ids, ...(page.nextToken !== undefined && { next: page.nextToken }) };
};

/** Undefined when it, or its cluster, is gone. */
export const describeAssociation = async (cluster: string, associationId: string): Promise<Association | undefined> => {
  const answer = await answerIfThere('eks:DescribePodIdentityAssociation', () =>
    eks().send(new DescribePodIdentityAssociationCommand({ clusterName: cluster, associationId })),
  );
  return answer?.association === undefined ? undefined : associationOf(answer.association);
};

/** What a client needs to reach a cluster; undefined when it is gone. */
export type ClusterAccess = { readonly endpoint: string; readonly certificateAuthority: string };

/** @throws Failure ClusterUnreachable while the cluster has no endpoint yet, or none any more */
export const describeCluster = async (name: string): Promise<ClusterAccess | undefined> => {
  const answer = await answerIfThere('eks:DescribeCluster', () => eks().send(new DescribeClusterCommand({ name })));
  const cluster = answer?.cluster;
  if (cluster === undefined) return undefined;
  const { endpoint, certificateAuthority, status } = cluster;
  if (endpoint === undefined || certificateAuthority?.data === undefined) {
    throw new Failure('ClusterUnreachable', `cluster ${name} has no endpoint (its status is ${status ?? 'unknown'})`);
  }
  return { endpoint, certificateAuthority: certificateAuthority.data };
};

/** The cluster's OIDC issuer without `https://`, as IAM's condition keys and provider ARNs name it; undefined when it has none, or is gone. */
export const issuerOf = async (name: string): Promise<string | undefined> => {
  const answer = await answerIfThere('eks:DescribeCluster', () => eks().send(new DescribeClusterCommand({ name })));
  return answer?.cluster?.identity?.oidc?.issuer?.replace(/^https:\/\//, '');
};

/** EKS's answer as ours. @throws Failure Refused for one that lacks what every association has */
export const associationOf = (found: PodIdentityAssociation): Association => {
  const { associationId, associationArn, roleArn, namespace, serviceAccount } = found;
  if (!associationId || !associationArn || !roleArn || !namespace || !serviceAccount) {
    throw new Failure('Refused', `EKS described association ${associationId ?? '?'} without its ids, names or role`);
  }
  return {
    namespace,
    serviceAccount,
    state: {
      associationId,
      associationArn,
      roleArn,
      // A target role that was cleared is an empty text.
      ...(found.targetRoleArn && { targetRoleArn: found.targetRoleArn }),
      disableSessionTags: found.disableSessionTags ?? false,
      ...(found.policy && { policy: found.policy }),
      ...(found.ownerArn && { ownerArn: found.ownerArn }),
      ...(found.createdAt && { createdAt: found.createdAt.toISOString() }),
      ...(found.modifiedAt && { modifiedAt: found.modifiedAt.toISOString() }),
    },
  };
};
