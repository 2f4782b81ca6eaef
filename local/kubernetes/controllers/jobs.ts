/** Jobs: their pods run until somebody deletes them; a lost pod is made again, up to the back-off limit. */
import { deleteObject } from '../deletion.ts';
import { kindOf } from '../kinds.ts';
import { type Condition, controllerOf, isActive, isReady, type Job, keyOf } from '../objects.ts';
import type { Controller, Tools } from './loop.ts';
import { createPod, managed, selfOrOwner } from './owned.ts';

export const jobs = ({ registry, event }: Tools): Controller => {
  // Which pods of a job were counted as failed already, by the job's uid: a deletion is seen more than once.
  const lost = new Map<string, Set<string>>();
  // Pods that the job itself had too many of.
  const dismissed = new Set<string>();
  const concerns = selfOrOwner('jobs', 'pods');
  return {
    concerns: (change) => {
      const { plural, object, type } = change;
      if (plural === 'jobs' && type === 'DELETED') lost.delete(object.metadata.uid);
      if (plural === 'pods' && (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined)) {
        const owner = controllerOf(object);
        const isLost = owner?.kind === 'Job' && !dismissed.has(object.metadata.uid);
        if (isLost) lost.set(owner.uid, (lost.get(owner.uid) ?? new Set()).add(object.metadata.uid));
      }
      if (plural === 'pods' && type === 'DELETED') dismissed.delete(object.metadata.uid);
      return concerns(change);
    },
    reconcile: (key) => {
      const job = registry.store.get('jobs', key);
      if (job === undefined || job.metadata.deletionTimestamp !== undefined || isFinished(job)) return;
      const pods = managed(registry.store, 'pods', job);
      const active = pods.filter(isActive);
      const wanted =
        job.spec.suspend === true ? 0 : Math.min(job.spec.parallelism, job.spec.completions ?? job.spec.parallelism);
      const failed = lost.get(job.metadata.uid)?.size ?? 0;
      const exhausted = failed > job.spec.backoffLimit;
      if (exhausted || active.length > wanted) {
        for (const pod of active.slice(exhausted ? 0 : wanted)) {
          dismissed.add(pod.metadata.uid);
          deleteObject(registry, kindOf('pods'), pod.metadata.namespace, pod.metadata.name);
        }
      }
      for (let count = active.length; !exhausted && count < wanted; count++) {
        createPod(registry, 'jobs', job, { template: job.spec.template });
      }
      if (exhausted) event(job, 'Warning', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
      const now = registry.timestamp();
      const present = managed(registry.store, 'pods', job);
      registry.amend('jobs', keyOf(job.metadata), (stored) => ({
        ...stored,
        status: {
          ...stored.status,
          ...(job.spec.suspend === true ? {} : { startTime: stored.status.startTime ?? now }),
          active: present.filter(isActive).length,
          ready: present.filter((pod) => isActive(pod) && isReady(pod)).length,
          terminating: present.filter((pod) => !isActive(pod)).length,
          ...(failed === 0 ? {} : { failed }),
          ...(exhausted ? { conditions: [...failure(now)] } : {}),
        },
      }));
    },
  };
};

const isFinished = (job: Job): boolean =>
  job.status.conditions?.some(({ type, status }) => status === 'True' && (type === 'Failed' || type === 'Complete')) ??
  false;

const failure = (now: string): Condition[] =>
  ['FailureTarget', 'Failed'].map((type) => ({
    type,
    status: 'True',
    reason: 'BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
    lastProbeTime: now,
    lastTransitionTime: now,
  }));
