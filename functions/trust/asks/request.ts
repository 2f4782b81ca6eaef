/** The request that an ask is about: every key that says who asks is given as it stands in the ask, none is derived from another. */
import { irsa, podIdentity, type TrustRequest } from '../reach/index.ts';
import type { Ask, AskContext, PodIdentityAsk } from './ask.ts';

/** Calls back with the request, and with the one who makes it: they are of one type, but which one hangs on the ask. */
export const withRequest = <Result>(
  ask: Ask,
  use: <Member>(request: TrustRequest<Member>, member: Member) => Result,
): Result => {
  const { account, partition, namespace, serviceAccount } = ask;
  const role = { account, partition };
  if (ask.kind === 'irsa') {
    const { issuer, audience, region } = ask;
    const derived = region === undefined ? {} : { 'aws:RequestedRegion': region };
    const request = irsa({ ...role, audience, context: contextWith(derived, ask.context) });
    return use(request, { issuer, namespace, serviceAccount });
  }
  const { region, clusterName, tagsDisabled } = ask;
  const request = podIdentity({ ...role, tagsDisabled, context: contextWith(podKeys(ask), ask.context) });
  return use(request, { account, region, cluster: clusterName, namespace, serviceAccount });
};

const podKeys = (ask: PodIdentityAsk): Readonly<Record<string, string>> => ({
  'aws:SourceArn': ask.clusterArn,
  'aws:SourceAccount': ask.account,
  'aws:RequestedRegion': ask.region,
  ...(!ask.tagsDisabled && {
    'aws:RequestTag/eks-cluster-arn': ask.clusterArn,
    'aws:RequestTag/eks-cluster-name': ask.clusterName,
    'aws:RequestTag/kubernetes-namespace': ask.namespace,
    'aws:RequestTag/kubernetes-service-account': ask.serviceAccount,
    ...(ask.podName !== undefined && { 'aws:RequestTag/kubernetes-pod-name': ask.podName }),
    ...(ask.podUid !== undefined && { 'aws:RequestTag/kubernetes-pod-uid': ask.podUid }),
  }),
});

/**
 * The keys in lower case. Further keys win over what the fields say; names that differ only in upper and lower case
 * are one key with all the values, as tags are.
 */
const contextWith = (
  fields: Readonly<Record<string, string>>,
  further: AskContext,
): Readonly<Record<string, readonly string[] | undefined>> => {
  const context = new Map<string, readonly string[] | undefined>(
    Object.entries(fields).map(([key, value]) => [key.toLowerCase(), [value]]),
  );
  for (const [key, entries] of Map.groupBy(Object.entries(further), ([name]) => name.toLowerCase())) {
    const values = entries.flatMap(([, value]) => value ?? []);
    context.set(key, values.length === 0 ? undefined : values);
  }
  return Object.fromEntries(context);
};
