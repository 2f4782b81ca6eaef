/**
 * A cluster's configuration changed: `UpdateClusterConfig`. That is its authentication mode, Auto Mode or its endpoint's reach, each of which
 * can end our access, or its logging. The response tells of an update under way: what is true then, EKS must be asked.
 */
import { changeKind } from './change-kind.ts';
import { EKS, readAnsweredCluster } from './cluster-fields.ts';

export const clusterConfigChanged = changeKind('ClusterConfigChanged', EKS, {
  UpdateClusterConfig: readAnsweredCluster,
});
