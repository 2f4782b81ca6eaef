/** Who runs in a cluster: pods by workload and service account, and which AWS identity each was given. */
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { KubeConfig } from '@kubernetes/client-node';
import { eksToken } from '../functions/aws/eks-token.ts';
import type { EffectiveIdentity } from '../functions/kubernetes/effective-identity.ts';
import { allPages } from '../functions/kubernetes/pages.ts';
import { podFacts } from '../functions/kubernetes/pod.ts';
import { type WorkloadKind, workloadOf } from '../functions/kubernetes/workload.ts';
import { clusterOf } from './pod-context.ts';
import type { Credentials } from './signed-call.ts';
import { Told } from './told.ts';

/** Pods of a workload with one identity. */
export type Running = {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly workload: { readonly kind: WorkloadKind; readonly name: string };
  readonly pods: number;
  /** By what they were given when they were created. */
  readonly by: Readonly<Partial<Record<EffectiveIdentity, number>>>;
};

export type At = { readonly name: string; readonly region: string; readonly credentials: Credentials };

/** Two lists of the whole cluster. @throws Told when it can't be reached */
export const runningIn = async (at: At): Promise<readonly Running[]> => {
  const kubernetes = clusterOf(await kubeConfigOf(at), at.name);
  const [pods, sets] = await Promise.all([
    allPages((page) =>
      kubernetes.ask({ verb: 'list', resource: 'pods' }, () => kubernetes.core.listPodForAllNamespaces(page)),
    ),
    allPages((page) =>
      kubernetes.ask({ verb: 'list', resource: 'replicasets.apps' }, () =>
        kubernetes.apps.listReplicaSetForAllNamespaces(page),
      ),
    ),
  ]);
  const ownersIn = Map.groupBy(sets, ({ metadata }) => metadata?.namespace ?? '');
  const groups = new Map<string, Running>();
  for (const pod of pods) {
    const facts = podFacts(pod);
    const namespace = pod.metadata?.namespace ?? '';
    if (facts === undefined || facts.finished) continue;
    const owners = new Map(
      (ownersIn.get(namespace) ?? [])
        .filter(({ metadata }) => metadata?.name === facts.owner?.name)
        .map(
          ({ metadata }) =>
            [metadata?.name ?? '', metadata?.ownerReferences?.find(({ controller }) => controller)] as const,
        ),
    );
    const { kind, name } = workloadOf(facts, owners);
    const serviceAccount = pod.spec?.serviceAccountName ?? 'default';
    const key = [namespace, serviceAccount, kind, name].join('/');
    const before = groups.get(key);
    groups.set(key, {
      namespace,
      serviceAccount,
      workload: { kind, name },
      pods: (before?.pods ?? 0) + 1,
      by: { ...before?.by, [facts.identity]: (before?.by[facts.identity] ?? 0) + 1 },
    });
  }
  return [...groups.values()];
};

/** Logged in through EKS, as `aws eks update-kubeconfig` would do it. */
const kubeConfigOf = async ({ name, region, credentials }: At): Promise<KubeConfig> => {
  const { cluster } = await new EKSClient({ region, credentials })
    .send(new DescribeClusterCommand({ name }))
    .catch((error: unknown) => {
      throw new Told(`cluster ${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  if (cluster?.endpoint === undefined)
    throw new Told(`cluster ${name} has no endpoint: it is ${cluster?.status ?? 'gone'}`);
  const token = await eksToken({
    cluster: name,
    region,
    credentials,
    at: new Date(),
    endpoint: process.env.AWS_ENDPOINT_URL_STS ?? process.env.AWS_ENDPOINT_URL,
  });
  const config = new KubeConfig();
  const caData = cluster.certificateAuthority?.data;
  config.loadFromClusterAndUser(
    { name, server: cluster.endpoint, skipTLSVerify: false, ...(caData !== undefined && { caData }) },
    { name: 'podid', token },
  );
  return config;
};
