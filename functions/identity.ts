/** Who a workload is: one service account in one cluster. Everything this product decides is about one of these. */
import { partitionOf } from './partition.ts';

/** A Kubernetes service account in an EKS cluster: what an association binds to a role. */
export type WorkloadIdentity = {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** The cluster's name, not its ARN. */
  readonly cluster: string;
  readonly namespace: string;
  readonly serviceAccount: string;
};

/** A cluster without a namespace: where an identity lives. */
export type ClusterRef = Pick<WorkloadIdentity, 'account' | 'region' | 'cluster'>;

/** The cluster's ARN, as the session tag `eks-cluster-arn` bears it. */
export const clusterArn = (cluster: ClusterRef): string =>
  `arn:${partitionOf(cluster.region).name}:eks:${cluster.region}:${cluster.account}:cluster/${cluster.cluster}`;

/** One line that names an identity to a person: `payments/checkout/api` with account and region. */
export const showIdentity = (identity: WorkloadIdentity): string =>
  `${identity.namespace}/${identity.serviceAccount} in cluster ${identity.cluster} (${identity.account}, ${identity.region})`;

/** A stable key for maps and tables; no part can contain a slash. */
export const identityKey = (identity: WorkloadIdentity): string =>
  [identity.account, identity.region, identity.cluster, identity.namespace, identity.serviceAccount].join('/');

/** A namespace of a cluster, in the same way: what the keys of its identities begin with, before a slash. */
export const namespaceKey = ({
  account,
  region,
  cluster,
  namespace,
}: Omit<WorkloadIdentity, 'serviceAccount'>): string => [account, region, cluster, namespace].join('/');

/** Whether two identities are the same service account in the same cluster. */
export const sameIdentity = (a: WorkloadIdentity, b: WorkloadIdentity): boolean => identityKey(a) === identityKey(b);
