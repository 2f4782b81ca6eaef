/** AWS::EKS::AccessEntry. */
import type { Deploy } from '../contract.ts';

type Properties = {
  readonly ClusterName: string;
  readonly PrincipalArn: string;
  readonly KubernetesGroups?: readonly string[];
  readonly Username?: string;
  readonly Type?: string;
  readonly AccessPolicies?: readonly {
    readonly PolicyArn: string;
    readonly AccessScope: { readonly Type: string; readonly Namespaces?: readonly string[] };
  }[];
};

export const accessEntry: Deploy<Properties> = async (properties, { call }) => {
  const { ClusterName: clusterName, PrincipalArn: principalArn, AccessPolicies = [] } = properties;
  const { accessEntry: made } = (await call('eks', 'CreateAccessEntry', {
    clusterName,
    principalArn,
    kubernetesGroups: properties.KubernetesGroups,
    username: properties.Username,
    type: properties.Type,
  })) as { accessEntry: { accessEntryArn: string } };
  for (const { PolicyArn: policyArn, AccessScope } of AccessPolicies) {
    const accessScope = { type: AccessScope.Type, namespaces: AccessScope.Namespaces };
    await call('eks', 'AssociateAccessPolicy', { clusterName, principalArn, policyArn, accessScope });
  }
  return { ref: `${principalArn}|${clusterName}`, attributes: { AccessEntryArn: made.accessEntryArn } };
};
