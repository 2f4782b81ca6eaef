/** Kubernetes' role-based access control over the roles and bindings in the store. */
import type { UserInfo } from './contract.ts';
import type { ClusterRole, PolicyRule, RoleBinding, Subject } from './objects.ts';
import { selects } from './selectors.ts';
import type { Store } from './store.ts';

/** What a request wants to do: with a resource, or with a path that is none. */
export type Attributes = {
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  name: string;
  /** Empty at the cluster's scope, and for all namespaces. */
  namespace: string;
  /** Only for requests that are not about resources, such as `/version`. */
  path?: string;
};

export type Decision = { allowed: boolean; reason: string };

/** Members of this group may do everything, whatever the roles say. */
export const MASTERS = 'system:masters';

/** Whether the user may do it, and by which binding. */
export const authorize = (store: Store, user: UserInfo, attributes: Attributes): Decision => {
  if (user.groups.includes(MASTERS)) return { allowed: true, reason: '' };
  for (const grant of grantsOf(store, user, attributes.namespace)) {
    if (grant.rules.some((rule) => covers(rule, attributes))) return { allowed: true, reason: grant.reason };
  }
  return { allowed: false, reason: '' };
};

/** All rules that hold for a user in a namespace: what `kubectl auth can-i --list` shows. */
export const rulesOf = (store: Store, user: UserInfo, namespace: string): PolicyRule[] => [
  ...(user.groups.includes(MASTERS)
    ? [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    : []),
  ...grantsOf(store, user, namespace).flatMap(({ rules }) => rules),
];

/** The rules of a ClusterRole; an aggregated one has those of the roles that its selectors find. */
export const clusterRoleRules = (store: Store, role: ClusterRole, depth = 0): readonly PolicyRule[] => {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  // Roles can select each other in a circle; the real controller settles, this stops.
  if (selectors === undefined || depth > 4) return role.rules ?? [];
  return store
    .list('clusterroles')
    .filter((other) => other !== role && selectors.some((selector) => selects(selector, other.metadata.labels)))
    .flatMap((other) => clusterRoleRules(store, other, depth + 1));
};

type Grant = { rules: readonly PolicyRule[]; reason: string };

const grantsOf = (store: Store, user: UserInfo, namespace: string): Grant[] => [
  ...store.list('clusterrolebindings').flatMap((binding) => grantOf(store, user, binding)),
  ...(namespace === ''
    ? []
    : store.list('rolebindings', namespace).flatMap((binding) => grantOf(store, user, binding))),
];

const grantOf = (store: Store, user: UserInfo, binding: RoleBinding): Grant[] => {
  const { namespace, name } = binding.metadata;
  const subject = binding.subjects?.find((entry) => isSubject(entry, user, namespace));
  if (subject === undefined) return [];
  const { kind, name: role } = binding.roleRef;
  const rules =
    kind === 'ClusterRole' ? rulesOfClusterRole(store, role) : store.get('roles', `${namespace}/${role}`)?.rules;
  const label = namespace === undefined ? `ClusterRoleBinding "${name}"` : `RoleBinding "${name}/${namespace}"`;
  const who =
    subject.kind === 'ServiceAccount' ? `"${subject.name}/${subject.namespace ?? namespace}"` : `"${subject.name}"`;
  return [{ rules: rules ?? [], reason: `RBAC: allowed by ${label} of ${kind} "${role}" to ${subject.kind} ${who}` }];
};

const rulesOfClusterRole = (store: Store, name: string): readonly PolicyRule[] | undefined => {
  const role = store.get('clusterroles', name);
  return role === undefined ? undefined : clusterRoleRules(store, role);
};

const isSubject = (subject: Subject, user: UserInfo, namespace: string | undefined): boolean => {
  if (subject.kind === 'User') return subject.name === user.username;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  return user.username === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`;
};

const covers = (rule: PolicyRule, { verb, group, resource, subresource, name, path }: Attributes): boolean => {
  if (!includes(rule.verbs, verb)) return false;
  if (path !== undefined) {
    return (rule.nonResourceURLs ?? []).some(
      (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
    );
  }
  return (
    includes(rule.apiGroups, group) &&
    coversResource(rule.resources ?? [], resource, subresource) &&
    (rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
};

const includes = (values: readonly string[] = [], value: string): boolean =>
  values.includes('*') || values.includes(value);

const coversResource = (resources: readonly string[], resource: string, subresource: string): boolean => {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (entry) => entry === '*' || entry === combined || (subresource !== '' && entry === `*/${subresource}`),
  );
};
