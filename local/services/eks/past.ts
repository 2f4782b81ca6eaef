/** What readers of a cluster's associations go on seeing for a while after a write, when the control endpoint makes EKS late. */

import type { Call } from '../../contract.ts';
import { copiedMap, keep } from '../../control/past.ts';
import { clustersOf } from './state.ts';

/** Keeps the associations of the cluster that a write names, as they are before it. */
export const keepAssociations = (input: object, call: Call): void => {
  const { clusterName } = input as { readonly clusterName?: string };
  const cluster = clustersOf(call.cloud, call.account, call.region).get(clusterName ?? '');
  if (cluster === undefined) return;
  keep(call.cloud, 'eks', cluster.arn, () => ({
    associations: copiedMap(cluster.associations),
    byServiceAccount: new Map(cluster.byServiceAccount),
  }));
};
