/** What the server itself writes into an object once it knows its name and uid: the first status, selectors, addresses. */
import { type Admission, admitPod } from './admission.ts';
import { asJson, isObject, type JsonObject } from './json.ts';
import type { Kind, KindName } from './kinds.ts';
import { type KubeObject, typed } from './objects.ts';
import { notImplemented } from './status.ts';

/** What depends on the kind: the first status, and what the server fills in once it knows name and uid. */
export const complete = (kind: Kind, object: KubeObject, admission: Admission): KubeObject => {
  if (kind.plural === 'pods') return admitPod(admission, typed('pods', object));
  if (kind.plural === 'jobs') return { ...jobSelector(object), status: {} } as KubeObject;
  if (kind.plural === 'services') return { ...clusterAddress(object), status: { loadBalancer: {} } } as KubeObject;
  const status = FIRST_STATUS[kind.plural] ?? (kind.subresources.includes('status') ? {} : undefined);
  return status === undefined ? object : ({ ...object, status } as KubeObject);
};

const FIRST_STATUS: { readonly [K in KindName]?: JsonObject } = {
  namespaces: { phase: 'Active' },
  replicasets: { replicas: 0 },
  statefulsets: { replicas: 0, availableReplicas: 0 },
  daemonsets: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  persistentvolumeclaims: { phase: 'Pending' },
  poddisruptionbudgets: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
};

/** A job selects its pods by its own uid, unless told otherwise (batch's `generateSelector`). */
const jobSelector = (object: KubeObject): KubeObject => {
  const job = typed('jobs', object);
  if (asJson(job.spec).manualSelector === true) return job;
  const { uid, name } = job.metadata;
  const labels = {
    ...job.spec.template.metadata?.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const template = { ...job.spec.template, metadata: { ...job.spec.template.metadata, labels } };
  // A job without labels has those of its pods (SetDefaults_Job).
  const metadata = { ...job.metadata, labels: job.metadata.labels ?? labels };
  const spec = { ...job.spec, selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } }, template };
  return { ...job, metadata, spec } as KubeObject;
};

/** Pods with a number of their own are not played: better said than done wrong. */
export const refuseIndexed = (object: KubeObject): void => {
  if (asJson(typed('jobs', object).spec).completionMode !== 'Indexed') return;
  throw notImplemented(
    'jobs with completionMode Indexed are not supported by the embedded Kubernetes API: point KUBEBUILDER_ASSETS at a real kube-apiserver',
  );
};

/** `kubectl apply` sends a job as its author wrote it: without the selector that the server made. */
export const keepJobSelector = (spec: JsonObject, current: KubeObject): void => {
  const before = asJson(typed('jobs', current).spec);
  spec.selector ??= before.selector ?? null;
};

const clusterAddress = (object: KubeObject): KubeObject => {
  const spec = asJson(asJson(object).spec);
  if (spec.type === 'ExternalName') return object;
  // From the uid: EKS's usual range for services is 10.100.0.0/16.
  const bytes = Buffer.from(object.metadata.uid.slice(0, 4), 'hex');
  const address = typeof spec.clusterIP === 'string' ? spec.clusterIP : `10.100.${bytes[0] ?? 0}.${bytes[1] ?? 1}`;
  const addressed = {
    ...spec,
    clusterIP: address,
    clusterIPs: [address],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
  };
  return { ...object, spec: { ...addressed, ...nodePorts(addressed, bytes.readUInt16BE()) } } as KubeObject;
};

/** Ports of the nodes, from Kubernetes' range, for the types that have them. */
const nodePorts = ({ type, ports }: JsonObject, seed: number): JsonObject =>
  (type === 'NodePort' || type === 'LoadBalancer') && Array.isArray(ports)
    ? {
        ports: ports
          .filter(isObject)
          .map((port, index) => ({ ...port, nodePort: port.nodePort ?? 30_000 + ((seed + index) % 2_768) })),
      }
    : {};
