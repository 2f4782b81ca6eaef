/** Whether a pod gets a role's credentials on the local cloud, asked as the Pod Identity agent asks: what `admits` is compared with. */
import { expect } from '@jest/globals';
import { clusterArn, type WorkloadIdentity } from '../../../../functions/identity.ts';
import { createCloud, type LocalCloud } from '../../../../local/cloud.ts';
import { addCluster, type Cluster, clusterByArn } from '../../../../local/services/eks/index.ts';
import { services } from '../../../../local/services/index.ts';

const POD = { name: 'api-0', uid: '6b2e1a52-4f6e-4d59-9c9a-6a8a2e3a9d11' };

/** A token here is the service account that it is for, as JSON between two dots. */
const reviewToken: Cluster['reviewToken'] = async (token) => {
  const [, subject = ''] = token.split('.');
  return { ...JSON.parse(Buffer.from(subject, 'base64url').toString()), pod: POD };
};
const tokenOf = ({ namespace, serviceAccount }: WorkloadIdentity): string =>
  `x.${Buffer.from(JSON.stringify({ namespace, serviceAccount })).toString('base64url')}.x`;

/** A call of the administrator of an account. */
export const call = (
  cloud: LocalCloud,
  scope: string,
  operation: string,
  input: object,
  where: { account: string; region: string },
) => cloud.call(scope, operation, input, { caller: cloud.administrator(where.account).caller, region: where.region });

type Roles = { readonly roleArn: string; readonly targetRoleArn?: string };

/** Whether a pod of this identity gets credentials, when it is associated with these roles: asked as the agent asks. */
export const getsCredentials = async (
  cloud: LocalCloud,
  identity: WorkloadIdentity,
  roles: Roles,
  disableSessionTags: boolean,
): Promise<boolean> => {
  const { account, region, cluster: name, namespace, serviceAccount } = identity;
  if (clusterByArn(cloud, clusterArn(identity)) === undefined) {
    const issuer = `https://oidc.eks.${region}.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF`;
    addCluster(cloud, { account, region, name, endpoint: 'https://x', certificateAuthority: 'x', issuer, reviewToken });
  }
  const eks = (operation: string, input: object) =>
    call(cloud, 'eks', operation, { clusterName: name, ...input }, identity);
  const made = await eks('CreatePodIdentityAssociation', {
    namespace,
    serviceAccount,
    disableSessionTags,
    ...roles,
  }).catch((error: unknown) => error);
  if (made instanceof Error) {
    // EKS takes no role whose trust doesn't name its service at all.
    expect(made.message).toBe('Trust policy of the role provided is invalid');
    return false;
  }
  const { associationId } = Object(Object(made).association);
  const answer = await call(
    cloud,
    'eks-auth',
    'AssumeRoleForPodIdentity',
    { clusterName: name, token: tokenOf(identity) },
    identity,
  ).catch((error: unknown) => error);
  await eks('DeletePodIdentityAssociation', { associationId });
  if (answer instanceof Error) expect(answer.message).toMatch(/does not have permissions to assume/);
  return !(answer instanceof Error);
};

/** What a pod's request carries that its identity alone does not tell. */
export const podTags = (disableSessionTags: boolean) =>
  disableSessionTags
    ? {}
    : { 'aws:RequestTag/kubernetes-pod-name': POD.name, 'aws:RequestTag/kubernetes-pod-uid': POD.uid };

export const openCloud = (accounts: Iterable<string>): LocalCloud => {
  const cloud = createCloud();
  for (const service of services) cloud.addService(service);
  for (const account of accounts) cloud.addAccount(account);
  return cloud;
};

/** Counts, so that a comparison in which everybody is refused proves nothing unseen. */
export const tally = () => {
  const counts = { admitted: 0, refused: 0, undecided: 0 };
  return {
    counts,
    add: (answer: boolean | 'undecided') => {
      counts[answer === 'undecided' ? 'undecided' : answer ? 'admitted' : 'refused'] += 1;
    },
  };
};
