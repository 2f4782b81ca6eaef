/** Which pod `NAMESPACE/NAME` means: a pod, or the newest good one of a workload. */
import type { V1Pod } from '@kubernetes/client-node';
import { InvalidArgumentError } from 'commander';
import type { Cluster } from '../functions/kubernetes/client.ts';
import { allPages } from '../functions/kubernetes/pages.ts';
import { podFacts } from '../functions/kubernetes/pod.ts';
import { type WorkloadKind, workloadOf } from '../functions/kubernetes/workload.ts';
import { replicaSetOwners } from '../functions/kubernetes/workloads.ts';
import { Refused } from './pod-context.ts';
import { Told } from './told.ts';

export type PodName = { readonly namespace: string; readonly kind?: WorkloadKind; readonly name: string };

/** kubectl's short names. */
const KINDS: Readonly<Record<string, WorkloadKind>> = {
  po: 'Pod',
  pod: 'Pod',
  pods: 'Pod',
  deploy: 'Deployment',
  deployment: 'Deployment',
  deployments: 'Deployment',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  daemonsets: 'DaemonSet',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  replicasets: 'ReplicaSet',
  job: 'Job',
  jobs: 'Job',
  rollout: 'Rollout',
  rollouts: 'Rollout',
};

/** `NAMESPACE/NAME` or `NAMESPACE/KIND/NAME`. @throws InvalidArgumentError */
export const podNameFrom = (text: string): PodName => {
  const [, namespace = '', short, name = ''] = /^([a-z0-9-]+)\/(?:([A-Za-z]+)\/)?([a-z0-9.-]+)$/.exec(text) ?? [];
  const kind = KINDS[short?.toLowerCase() ?? ''];
  if (name === '' || (short !== undefined && kind === undefined)) {
    throw new InvalidArgumentError('It is written NAMESPACE/NAME or NAMESPACE/KIND/NAME: checkout/deploy/api');
  }
  return { namespace, name, ...(kind !== undefined && { kind }) };
};

/** @throws Told when there is none that runs */
export const findPod = async (cluster: Cluster, { namespace, kind, name }: PodName): Promise<V1Pod> => {
  if (kind === undefined || kind === 'Pod') {
    const pod = await podNamed(cluster, namespace, name);
    if (pod !== undefined) return pod;
    if (kind === 'Pod')
      throw new Told(`There is no pod ${name} in the namespace ${namespace} of cluster ${cluster.name}.`);
  }
  const pods = await allPages((page) =>
    cluster.ask({ verb: 'list', resource: 'pods', namespace }, () =>
      cluster.core.listNamespacedPod({ namespace, ...page }),
    ),
  );
  const known = pods.flatMap((pod) => {
    const facts = podFacts(pod);
    return facts === undefined ? [] : [{ pod, facts }];
  });
  const owners = await replicaSetOwners(
    cluster,
    namespace,
    known.map(({ facts }) => facts),
  );
  const its = known.filter(({ facts }) => {
    const workload = workloadOf(facts, owners);
    return (kind === undefined || workload.kind === kind) && workload.name === name;
  });
  const [best] = its
    .filter(({ facts }) => !facts.finished && !facts.stopping)
    .sort((a, b) => Number(b.facts.ready) - Number(a.facts.ready) || (a.facts.createdAt < b.facts.createdAt ? 1 : -1));
  if (best !== undefined) return best.pod;
  const what = `${kind === undefined ? 'pod or workload' : kind} ${name}`;
  throw new Told(
    its.length > 0
      ? `No pod of the ${what} runs in ${namespace} now.`
      : `There is no ${what} with pods in the namespace ${namespace} of cluster ${cluster.name}.`,
  );
};

const podNamed = async (cluster: Cluster, namespace: string, name: string): Promise<V1Pod | undefined> => {
  try {
    return await cluster.ask({ verb: 'get', resource: 'pods', namespace }, () =>
      cluster.core.readNamespacedPod({ name, namespace }),
    );
  } catch (error) {
    if (error instanceof Refused && error.code === 404) return undefined;
    throw error;
  }
};
