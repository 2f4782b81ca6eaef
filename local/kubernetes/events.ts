/** Events: what controllers did, for `kubectl describe` and `kubectl get events`. */
import { randomUUID } from 'node:crypto';
import { type Event, type KubeObject, keyOf } from './objects.ts';
import type { Store } from './store.ts';

/** As many as are kept; the real server keeps them for an hour. */
const LIMIT = 1_000;

export type RecordEvent = (about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** Writes events into the store; the oldest go when there are too many. */
export const eventRecorder = (store: Store, timestamp: () => string): RecordEvent => {
  const kept: string[] = [];
  return (about, type, reason, message) => {
    const { namespace = 'default', name, uid, resourceVersion } = about.metadata;
    // None about what is in a namespace that is gone.
    if (store.get('namespaces', namespace) === undefined) return;
    const now = timestamp();
    const event: Event & { [field: string]: unknown } = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${name}.${randomUUID().replaceAll('-', '').slice(0, 16)}`,
        namespace,
        uid: randomUUID(),
        resourceVersion: '',
        creationTimestamp: now,
      },
      involvedObject: {
        kind: about.kind,
        ...(about.metadata.namespace === undefined ? {} : { namespace }),
        name,
        uid,
        ...{ apiVersion: about.apiVersion, resourceVersion },
      },
      reason,
      message,
      source: { component: sourceOf(about, reason) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      eventTime: null,
      reportingComponent: sourceOf(about, reason),
      reportingInstance: '',
    };
    store.put('events', event);
    kept.push(keyOf(event.metadata));
    const oldest = kept.length > LIMIT ? kept.shift() : undefined;
    if (oldest !== undefined) store.remove('events', oldest);
  };
};

const sourceOf = (about: KubeObject, reason: string): string =>
  reason === 'Scheduled' ? 'default-scheduler' : (SOURCES[about.kind] ?? 'kubelet');

const SOURCES: { readonly [kind: string]: string } = {
  Deployment: 'deployment-controller',
  ReplicaSet: 'replicaset-controller',
  StatefulSet: 'statefulset-controller',
  DaemonSet: 'daemonset-controller',
  Job: 'job-controller',
  CronJob: 'cronjob-controller',
  Rollout: 'rollouts-controller',
};
