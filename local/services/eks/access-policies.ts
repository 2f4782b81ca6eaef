/** EKS's ready-made access policies on access entries, as Kubernetes groups. */
import type {
  AccessPolicy,
  AccessScope,
  AssociateAccessPolicyCommandInput,
  AssociatedAccessPolicy,
  DisassociateAccessPolicyCommandInput,
  ListAccessPoliciesCommandInput,
  ListAssociatedAccessPoliciesCommandInput,
} from '@aws-sdk/client-eks';
import type { Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { notImplemented } from '../../wire/errors.ts';
import { entriesCluster, entryNamed, onEntry } from './access-entries.ts';
import { badRequest, eksPage, invalid, notFound } from './lookup.ts';
import { bind, entryGroup, unbind } from './namespace-scope.ts';
import type { AccessEntry, AccessPolicyScope } from './state.ts';

const ADMIN_VIEW = 'eks:access-policy:AmazonEKSAdminViewPolicy';

/** The ClusterRole that each policy is nearest to; the real ones are judged by an authorizer of EKS's own. */
const CLUSTER_ROLES: Readonly<Record<string, string>> = {
  AmazonEKSClusterAdminPolicy: 'cluster-admin',
  AmazonEKSAdminPolicy: 'admin',
  AmazonEKSAdminViewPolicy: ADMIN_VIEW,
  AmazonEKSEditPolicy: 'edit',
  AmazonEKSViewPolicy: 'view',
};

/** The others that `aws eks list-access-policies` shows in its documentation: for EKS's own parts, and without effect here. */
const OTHERS: readonly string[] = [
  'AmazonEKSAutoNodePolicy',
  'AmazonEKSBlockStorageClusterPolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSComputeClusterPolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSHybridPolicy',
  'AmazonEKSLoadBalancingClusterPolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingClusterPolicy',
  'AmazonEKSNetworkingPolicy',
  'AmazonEMRJobPolicy',
  'AmazonSagemakerHyperpodClusterPolicy',
  'AmazonSagemakerHyperpodControllerPolicy',
  'AmazonSagemakerHyperpodSystemNamespacePolicy',
];

/** The group that stands for a policy in the whole cluster. */
const policyGroup = (policyArn: string): string => {
  const name = nameOf(policyArn);
  return name === 'AmazonEKSClusterAdminPolicy' ? 'system:masters' : `eks:access-policy:${name}`;
};

/** The groups that an entry's policies put its user into. */
export const policyGroups = (entry: AccessEntry): readonly string[] => {
  const groups = [...entry.policies].map(([arn, { namespaces }]) =>
    namespaces === undefined ? policyGroup(arn) : entryGroup(entry),
  );
  return [...new Set(groups)];
};

/** What a cluster needs so that those groups mean something: apply it once at its start. */
export const accessPolicyManifests = (): readonly object[] => [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: ADMIN_VIEW },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
  },
  ...Object.entries(CLUSTER_ROLES)
    .filter(([policy]) => policyGroup(policy) !== 'system:masters')
    .map(([policy, clusterRole]) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `eks:access-policy:${policy}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: policyGroup(policy) }],
    })),
];

/** Associating a policy again gives it another scope. */
export const AssociateAccessPolicy: Operation<
  AssociateAccessPolicyCommandInput,
  { clusterName: string; principalArn: string; associatedAccessPolicy: AssociatedAccessPolicy }
> = {
  readOnly: false,
  asks: (input, call) => [
    onEntry('eks:AssociateAccessPolicy', { 'eks:policyArn': input.policyArn ?? '', ...scopeKeys(input.accessScope) })(
      input,
      call,
    ),
  ],
  run: async (input, call) => {
    const cluster = entriesCluster(call, input);
    const entry = entryNamed(cluster, input);
    const policyArn = required(input.policyArn);
    const clusterRole = clusterRoleOf(call, policyArn);
    if (entry.type !== 'STANDARD') throw badRequest(`Access policies need an access entry of type STANDARD.`);
    const namespaces = namespacesOf(required(input.accessScope));
    const before = entry.policies.get(policyArn);
    if (namespaces === undefined) await unbind(cluster, entry, policyArn, before?.namespaces);
    else await bind(cluster, entry, policyArn, clusterRole, namespaces, before?.namespaces);
    const scope: AccessPolicyScope = {
      associatedAt: before?.associatedAt ?? call.now,
      modifiedAt: call.now,
      ...(namespaces === undefined ? {} : { namespaces }),
    };
    entry.policies.set(policyArn, scope);
    return {
      clusterName: cluster.name,
      principalArn: entry.principalArn,
      associatedAccessPolicy: shown(policyArn, scope),
    };
  },
};

export const DisassociateAccessPolicy: Operation<DisassociateAccessPolicyCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => [
    onEntry('eks:DisassociateAccessPolicy', { 'eks:policyArn': input.policyArn ?? '' })(input, call),
  ],
  run: async (input, call) => {
    const cluster = entriesCluster(call, input);
    const entry = entryNamed(cluster, input);
    const policyArn = required(input.policyArn);
    const scope = entry.policies.get(policyArn);
    if (scope === undefined) {
      throw notFound(`The access policy ${policyArn} is not associated with the access entry.`, {
        clusterName: cluster.name,
      });
    }
    entry.policies.delete(policyArn);
    await unbind(cluster, entry, policyArn, scope.namespaces);
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
      associatedAccessPolicies: page.items.map(([arn, scope]) => shown(arn, scope)),
      ...page.paging,
    };
  },
};

export const ListAccessPolicies: Operation<
  ListAccessPoliciesCommandInput,
  { accessPolicies: AccessPolicy[]; nextToken?: string }
> = {
  readOnly: true,
  asks: () => [{ action: 'eks:ListAccessPolicies', resource: '*' }],
  run: (paging, { cloud }) => {
    const page = eksPage([...Object.keys(CLUSTER_ROLES), ...OTHERS], (name) => name, paging);
    const arn = (name: string) => `arn:${cloud.partition}:eks::aws:cluster-access-policy/${name}`;
    return { accessPolicies: page.items.map((name) => ({ name, arn: arn(name) })), ...page.paging };
  },
};

const nameOf = (policyArn: string): string => policyArn.split('/').at(-1) ?? '';

/** @throws InvalidParameterException for what is no access policy, NotImplemented for one without effect here */
const clusterRoleOf = ({ cloud }: Call, policyArn: string): string => {
  const name = nameOf(policyArn);
  const known = Object.hasOwn(CLUSTER_ROLES, name) ? CLUSTER_ROLES[name] : undefined;
  const isAccessPolicy = policyArn === `arn:${cloud.partition}:eks::aws:cluster-access-policy/${name}`;
  if (!isAccessPolicy || (known === undefined && !OTHERS.includes(name))) {
    throw invalid(`The policyArn ${policyArn} is not one of those that ListAccessPolicies gives.`);
  }
  if (known === undefined) throw notImplemented('eks', `AssociateAccessPolicy with ${name}`);
  return known;
};

/** Undefined means the whole cluster. @throws InvalidParameterException */
const namespacesOf = ({ type, namespaces = [] }: AccessScope): readonly string[] | undefined => {
  if (type === 'cluster' && namespaces.length === 0) return undefined;
  if (type === 'cluster') throw invalid('An accessScope of type cluster must not have namespaces.');
  if (type !== 'namespace') throw invalid(`The type of accessScope must be one of [cluster, namespace], not ${type}.`);
  if (namespaces.length === 0) throw invalid('An accessScope of type namespace must have namespaces.');
  return [...new Set(namespaces)];
};

/** Condition keys of the service authorization reference. */
const scopeKeys = (scope: AccessScope | undefined): Record<string, string | string[]> => ({
  ...(scope?.type === undefined ? {} : { 'eks:accessScope': scope.type }),
  ...(scope?.namespaces === undefined || scope.namespaces.length === 0 ? {} : { 'eks:namespaces': scope.namespaces }),
});

const shown = (
  policyArn: string,
  { associatedAt, modifiedAt, namespaces }: AccessPolicyScope,
): AssociatedAccessPolicy => ({
  policyArn,
  accessScope:
    namespaces === undefined ? { type: 'cluster', namespaces: [] } : { type: 'namespace', namespaces: [...namespaces] },
  associatedAt,
  modifiedAt,
});
