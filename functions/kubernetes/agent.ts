/** The Pod Identity agent, as a cluster itself knows it: the add-on's DaemonSet, or one that somebody deployed. */
import type { V1DaemonSet } from '@kubernetes/client-node';
import type { Cluster } from './client.ts';
import { allPages } from './pages.ts';

export type AgentSeen = { readonly kind: 'none' } | { readonly kind: 'daemon-set'; readonly ready: boolean };

const NAMESPACE = 'kube-system';
const AGENT = 'eks-pod-identity-agent';

/** @throws Failure what the cluster fails with: see `clusterFailure` */
export const agentIn = async (cluster: Cluster): Promise<AgentSeen> => {
  const namespace = NAMESPACE;
  const sets = await allPages((page) =>
    cluster.ask({ verb: 'list', resource: 'daemonsets.apps', namespace }, () =>
      cluster.apps.listNamespacedDaemonSet({ namespace, ...page }),
    ),
  );
  return agentOf(sets);
};

/** The chart makes one DaemonSet for each kind of nodes: all of them have to be ready. */
export const agentOf = (sets: readonly V1DaemonSet[]): AgentSeen => {
  const agents = sets.filter(isAgent);
  return agents.length === 0 ? { kind: 'none' } : { kind: 'daemon-set', ready: agents.every(isReady) };
};

/** The add-on's and the chart's label `app`, whatever the release is called (github.com/aws/eks-pod-identity-agent, charts); or the name alone. */
const isAgent = ({ metadata }: V1DaemonSet): boolean => metadata?.name === AGENT || metadata?.labels?.app === AGENT;

/** A rollout goes on serving, so that old pods count. One that no controller has looked at yet has figures that mean nothing. */
const isReady = ({ status }: V1DaemonSet): boolean =>
  status?.observedGeneration !== undefined && status.numberReady >= status.desiredNumberScheduled;
