/** Credentials as a pod's SDK gets them: its token, traded at EKS Auth. */
import type { Credentials } from '../local/contract.ts';
import { ACCOUNT, type BenchFleet, NAMESPACE, REGION } from './fleet.ts';

export const podCredentials = async ({ core, local }: BenchFleet): Promise<Credentials> => {
  const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, limit: 1 });
  const { name = '', uid = '' } = items[0]?.metadata ?? {};
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace: NAMESPACE,
    name: 'web',
    body: {
      spec: { audiences: ['pods.eks.amazonaws.com'], boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid } },
    },
  });
  const { caller } = local.cloud.administrator(ACCOUNT);
  const answer = await local.cloud.call(
    'eks-auth',
    'AssumeRoleForPodIdentity',
    { clusterName: 'bench', token: status?.token },
    { caller, region: REGION },
  );
  return (answer as { credentials: Credentials }).credentials;
};
