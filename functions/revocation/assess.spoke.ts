/** Reads who runs with an identity: pods, their owners, what protects them, and what they would fall back on. Writes nothing. */
import { describeInstances } from '../aws/ec2.ts';
import { instanceProfileRole } from '../aws/iam.ts';
import { budgetsOf, doublyCovered, refusingBudgets } from '../kubernetes/budgets.ts';
import { type Cluster, openCluster } from '../kubernetes/client.ts';
import { irsaRoleOf, nodesNamed } from '../kubernetes/nodes.ts';
import type { PodFacts } from '../kubernetes/pod.ts';
import { podsOf } from '../kubernetes/pods.ts';
import { byWorkload } from '../kubernetes/workload.ts';
import { replicaSetOwners, workloadObjects } from '../kubernetes/workloads.ts';
import { entry } from '../runtime/entry.ts';
import { isFailure } from '../runtime/errors.ts';
import { assessment } from './assessment.ts';
import { AssessInput, type AssessOutput } from './contract.ts';
import { fallbackOf, type NodeFacts } from './fallback.ts';
import { podsInQuestion } from './pods-in-question.ts';

export const handler = entry(AssessInput, async (input, around): Promise<AssessOutput> => {
  const { namespace, serviceAccount } = input.identity;
  const cluster = await openCluster(input.identity, around);
  const pods = await podsOf(cluster, namespace, serviceAccount);
  const living = pods.filter(({ finished }) => !finished);
  const inQuestion = podsInQuestion(living, input);
  const [owners, budgets, irsaRoleArn, nodes] = await Promise.all([
    replicaSetOwners(cluster, namespace, inQuestion),
    budgetsOf(cluster, namespace),
    irsaRoleOf(cluster, namespace, serviceAccount),
    nodeFacts(cluster, living),
  ]);
  const groups = [...byWorkload(inQuestion, owners)];
  const objects = await workloadObjects(
    cluster,
    namespace,
    groups.map(([, { workload }]) => workload),
  );
  return assessment({
    groups: groups.map(([key, group]) => ({ ...group, object: objects.get(key) })),
    living,
    refusing: refusingBudgets(budgets, inQuestion),
    doublyCovered: doublyCovered(budgets, inQuestion),
    fallback: fallbackOf(irsaRoleArn, nodes),
  });
});

/** What can't be read about nodes is told as unknown: it must not keep the pods from being replaced. */
const nodeFacts = async (cluster: Cluster, living: readonly PodFacts[]): Promise<NodeFacts[]> => {
  const pods = Map.groupBy(living, ({ node }) => node ?? '');
  // Pods that no node was found for run nowhere yet.
  pods.delete('');
  const onHostNetwork = (name: string): boolean => pods.get(name)?.some(({ hostNetwork }) => hostNetwork) ?? false;
  const nodes = await orWhyNot(() => nodesNamed(cluster, [...pods.keys()]));
  if ('unread' in nodes) {
    const facts = { kind: 'ec2', hostNetwork: false, unread: nodes.unread } as const;
    return [...pods.keys()].map((name) => ({ name, ...facts }));
  }
  const ids = nodes.read.flatMap(({ instanceId }) => instanceId ?? []);
  const instances = await orWhyNot(() => describeInstances(ids));
  const byId = new Map(('read' in instances ? instances.read : []).map((each) => [each.instanceId, each]));
  const roles = await rolesOf([...byId.values()].flatMap(({ profile }) => profile ?? []));
  return nodes.read.map(({ name, kind, instanceId }) => {
    const metadata = instanceId === undefined ? undefined : byId.get(instanceId);
    return {
      name,
      kind,
      hostNetwork: onHostNetwork(name),
      metadata,
      roleArn: metadata?.profile === undefined ? undefined : roles.get(metadata.profile),
      unread: 'unread' in instances ? instances.unread : undefined,
    };
  });
};

/** The roles of instance profiles, which a whole node group shares. A role that can't be read is left out. */
const rolesOf = async (profiles: readonly string[]): Promise<Map<string, string | undefined>> => {
  const roles = new Map<string, string | undefined>();
  for (const profile of new Set(profiles)) {
    const role = await orWhyNot(() => instanceProfileRole(profile));
    if ('read' in role) roles.set(profile, role.read);
  }
  return roles;
};

const orWhyNot = async <Read>(read: () => Promise<Read>): Promise<{ read: Read } | { unread: string }> => {
  try {
    return { read: await read() };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { unread: error.message.slice(0, 200) };
  }
};
