/** Plays scheduler and kubelet: pods get a node, run after a while, and are gone a while after their deletion. */
import { parseDuration } from '../duration.ts';
import {
  type ContainerStatus,
  controllerOf,
  isActive,
  keyOf,
  type Node,
  type Pod,
  type PodStatus,
} from '../objects.ts';
import type { Controller, Tools } from './loop.ts';
import { suits } from './nodes.ts';

export type PodTimes = { startMillis: number; stopMillis: number; jobMillis: number };

/** The annotations with which a pod says itself how long it takes, as kwok's stages read them. */
const START_DELAY = 'pod-ready.stage.kwok.x-k8s.io/delay';
const COMPLETE_DELAY = 'pod-complete.stage.kwok.x-k8s.io/delay';
const STOP_DELAY = 'pod-delete.stage.kwok.x-k8s.io/delay';

export const pods =
  ({ startMillis, stopMillis, jobMillis }: PodTimes) =>
  ({ registry, later, cancel, event }: Tools): Controller => {
    const { store } = registry;
    let addresses = 0;

    const schedule = (key: string, pod: Pod): void => {
      const nodes = store.list('nodes').filter((node) => suits(node, pod.spec));
      const node = leastLoaded(nodes);
      const now = registry.timestamp();
      if (node === undefined) {
        const total = store.list('nodes').length;
        const message = `0/${total} nodes are available: ${total} node(s) didn't match Pod's node affinity/selector or had untolerated taints.`;
        registry.amend('pods', key, (stored) => ({
          ...stored,
          status: withCondition(stored.status, 'PodScheduled', false, now, { reason: 'Unschedulable', message }),
        }));
        return;
      }
      const nodeName = node.metadata.name;
      registry.amend('pods', key, (stored) => ({
        ...stored,
        spec: { ...stored.spec, nodeName },
        status: withCondition(stored.status, 'PodScheduled', true, now),
      }));
      event(pod, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${nodeName}`);
    };

    // Counted once a scheduling, not kept: nodes are few, and the index by owner has no node in it.
    const leastLoaded = (nodes: readonly Node[]): Node | undefined => {
      if (nodes.length < 2) return nodes[0];
      const load = new Map<string, number>();
      for (const { spec } of store.list('pods')) {
        if (spec.nodeName !== undefined) load.set(spec.nodeName, (load.get(spec.nodeName) ?? 0) + 1);
      }
      const of = (node: Node) => load.get(node.metadata.name) ?? 0;
      return nodes.reduce((best, node) => (of(node) < of(best) ? node : best));
    };

    const run = (key: string, uid: string): void => {
      addresses += 1;
      const podIP = `10.${128 + ((addresses >> 16) & 127)}.${(addresses >> 8) & 255}.${addresses & 255}`;
      const now = registry.timestamp();
      const started = registry.amend('pods', key, (stored) =>
        stored.metadata.uid === uid && isActive(stored)
          ? { ...stored, status: runningStatus(stored, hostAddress(stored), podIP, now) }
          : stored,
      );
      if (started !== undefined) event(started, 'Normal', 'Started', 'Started all containers');
    };

    const hostAddress = (pod: Pod): string =>
      store.get('nodes', pod.spec.nodeName ?? '')?.status.addresses?.find(({ type }) => type === 'InternalIP')
        ?.address ?? '127.0.0.1';

    /** A job's pod has done its work. */
    const succeed = (key: string, uid: string): void => {
      const now = registry.timestamp();
      registry.amend('pods', key, (stored) =>
        stored.metadata.uid === uid && isActive(stored) ? { ...stored, status: succeededStatus(stored, now) } : stored,
      );
    };

    const stop = (key: string, uid: string): void => {
      const pod = store.get('pods', key);
      if (pod?.metadata.uid !== uid) return;
      if ((pod.metadata.finalizers ?? []).length === 0) {
        store.remove('pods', key);
        return;
      }
      // Nothing runs any more; it is gone when the last finalizer is.
      registry.amend('pods', key, (stored) => ({
        ...stored,
        metadata: { ...stored.metadata, deletionGracePeriodSeconds: 0 },
        status: { ...withCondition(stored.status, 'Ready', false, registry.timestamp()), phase: 'Failed' },
      }));
    };

    return {
      concerns: ({ plural, object, type }) => {
        if (plural === 'pods') {
          if (type === 'DELETED')
            for (const timer of ['start', 'complete', 'stop']) cancel(`${timer} ${object.metadata.uid}`);
          return type === 'DELETED' ? [] : [keyOf(object.metadata)];
        }
        if (plural !== 'nodes') return [];
        const affected = store
          .list('pods')
          .filter(({ spec }) =>
            type === 'DELETED' ? spec.nodeName === object.metadata.name : spec.nodeName === undefined,
          );
        return affected.map((pod) => keyOf(pod.metadata));
      },
      reconcile: (key) => {
        const pod = store.get('pods', key);
        if (pod === undefined) return;
        const { uid, deletionTimestamp, deletionGracePeriodSeconds = 30, annotations = {} } = pod.metadata;
        if (deletionTimestamp !== undefined) {
          cancel(`start ${uid}`);
          cancel(`complete ${uid}`);
          if (deletionGracePeriodSeconds === 0) return;
          const delay = Math.min(
            parseDuration(annotations[STOP_DELAY]) ?? stopMillis,
            deletionGracePeriodSeconds * 1_000,
          );
          event(pod, 'Normal', 'Killing', 'Stopping all containers');
          later(`stop ${uid}`, delay, () => stop(key, uid));
        } else if (pod.spec.nodeName === undefined) {
          schedule(key, pod);
        } else if (store.get('nodes', pod.spec.nodeName) === undefined) {
          // Its node is gone, and it with it.
          if (controllerOf(pod) !== undefined) store.remove('pods', key);
        } else if (pod.status.phase === 'Pending') {
          const delay = parseDuration(annotations[START_DELAY]) ?? startMillis;
          later(`start ${uid}`, delay, () => run(key, uid));
        } else if (pod.status.phase === 'Running' && controllerOf(pod)?.kind === 'Job') {
          const delay = parseDuration(annotations[COMPLETE_DELAY]) ?? jobMillis;
          later(`complete ${uid}`, delay, () => succeed(key, uid));
        }
      },
    };
  };

const withCondition = (
  status: PodStatus,
  type: string,
  holds: boolean,
  now: string,
  why: { reason?: string; message?: string } = {},
): PodStatus => {
  const others = (status.conditions ?? []).filter((condition) => condition.type !== type);
  const before = status.conditions?.find((condition) => condition.type === type);
  const state = holds ? 'True' : 'False';
  const lastTransitionTime = before?.status === state ? (before.lastTransitionTime ?? now) : now;
  return { ...status, conditions: [...others, { type, status: state, lastTransitionTime, ...why }] };
};

const runningStatus = (pod: Pod, hostIP: string, podIP: string, now: string): PodStatus => {
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  const status = types.reduce((result, type) => withCondition(result, type, true, now), pod.status);
  const address = pod.spec.hostNetwork === true ? hostIP : podIP;
  const finished = { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now };
  const container = ({ name, image = '' }: { name: string; image?: string }): ContainerStatus => ({
    name,
    image,
    imageID: `docker.io/${image}`,
    containerID: `containerd://${pod.metadata.uid.replaceAll('-', '')}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: now } },
  });
  const init = (pod.spec.initContainers ?? []).map(
    (entry): ContainerStatus => ({
      ...container(entry),
      started: false,
      state: { terminated: finished },
    }),
  );
  return {
    ...status,
    phase: 'Running',
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: now,
    containerStatuses: pod.spec.containers.map(container),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
  };
};

const succeededStatus = ({ status }: Pod, now: string): PodStatus => {
  const finished = { reason: 'PodCompleted' };
  const conditions = ['Ready', 'ContainersReady'].reduce(
    (result, type) => withCondition(result, type, false, now, finished),
    withCondition(status, 'Initialized', true, now, finished),
  );
  return {
    ...conditions,
    phase: 'Succeeded',
    containerStatuses: (status.containerStatuses ?? []).map((container) => ({
      ...container,
      ready: false,
      started: false,
      state: {
        terminated: {
          exitCode: 0,
          reason: 'Completed',
          startedAt: container.state.running?.startedAt ?? now,
          finishedAt: now,
        },
      },
    })),
  };
};
