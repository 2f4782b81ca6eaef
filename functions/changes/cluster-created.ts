/** Cluster created: `CreateCluster`. One that is made anew under its name is another one. */
import { changeKind } from './change-kind.ts';
import { EKS, readAnsweredCluster } from './cluster-fields.ts';

export const clusterCreated = changeKind('ClusterCreated', EKS, { CreateCluster: readAnsweredCluster });
