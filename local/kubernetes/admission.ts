/** What happens to a pod on its way in: its service account, the API token's volume, tolerations, AWS credentials. */
import type { AssociationLookup } from './contract.ts';
import { inject, injectedLabels } from './inject.ts';
import { kindOf } from './kinds.ts';
import type { Container, Labels, Pod, PodSpec, ServiceAccount, Toleration } from './objects.ts';
import { randomSuffix } from './random.ts';
import { forbidden } from './status.ts';
import type { Store } from './store.ts';

export type Admission = { store: Store; region: string; association: AssociationLookup };

/** The pod as the admission plugins and the webhook leave it. @throws ApiError 403 without its service account */
export const admitPod = ({ store, region, association }: Admission, pod: Pod): Pod => {
  const { namespace = '', name, annotations } = pod.metadata;
  const accountName = pod.spec.serviceAccountName ?? 'default';
  const account = store.get('serviceaccounts', `${namespace}/${accountName}`);
  if (account === undefined) {
    const why = `error looking up service account ${namespace}/${accountName}: serviceaccount "${accountName}" not found`;
    throw forbidden(kindOf('pods'), name, why);
  }
  const named: PodSpec = {
    ...pod.spec,
    serviceAccountName: accountName,
    serviceAccount: accountName,
    tolerations: withNodeTolerations(pod.spec.tolerations ?? []),
  };
  // EKS's webhook is asked after the built-in plugins, and so puts its volume in front of the API token's.
  const associated = association(namespace, accountName) !== undefined;
  const spec = inject(mounts(account, pod.spec) ? withApiToken(named) : named, {
    region,
    associated,
    serviceAccountAnnotations: account.metadata.annotations ?? {},
    ...(annotations === undefined ? {} : { podAnnotations: annotations }),
    jitter: Math.random(),
  });
  const metadata = associated
    ? { ...pod.metadata, labels: { ...pod.metadata.labels, ...injectedLabels({ associated }) } }
    : pod.metadata;
  return { ...pod, metadata, spec: { ...spec, ...PRIORITY }, status: { phase: 'Pending', qosClass: qosClass(spec) } };
};

const PRIORITY = { priority: 0, preemptionPolicy: 'PreemptLowerPriority', enableServiceLinks: true };

const mounts = (account: ServiceAccount, spec: PodSpec): boolean =>
  spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;

const API_MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The projected volume `kube-api-access-xxxxx`, as the ServiceAccount plugin adds it; 3607 s is its mark. */
const withApiToken = (spec: PodSpec): PodSpec => {
  const name = `kube-api-access-${randomSuffix()}`;
  const into = (container: Container): Container =>
    container.volumeMounts?.some((mount) => mount.mountPath === API_MOUNT)
      ? container
      : {
          ...container,
          volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: API_MOUNT }],
        };
  return {
    ...spec,
    containers: spec.containers.map(into),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(into) }),
    volumes: [
      ...(spec.volumes ?? []),
      {
        name,
        projected: {
          defaultMode: 0o644,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardAPI: {
                items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
              },
            },
          ],
        },
      },
    ],
  };
};

const withNodeTolerations = (tolerations: readonly Toleration[]): Toleration[] => [
  ...tolerations,
  ...['not-ready', 'unreachable']
    .map((condition) => `node.kubernetes.io/${condition}`)
    .filter((key) => !tolerations.some((toleration) => toleration.key === key || toleration.key === undefined))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })),
];

/** Guaranteed when limits equal requests everywhere, BestEffort without any, else Burstable. */
const qosClass = (spec: PodSpec): string => {
  const resources = spec.containers.map((container) => amounts(container));
  if (resources.every(({ requests, limits }) => size(requests) + size(limits) === 0)) return 'BestEffort';
  const guaranteed = resources.every(({ requests = {}, limits = {} }) =>
    ['cpu', 'memory'].every((key) => limits[key] !== undefined && (requests[key] ?? limits[key]) === limits[key]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
};

const size = (labels: Labels = {}): number => Object.keys(labels).length;

const amounts = (container: Container & { resources?: { requests?: Labels; limits?: Labels } }) =>
  container.resources ?? {};
