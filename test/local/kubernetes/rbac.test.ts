import { expect, it } from '@jest/globals';
import type { JsonObject } from '../../../local/kubernetes/json.ts';
import { type KindName, kindOf } from '../../../local/kubernetes/kinds.ts';
import { authorize } from '../../../local/kubernetes/rbac.ts';
import { makeRegistry } from '../../../local/kubernetes/registry.ts';
import { makeStore } from '../../../local/kubernetes/store.ts';

const store = makeStore();
const registry = makeRegistry(store, { region: 'eu-west-1', association: () => undefined, now: () => new Date(0) });
const create = (plural: KindName, namespace: string | undefined, body: JsonObject) =>
  registry.create(kindOf(plural), namespace, body);

create('namespaces', undefined, { metadata: { name: 'shop' } });
create('clusterroles', undefined, {
  metadata: { name: 'restart' },
  rules: [
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'], verbs: ['get'] },
    { nonResourceURLs: ['/metrics', '/logs/*'], verbs: ['get'] },
  ],
});
create('clusterroles', undefined, {
  metadata: { name: 'part', labels: { part: 'yes' } },
  rules: [{ apiGroups: ['*'], resources: ['*/scale'], verbs: ['*'] }],
});
create('clusterroles', undefined, {
  metadata: { name: 'whole' },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] },
  rules: [],
});
create('roles', 'shop', {
  metadata: { name: 'reader' },
  rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
});
const bind = (
  plural: 'clusterrolebindings' | 'rolebindings',
  name: string,
  kind: string,
  role: string,
  subject: JsonObject,
) =>
  create(plural, plural === 'rolebindings' ? 'shop' : undefined, {
    metadata: { name },
    roleRef: { kind, name: role },
    subjects: [subject],
  });
bind('clusterrolebindings', 'operators', 'ClusterRole', 'restart', { kind: 'Group', name: 'operators' });
bind('clusterrolebindings', 'scalers', 'ClusterRole', 'whole', { kind: 'User', name: 'ann' });
bind('rolebindings', 'shop-restart', 'ClusterRole', 'restart', { kind: 'User', name: 'bob' });
bind('rolebindings', 'shop-reader', 'Role', 'reader', { kind: 'ServiceAccount', name: 'api', namespace: 'shop' });
bind('rolebindings', 'dangling', 'Role', 'nowhere', { kind: 'User', name: 'eve' });

type Case = [who: string, verb: string, what: string, namespace: string, allowed: boolean];
it.each<Case>([
  ['group operators', 'patch', 'apps/deployments', 'shop', true],
  ['group operators', 'patch', 'apps/deployments', '', true],
  ['group operators', 'delete', 'apps/deployments', 'shop', false],
  ['group operators', 'patch', '/deployments', 'shop', false],
  ['group operators', 'create', '/pods/eviction', 'shop', true],
  ['group operators', 'create', '/pods', 'shop', false],
  ['group operators', 'get', '/configmaps:one', 'shop', true],
  ['group operators', 'get', '/configmaps:two', 'shop', false],
  ['group operators', 'get', '/configmaps', 'shop', false],
  ['user bob', 'patch', 'apps/deployments', 'shop', true],
  ['user bob', 'patch', 'apps/deployments', 'other', false],
  ['user bob', 'patch', 'apps/deployments', '', false],
  ['user ann', 'update', 'apps/deployments/scale', 'shop', true],
  ['user ann', 'update', 'apps/deployments', 'shop', false],
  ['user system:serviceaccount:shop:api', 'list', '/secrets', 'shop', true],
  ['user system:serviceaccount:other:api', 'list', '/secrets', 'shop', false],
  ['user eve', 'list', '/secrets', 'shop', false],
  ['group system:masters', 'delete', '/nodes', '', true],
])('%s may %s %s in %p: %p', (who, verb, what, namespace, allowed) => {
  const [kind, name = ''] = who.split(' ');
  const user = { username: kind === 'user' ? name : 'somebody', groups: kind === 'group' ? [name] : [] };
  const [path = '', object = ''] = what.split(':');
  const [group = '', resource = '', subresource = ''] = path.split('/');
  expect(authorize(store, user, { verb, group, resource, subresource, name: object, namespace }).allowed).toBe(allowed);
});

it.each([
  ['/metrics', true],
  ['/metrics/x', false],
  ['/logs/kubelet', true],
])('paths that are no resources: %s', (path, allowed) => {
  const none = { group: '', resource: '', subresource: '', name: '', namespace: '' };
  expect(authorize(store, { username: 'x', groups: ['operators'] }, { verb: 'get', ...none, path }).allowed).toBe(
    allowed,
  );
});

it('says by which binding', () => {
  const { reason } = authorize(
    store,
    { username: 'bob', groups: [] },
    { verb: 'get', group: 'apps', resource: 'deployments', subresource: '', name: '', namespace: 'shop' },
  );
  expect(reason).toBe('RBAC: allowed by RoleBinding "shop-restart/shop" of ClusterRole "restart" to User "bob"');
});
