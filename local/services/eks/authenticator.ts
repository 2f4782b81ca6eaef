/** EKS's authenticator: from an IAM principal, through the cluster's access entries, to a Kubernetes user. */
import type { Caller, Cloud } from '../../contract.ts';
import type { UserInfo } from '../../kubernetes/contract.ts';
import { policyGroups } from './access-policies.ts';
import { clusterByArn } from './state.ts';
import { verifyEksToken } from './token.ts';

/** For a cluster's API server: a bearer token to a user; undefined for tokens that mean nobody. */
export const authenticator =
  (cloud: Cloud, clusterArn: string) =>
  async (bearer: string): Promise<UserInfo | undefined> => {
    const cluster = clusterByArn(cloud, clusterArn);
    const caller = cluster && (await verifyEksToken(cloud, bearer, cluster.name));
    return caller && kubernetesUser(cloud, clusterArn, caller);
  };

/** The user that a caller is in a cluster; undefined without an access entry, or when the entry's role was recreated. */
export const kubernetesUser = (cloud: Cloud, clusterArn: string, caller: Caller): UserInfo | undefined => {
  const principalArn = caller.role?.arn ?? caller.arn;
  const entry = clusterByArn(cloud, clusterArn)?.accessEntries.get(principalArn);
  if (entry === undefined || entry.principalId !== (caller.role?.id ?? caller.userId)) return undefined;
  const session = caller.session?.name ?? '';
  return {
    // Kubernetes names must not hold the @ of a session that was named after a person.
    username: entry.username
      .replaceAll('{{SessionName}}', session.replaceAll('@', '-'))
      .replaceAll('{{SessionNameRaw}}', session),
    groups: [...entry.groups, ...policyGroups(entry)],
    uid: `aws-iam-authenticator:${caller.account}:${caller.userId.split(':')[0]}`,
    extra: {
      accessKeyId: [caller.accessKeyId ?? ''],
      arn: [caller.arn],
      canonicalArn: [principalArn],
      principalId: [caller.userId.split(':')[0] ?? ''],
      sessionName: [session],
    },
  };
};
