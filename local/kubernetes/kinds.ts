/** The one table of kinds: what the server knows, and under which names. Adding a kind is adding a line. */

export type KindName = keyof typeof KINDS;

export type Kind = {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: KindName;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** `status`, `scale` and so on; `status` also means that a plain update can't change the status. */
  readonly subresources: readonly string[];
  readonly custom: boolean;
};

type Line = {
  /** `apps/v1`; `v1` is the core group. */
  api: string;
  kind: string;
  /** Not in a namespace. */
  cluster?: true;
  short?: readonly string[];
  all?: true;
  sub?: readonly string[];
  /** Not Kubernetes' own: no schema, no protobuf, no strategic merge. */
  custom?: true;
};

const WORKLOAD = ['status', 'scale'] as const;
const POD = [
  'status',
  'eviction',
  'binding',
  'log',
  'exec',
  'attach',
  'portforward',
  'proxy',
  'ephemeralcontainers',
  'resize',
] as const;

const KINDS = {
  namespaces: { api: 'v1', kind: 'Namespace', cluster: true, short: ['ns'], sub: ['status', 'finalize'] },
  nodes: { api: 'v1', kind: 'Node', cluster: true, short: ['no'], sub: ['status', 'proxy'] },
  pods: { api: 'v1', kind: 'Pod', short: ['po'], all: true, sub: POD },
  serviceaccounts: { api: 'v1', kind: 'ServiceAccount', short: ['sa'], sub: ['token'] },
  configmaps: { api: 'v1', kind: 'ConfigMap', short: ['cm'] },
  secrets: { api: 'v1', kind: 'Secret' },
  services: { api: 'v1', kind: 'Service', short: ['svc'], all: true, sub: ['status'] },
  events: { api: 'v1', kind: 'Event', short: ['ev'] },
  deployments: { api: 'apps/v1', kind: 'Deployment', short: ['deploy'], all: true, sub: WORKLOAD },
  replicasets: { api: 'apps/v1', kind: 'ReplicaSet', short: ['rs'], all: true, sub: WORKLOAD },
  statefulsets: { api: 'apps/v1', kind: 'StatefulSet', short: ['sts'], all: true, sub: WORKLOAD },
  daemonsets: { api: 'apps/v1', kind: 'DaemonSet', short: ['ds'], all: true, sub: ['status'] },
  controllerrevisions: { api: 'apps/v1', kind: 'ControllerRevision' },
  jobs: { api: 'batch/v1', kind: 'Job', all: true, sub: ['status'] },
  cronjobs: { api: 'batch/v1', kind: 'CronJob', short: ['cj'], all: true, sub: ['status'] },
  poddisruptionbudgets: { api: 'policy/v1', kind: 'PodDisruptionBudget', short: ['pdb'], sub: ['status'] },
  roles: { api: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
  rolebindings: { api: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
  clusterroles: { api: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', cluster: true },
  clusterrolebindings: { api: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', cluster: true },
  leases: { api: 'coordination.k8s.io/v1', kind: 'Lease' },
  // Argo's custom resource: without a schema, as JSON only.
  rollouts: { api: 'argoproj.io/v1alpha1', kind: 'Rollout', short: ['ro'], sub: WORKLOAD, custom: true },
  // Stored, so that an application's manifests apply as they are; nothing acts on them.
  persistentvolumeclaims: { api: 'v1', kind: 'PersistentVolumeClaim', short: ['pvc'], sub: ['status'] },
  resourcequotas: { api: 'v1', kind: 'ResourceQuota', short: ['quota'], sub: ['status'] },
  limitranges: { api: 'v1', kind: 'LimitRange', short: ['limits'] },
  ingresses: { api: 'networking.k8s.io/v1', kind: 'Ingress', short: ['ing'], sub: ['status'] },
  networkpolicies: { api: 'networking.k8s.io/v1', kind: 'NetworkPolicy', short: ['netpol'] },
  horizontalpodautoscalers: {
    api: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    short: ['hpa'],
    all: true,
    sub: ['status'],
  },
  // Stored, not enforced: the suite on the real kube-apiserver tests what these policies do.
  validatingadmissionpolicies: {
    api: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    cluster: true,
    sub: ['status'],
  },
  validatingadmissionpolicybindings: {
    api: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    cluster: true,
  },
} as const satisfies Record<string, Line>;

/** Requests that are answered and never stored: reviews at the cluster's scope, and bodies of subresources. */
export const REVIEWS = [
  { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews' },
  { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview', plural: 'tokenreviews' },
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews' },
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews' },
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SubjectAccessReview', plural: 'subjectaccessreviews' },
] as const;

/** What a subresource takes as its body, where that is another kind than the object itself. */
export const SUBRESOURCE_KINDS: Readonly<Record<string, { group: string; version: string; kind: string }>> = {
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
};

const complete = (plural: KindName): Kind => {
  const line: Line = KINDS[plural];
  const [version = '', group = ''] = line.api.split('/').reverse();
  return {
    group,
    version,
    kind: line.kind,
    plural,
    namespaced: line.cluster !== true,
    shortNames: line.short ?? [],
    categories: line.all === true ? ['all'] : [],
    subresources: line.sub ?? [],
    custom: line.custom ?? false,
  };
};

const isKindName = (name: string): name is KindName => Object.hasOwn(KINDS, name);

const TABLE = new Map(
  Object.keys(KINDS)
    .filter(isKindName)
    .map((plural) => [plural, complete(plural)]),
);

/** All kinds, in the table's order. */
export const allKinds: readonly Kind[] = [...TABLE.values()];

/** The kind of a plural name that is known to be in the table. */
export const kindOf = (plural: KindName): Kind => TABLE.get(plural) ?? complete(plural);

/** The kind behind a path such as `/apis/apps/v1/deployments`; undefined when there is none. */
export const findResource = (group: string, version: string, plural: string): Kind | undefined => {
  const kind = isKindName(plural) ? TABLE.get(plural) : undefined;
  return kind?.group === group && kind.version === version ? kind : undefined;
};

/** The kind that a manifest names; the version must be the one that is served. */
export const findKind = (apiVersion: string, kind: string): Kind | undefined =>
  allKinds.find((entry) => entry.kind === kind && apiVersionOf(entry) === apiVersion);

/** `v1`, `apps/v1`: how manifests write a group and version. */
export const apiVersionOf = (kind: { group: string; version: string }): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;

/** `pods`, `deployments.apps`: how Kubernetes' messages name a resource. */
export const resourceName = (kind: { group: string; plural: string }): string =>
  kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
