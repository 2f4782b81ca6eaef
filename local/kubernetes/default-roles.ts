/** The roles and bindings that every cluster begins with (pkg/…/rbac/bootstrappolicy), for the kinds that exist here. */
import type { JsonObject } from './json.ts';

const RBAC = 'rbac.authorization.k8s.io';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const WORKLOADS = [
  'daemonsets',
  'deployments',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
];
const RUNNING = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'];

type Rule = { verbs: string[]; apiGroups?: string[]; resources?: string[]; nonResourceURLs?: string[] };

const on = (apiGroup: string, resources: string[], verbs: string[]): Rule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

const role = (name: string, rules: Rule[], aggregateTo?: string): JsonObject => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRole',
  metadata: {
    name,
    labels: {
      'kubernetes.io/bootstrapping': 'rbac-defaults',
      ...(aggregateTo === undefined ? {} : { [`${RBAC}/aggregate-to-${aggregateTo}`]: 'true' }),
    },
  },
  rules,
});

const aggregate = (name: string, aggregateTo?: string): JsonObject => ({
  ...role(name, [], aggregateTo),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${RBAC}/aggregate-to-${name}`]: 'true' } }] },
});

const bind = (name: string, groups: string[]): JsonObject => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
  subjects: groups.map((group) => ({ apiGroup: RBAC, kind: 'Group', name: group })),
});

export const DEFAULT_ROLES: readonly JsonObject[] = [
  role('cluster-admin', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ]),
  bind('cluster-admin', ['system:masters']),
  role('system:discovery', [
    {
      nonResourceURLs: [
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
      verbs: ['get'],
    },
  ]),
  bind('system:discovery', ['system:authenticated']),
  role('system:basic-user', [
    on('authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']),
    on('authentication.k8s.io', ['selfsubjectreviews'], ['create']),
  ]),
  bind('system:basic-user', ['system:authenticated']),
  role('system:service-account-issuer-discovery', [
    { nonResourceURLs: ['/.well-known/openid-configuration', '/openid/v1/jwks'], verbs: ['get'] },
  ]),
  bind('system:service-account-issuer-discovery', ['system:serviceaccounts']),
  aggregate('admin'),
  aggregate('edit', 'admin'),
  aggregate('view', 'edit'),
  role('system:aggregate-to-admin', [on(RBAC, ['rolebindings', 'roles'], [...READ, ...WRITE])], 'admin'),
  role(
    'system:aggregate-to-edit',
    [
      on('', [...RUNNING, 'secrets', 'services/proxy'], READ),
      on('', ['serviceaccounts'], ['impersonate']),
      on('', ['pods', ...RUNNING], WRITE),
      on('', ['pods/eviction', 'serviceaccounts/token'], ['create']),
      on('', ['configmaps', 'events', 'secrets', 'serviceaccounts', 'services', 'services/proxy'], WRITE),
      on('', ['persistentvolumeclaims'], WRITE),
      on('autoscaling', ['horizontalpodautoscalers'], WRITE),
      on('networking.k8s.io', ['ingresses', 'networkpolicies'], WRITE),
      on('apps', WORKLOADS, WRITE),
      on('batch', ['cronjobs', 'jobs'], WRITE),
      on('policy', ['poddisruptionbudgets'], WRITE),
      on('coordination.k8s.io', ['leases'], [...READ, ...WRITE]),
    ],
    'edit',
  ),
  role(
    'system:aggregate-to-view',
    [
      on('', ['configmaps', 'namespaces', 'pods', 'serviceaccounts', 'services', 'services/status'], READ),
      on('', ['events', 'namespaces/status', 'pods/log', 'pods/status'], READ),
      on(
        'apps',
        [
          'controllerrevisions',
          ...WORKLOADS,
          'daemonsets/status',
          'deployments/status',
          'replicasets/status',
          'statefulsets/status',
        ],
        READ,
      ),
      on('batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], READ),
      on('policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status'], READ),
      on('', ['limitranges', 'persistentvolumeclaims', 'persistentvolumeclaims/status'], READ),
      on('', ['resourcequotas', 'resourcequotas/status'], READ),
      on('autoscaling', ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'], READ),
      on('networking.k8s.io', ['ingresses', 'ingresses/status', 'networkpolicies'], READ),
    ],
    'view',
  ),
];
