/** EKS's ready-made access policies on access entries, as Kubernetes groups. */
import type {
  AssociateAccessPolicyCommandInput,
  AssociatedAccessPolicy,
  DisassociateAccessPolicyCommandInput,
  ListAssociatedAccessPoliciesCommandInput,
} from '@aws-sdk/client-eks';
import type { Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { notImplemented } from '../../wire/errors.ts';
import { entriesCluster, entryNamed, onEntry } from './access-entries.ts';
import { badRequest, eksPage, invalid, notFound } from './lookup.ts';

/** The ClusterRole that each policy is nearest to; the real ones are judged by an authorizer of EKS's own. */
const CLUSTER_ROLES: Readonly<Record<string, string>> = {
  AmazonEKSClusterAdminPolicy: 'cluster-admin',
  AmazonEKSAdminPolicy: 'admin',
  AmazonEKSEditPolicy: 'edit',
  AmazonEKSViewPolicy: 'view',
};

/** The group that stands for a policy in Kubernetes. */
export const policyGroup = (policyArn: string): string => {
  const name = policyArn.split('/').at(-1) ?? '';
  return name === 'AmazonEKSClusterAdminPolicy' ? 'system:masters' : `eks:access-policy:${name}`;
};

/** What a cluster needs so that those groups mean something: apply it once at its start. */
export const accessPolicyManifests = (): readonly object[] =>
  Object.entries(CLUSTER_ROLES)
    .filter(([policy]) => policyGroup(policy) !== 'system:masters')
    .map(([policy, clusterRole]) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `eks:access-policy:${policy}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: policyGroup(policy) }],
    }));

export const AssociateAccessPolicy: Operation<
  AssociateAccessPolicyCommandInput,
  { clusterName: string; principalArn: string; associatedAccessPolicy: AssociatedAccessPolicy }
> = {
  readOnly: false,
  asks: (input, call) => [
    onEntry('eks:AssociateAccessPolicy', { 'eks:policyArn': input.policyArn ?? '' })(input, call),
  ],
  run: (input, call) => {
    const cluster = entriesCluster(call, input);
    const entry = entryNamed(cluster, input);
    const policyArn = required(input.policyArn);
    const name = /^arn:[^:]+:eks::aws:cluster-access-policy\/(.+)$/.exec(policyArn)?.[1];
    if (name === undefined || !Object.hasOwn(CLUSTER_ROLES, name)) {
      throw invalid(`The policyArn ${policyArn} is not one of: ${Object.keys(CLUSTER_ROLES).join(', ')}.`);
    }
    if (entry.type !== 'STANDARD') throw badRequest(`Access policies need an access entry of type STANDARD.`);
    if (input.accessScope?.type !== 'cluster') {
      throw notImplemented('eks', 'AssociateAccessPolicy with an accessScope other than cluster');
    }
    entry.policies.set(policyArn, { associatedAt: call.now });
    return {
      clusterName: cluster.name,
      principalArn: entry.principalArn,
      associatedAccessPolicy: shown(policyArn, call.now),
    };
  },
};

export const DisassociateAccessPolicy: Operation<DisassociateAccessPolicyCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => [
    onEntry('eks:DisassociateAccessPolicy', { 'eks:policyArn': input.policyArn ?? '' })(input, call),
  ],
  run: (input, call) => {
    const entry = entryNamed(entriesCluster(call, input), input);
    if (!entry.policies.delete(required(input.policyArn))) {
      throw notFound(`The access policy ${input.policyArn} is not associated with the access entry.`);
    }
    return {};
  },
};

export const ListAssociatedAccessPolicies: Operation<
  ListAssociatedAccessPoliciesCommandInput,
  { clusterName: string; principalArn: string; associatedAccessPolicies: AssociatedAccessPolicy[]; nextToken?: string }
> = {
  readOnly: true,
  asks: (input, call) => [onEntry('eks:ListAssociatedAccessPolicies')(input, call)],
  run: (input, call) => {
    const cluster = entriesCluster(call, input);
    const entry = entryNamed(cluster, input);
    const page = eksPage(entry.policies, ([arn]) => arn, input);
    return {
      clusterName: cluster.name,
      principalArn: entry.principalArn,
      associatedAccessPolicies: page.items.map(([arn, { associatedAt }]) => shown(arn, associatedAt)),
      ...page.paging,
    };
  },
};

const shown = (policyArn: string, associatedAt: Date): AssociatedAccessPolicy => ({
  policyArn,
  accessScope: { type: 'cluster', namespaces: [] },
  associatedAt,
  modifiedAt: associatedAt,
});
