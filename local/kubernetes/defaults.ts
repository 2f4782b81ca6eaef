/** The defaults that the real server writes into objects (pkg/apis/…/v1/defaults.go), as far as clients see them. */
import { isObject, type Json, type JsonObject } from './json.ts';
import type { KindName } from './kinds.ts';

/** Fills a body in place; called on a copy of our own, before admission and validation. */
export const setDefaults = (plural: KindName, object: JsonObject): void => DEFAULTS[plural]?.(object);

type Fill = (object: JsonObject) => void;

const DEFAULTS: { readonly [K in KindName]?: Fill } = {
  namespaces: (object) => {
    fill(child(object, 'spec'), { finalizers: ['kubernetes'] });
    fill(child(object, 'status'), { phase: 'Active' });
    const metadata = child(object, 'metadata');
    if (typeof metadata.name === 'string') child(metadata, 'labels')['kubernetes.io/metadata.name'] = metadata.name;
  },
  pods: (object) => podSpec(child(object, 'spec')),
  secrets: (object) => {
    fill(object, { type: 'Opaque' });
    if (!isObject(object.stringData)) return;
    const data = child(object, 'data');
    for (const [key, value] of Object.entries(object.stringData)) {
      data[key] = Buffer.from(String(value)).toString('base64');
    }
    delete object.stringData;
  },
  services: (object) => {
    const spec = child(object, 'spec');
    fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' });
    for (const port of children(spec, 'ports')) fill(port, { protocol: 'TCP', targetPort: port.port ?? 0 });
  },
  deployments: (object) => {
    const spec = child(object, 'spec');
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    const strategy = child(spec, 'strategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy.type === 'RollingUpdate') {
      fill(child(strategy, 'rollingUpdate'), { maxSurge: '25%', maxUnavailable: '25%' });
    }
    template(spec);
  },
  replicasets: (object) => {
    const spec = child(object, 'spec');
    fill(spec, { replicas: 1 });
    template(spec);
  },
  statefulsets: (object) => {
    const spec = child(object, 'spec');
    fill(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    const strategy = child(spec, 'updateStrategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy.type === 'RollingUpdate') fill(child(strategy, 'rollingUpdate'), { partition: 0 });
    template(spec);
  },
  daemonsets: (object) => {
    const spec = child(object, 'spec');
    fill(spec, { revisionHistoryLimit: 10 });
    const strategy = child(spec, 'updateStrategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy.type === 'RollingUpdate') fill(child(strategy, 'rollingUpdate'), { maxSurge: 0, maxUnavailable: 1 });
    template(spec);
  },
  jobs: (object) => jobSpec(child(object, 'spec')),
  cronjobs: (object) => {
    const spec = child(object, 'spec');
    fill(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    const job = child(spec, 'jobTemplate');
    fill(job, { metadata: {} });
    template(child(job, 'spec'));
  },
  persistentvolumeclaims: (object) => fill(child(object, 'spec'), { volumeMode: 'Filesystem' }),
  horizontalpodautoscalers: (object) => fill(child(object, 'spec'), { minReplicas: 1 }),
  rolebindings: (object) => binding(object),
  clusterrolebindings: (object) => binding(object),
  validatingadmissionpolicies: (object) => {
    const spec = child(object, 'spec');
    fill(spec, { failurePolicy: 'Fail' });
    const match = child(spec, 'matchConstraints');
    fill(match, { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} });
    for (const rule of children(match, 'resourceRules')) fill(rule, { scope: '*' });
  },
};

const binding: Fill = (object) => {
  const rbac = 'rbac.authorization.k8s.io';
  fill(child(object, 'roleRef'), { apiGroup: rbac });
  for (const subject of children(object, 'subjects')) {
    if (subject.kind === 'User' || subject.kind === 'Group') fill(subject, { apiGroup: rbac });
  }
};

const jobSpec: Fill = (spec) => {
  // A job with neither field runs one pod; parallelism alone is a work queue (batch/v1/defaults.go).
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  fill(spec, {
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  });
  template(spec);
};

const template: Fill = (spec) => {
  const pod = child(spec, 'template');
  fill(pod, { metadata: {} });
  podSpec(child(pod, 'spec'));
};

const podSpec: Fill = (spec) => {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  // `serviceAccount` is the deprecated alias; the server keeps both in step.
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined) fill(spec, { serviceAccountName: account, serviceAccount: account });
  for (const container of [...children(spec, 'containers'), ...children(spec, 'initContainers')]) {
    fill(container, {
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: pullPolicy(String(container.image ?? '')),
    });
    for (const port of children(container, 'ports')) fill(port, { protocol: 'TCP' });
    for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      const probe = container[name];
      if (!isObject(probe)) continue;
      fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
      if (isObject(probe.httpGet)) fill(probe.httpGet, { scheme: 'HTTP' });
    }
    for (const variable of children(container, 'env')) {
      const from = variable.valueFrom;
      if (isObject(from) && isObject(from.fieldRef)) fill(from.fieldRef, { apiVersion: 'v1' });
    }
  }
  for (const volume of children(spec, 'volumes')) {
    for (const source of ['secret', 'configMap', 'projected', 'downwardAPI']) {
      const value = volume[source];
      if (isObject(value)) fill(value, { defaultMode: 0o644 });
    }
    if (isObject(volume.hostPath)) fill(volume.hostPath, { type: '' });
    for (const source of isObject(volume.projected) ? children(volume.projected, 'sources') : []) {
      if (isObject(source.serviceAccountToken)) fill(source.serviceAccountToken, { expirationSeconds: 3_600 });
    }
  }
};

const pullPolicy = (image: string): string => {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes('@') || (name.includes(':') && !name.endsWith(':latest')) ? 'IfNotPresent' : 'Always';
};

const fill = (object: JsonObject, values: { [key: string]: Json }): void => {
  for (const [key, value] of Object.entries(values)) object[key] ??= value;
};

const child = (object: JsonObject, key: string): JsonObject => {
  const value = object[key];
  if (isObject(value)) return value;
  const made: JsonObject = {};
  object[key] = made;
  return made;
};

const children = (object: JsonObject, key: string): JsonObject[] => {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
};
