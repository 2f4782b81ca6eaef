/** The request as EKS makes it, every key with a value: what the policy engine decides needs no reach. */
import { clusterArn, type WorkloadIdentity } from '../../../../functions/identity.ts';
import { contextOf, evaluate, type PolicyDocument } from '../../../../functions/policy/index.ts';

export type Hidden = Readonly<Record<string, string | undefined>>;

/** Whether a pod of this identity gets the role, with or without session tags, when the other keys hold these values. */
export const getsRole = (
  policy: PolicyDocument,
  identity: WorkloadIdentity,
  others: Hidden,
  tagsDisabled = false,
): boolean => {
  const tags = {
    'eks-cluster-arn': clusterArn(identity),
    'eks-cluster-name': identity.cluster,
    'kubernetes-namespace': identity.namespace,
    'kubernetes-service-account': identity.serviceAccount,
  };
  const names = [...Object.keys(tags), 'kubernetes-pod-name', 'kubernetes-pod-uid'];
  const tagged = {
    ...Object.fromEntries(Object.entries(tags).map(([tag, value]) => [`aws:RequestTag/${tag}`, value])),
    'aws:TagKeys': names,
  };
  const hidden = Object.entries(others).filter(([key]) => !tagsDisabled || !key.startsWith('aws:RequestTag'));
  const context = contextOf({
    ...(tagsDisabled ? {} : tagged),
    'aws:SourceArn': clusterArn(identity),
    'aws:SourceAccount': identity.account,
    'aws:RequestedRegion': identity.region,
    'aws:PrincipalServiceName': 'pods.eks.amazonaws.com',
    'sts:DurationSeconds': '21600',
    ...Object.fromEntries(hidden),
  });
  const principal = { kind: 'service', service: 'pods.eks.amazonaws.com' } as const;
  const actions = tagsDisabled ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'];
  return actions.every(
    (action) =>
      evaluate([{ name: 'trust', document: policy }], { action, resource: '*', principal, context }).effect === 'allow',
  );
};
