/** Jobs: pods until enough of them succeeded; a lost pod is made again, up to the back-off limit (pkg/controller/job). */
import { deleteObject } from '../deletion.ts';
import { kindOf } from '../kinds.ts';
import { type Condition, controllerOf, isActive, isReady, type Job, keyOf, type Pod, typed } from '../objects.ts';
import type { Change } from '../store.ts';
import type { Controller, Tools } from './loop.ts';
import { createPod, managed, selfOrOwner } from './owned.ts';

/** What became of a job's pods, by their uid: pods are seen more than once, and a deleted one still counts. */
type Tally = { succeeded: Set<string>; failed: Set<string> };

export const jobs = ({ registry, event, later }: Tools, again: (key: string) => void): Controller => {
  const tallies = new Map<string, Tally>();
  // Pods that the job itself had too many of.
  const dismissed = new Set<string>();
  const concerns = selfOrOwner('jobs', 'pods');

  const tallyOf = (uid: string): Tally => {
    const tally = tallies.get(uid) ?? { succeeded: new Set(), failed: new Set() };
    tallies.set(uid, tally);
    return tally;
  };

  const count = ({ plural, object, type }: Change): void => {
    if (plural === 'jobs' && type === 'DELETED') tallies.delete(object.metadata.uid);
    const owner = plural === 'pods' ? controllerOf(object) : undefined;
    if (owner?.kind !== 'Job') return;
    const pod = typed('pods', object);
    const { uid } = pod.metadata;
    if (pod.status.phase === 'Succeeded') tallyOf(owner.uid).succeeded.add(uid);
    else if (isLost(pod, type) && !dismissed.has(uid)) tallyOf(owner.uid).failed.add(uid);
    if (type === 'DELETED') dismissed.delete(uid);
  };

  const dismiss = (pods: readonly Pod[]): void => {
    for (const { metadata } of pods) {
      dismissed.add(metadata.uid);
      deleteObject(registry, kindOf('pods'), metadata.namespace, metadata.name);
    }
  };

  return {
    concerns: (change) => {
      count(change);
      return concerns(change);
    },
    reconcile: (key) => {
      const job = registry.store.get('jobs', key);
      if (job === undefined || job.metadata.deletionTimestamp !== undefined) return;
      const now = registry.timestamp();
      if (finished(job) !== undefined) {
        const wait = untilForgotten(job, now);
        if (wait === undefined) return;
        if (wait > 0) later(`forget ${job.metadata.uid}`, wait, () => again(key));
        else deleteObject(registry, kindOf('jobs'), job.metadata.namespace, job.metadata.name);
        return;
      }
      const tally = tallyOf(job.metadata.uid);
      const active = managed(registry.store, 'pods', job).filter(isActive);
      const wait = untilDeadline(job, now);
      if (wait !== undefined && wait > 0) later(`deadline ${job.metadata.uid}`, wait, () => again(key));
      const end = verdict(job, tally, active.length, wait);
      const wanted = end === undefined ? wantedPods(job, tally, active.length) : 0;
      dismiss(active.slice(wanted));
      for (let number = active.length; number < wanted; number++) {
        const pod = createPod(registry, 'jobs', job, { template: job.spec.template });
        event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      }
      const suspended = suspension(job, now);
      if (suspended !== undefined) {
        event(job, 'Normal', suspended.status === 'True' ? 'Suspended' : 'Resumed', suspended.message ?? '');
      }
      if (end !== undefined) event(job, end.type === 'Complete' ? 'Normal' : 'Warning', end.event, end.says);
      const present = managed(registry.store, 'pods', job);
      registry.amend('jobs', keyOf(job.metadata), (stored) => ({
        ...stored,
        status: nextStatus(stored, tally, present, now, suspended, end),
      }));
    },
  };
};

/** Gone, or on its way out, before it succeeded; or failed where it ran. */
const isLost = (pod: Pod, type: Change['type']): boolean =>
  type === 'DELETED' || pod.metadata.deletionTimestamp !== undefined || pod.status.phase === 'Failed';

