/** Cluster deleted: `DeleteCluster`. Its associations go with it; whether EKS logs their deletions too is unknown. */
import { changeKind } from './change-kind.ts';
import { EKS, readAnsweredCluster } from './cluster-fields.ts';

export const clusterDeleted = changeKind('ClusterDeleted', EKS, { DeleteCluster: readAnsweredCluster });