const finished = (job: Job): Condition | undefined =>
  job.status.conditions?.find(({ type, status }) => status === 'True' && (type === 'Failed' || type === 'Complete'));

/** How many pods should run now. Without `completions` the pods agree among themselves when the work is done. */
const wantedPods = ({ spec }: Job, { succeeded }: Tally, active: number): number => {
  if (spec.suspend === true) return 0;
  if (spec.completions === undefined) return succeeded.size > 0 ? active : spec.parallelism;
  return Math.max(0, Math.min(spec.parallelism, spec.completions - succeeded.size));
};

type End = { type: 'Complete' | 'Failed'; reason: string; message: string; event: string; says: string };

const COMPLETE: End = {
  type: 'Complete',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
  event: 'Completed',
  says: 'Job completed',
};
const failedFor = (reason: string, message: string): End => ({
  type: 'Failed',
  reason,
  message,
  event: reason,
  says: message,
});
const EXHAUSTED = failedFor('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
const TOO_LATE = failedFor('DeadlineExceeded', 'Job was active longer than specified deadline');

/** Whether it is over, and how it went. */
const verdict = ({ spec }: Job, tally: Tally, active: number, deadlineMillis: number | undefined): End | undefined => {
  if (tally.failed.size > spec.backoffLimit) return EXHAUSTED;
  if (deadlineMillis !== undefined && deadlineMillis <= 0) return TOO_LATE;
  const enough =
    spec.completions === undefined
      ? tally.succeeded.size > 0 && active === 0
      : tally.succeeded.size >= spec.completions && spec.suspend !== true;
  return enough ? COMPLETE : undefined;
};

/** The condition that a change of `suspend` brings; undefined when nothing changed. */
const suspension = ({ spec, status }: Job, now: string): Condition | undefined => {
  const suspended = spec.suspend === true;
  const before = status.conditions?.find(({ type }) => type === 'Suspended');
  if ((before?.status === 'True') === suspended) return undefined;
  const [reason, message] = suspended ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
  return { ...stamp(now), type: 'Suspended', status: suspended ? 'True' : 'False', reason, message };
};

const stamp = (now: string) => ({ lastProbeTime: now, lastTransitionTime: now });

const nextStatus = (
  { spec, status }: Job,
  { succeeded, failed }: Tally,
  present: readonly Pod[],
  now: string,
  suspended: Condition | undefined,
  end: End | undefined,
): Job['status'] => {
  const { startTime, conditions = [], ...before } = status;
  const kept = suspended === undefined ? conditions : conditions.filter(({ type }) => type !== 'Suspended');
  const last = end === undefined ? [] : [end.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', end.type];
  const next: Condition[] = [
    ...kept,
    ...(suspended === undefined ? [] : [suspended]),
    ...last.map(
      (type): Condition => ({
        ...stamp(now),
        type,
        status: 'True',
        reason: end?.reason ?? '',
        message: end?.message ?? '',
      }),
    ),
  ];
  return {
    ...before,
    ...(spec.suspend === true ? {} : { startTime: startTime ?? now }),
    active: present.filter(isActive).length,
    ready: present.filter((pod) => isActive(pod) && isReady(pod)).length,
    terminating: present.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
    ...(succeeded.size === 0 ? {} : { succeeded: succeeded.size }),
    ...(failed.size === 0 ? {} : { failed: failed.size }),
    ...(end?.type === 'Complete' ? { completionTime: now } : {}),
    ...(next.length === 0 ? {} : { conditions: next }),
  };
};

/** Milliseconds to `activeDeadlineSeconds`; undefined without one, or while it is suspended. */
const untilDeadline = ({ spec, status }: Job, now: string): number | undefined =>
  spec.activeDeadlineSeconds === undefined || status.startTime === undefined || spec.suspend === true
    ? undefined
    : Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1_000 - Date.parse(now);

/** Milliseconds to `ttlSecondsAfterFinished`; undefined when the job stays. */
const untilForgotten = (job: Job, now: string): number | undefined => {
  const since = finished(job)?.lastTransitionTime;
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  return ttl === undefined || since === undefined ? undefined : Date.parse(since) + ttl * 1_000 - Date.parse(now);
};
