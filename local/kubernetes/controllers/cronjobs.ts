/** CronJobs: a job at each time of the schedule, by the cluster's clock (pkg/controller/cronjob). */
import { lastTime, nextTime, parseSchedule, type Schedule, ScheduleInvalid } from '../cron.ts';
import { deleteObject } from '../deletion.ts';
import { asJson } from '../json.ts';
import { apiVersionOf, kindOf } from '../kinds.ts';
import { type CronJob, type Job, keyOf, typed } from '../objects.ts';
import { ApiError } from '../status.ts';
import type { Controller, Tools } from './loop.ts';
import { byAge, managed, ownerReference, selfOrOwner } from './owned.ts';

/** The clock may be set: it is looked at again before the next time comes. */
const LOOK_MILLIS = 10_000;

export const cronJobs =
  (now: () => Date) =>
  (tools: Tools, again: (key: string) => void): Controller => ({
    concerns: selfOrOwner('cronjobs', 'jobs'),
    reconcile: (key) => {
      const { registry, later, cancel } = tools;
      cancel(`schedule ${key}`);
      const cron = registry.store.get('cronjobs', key);
      if (cron === undefined || cron.metadata.deletionTimestamp !== undefined) return;
      const jobs = managed(registry.store, 'jobs', cron).sort(byAge);
      settle(tools, cron, jobs);
      const schedule = readable(cron);
      if (schedule === undefined || cron.spec.suspend === true) return;
      const at = now();
      const due = lastTime(schedule, zoneOf(cron), earliest(cron, at), at);
      if (due !== undefined) start(tools, cron, jobs, due);
      const next = nextTime(schedule, zoneOf(cron), at);
      if (next === undefined) return;
      later(`schedule ${key}`, Math.min(next.getTime() - at.getTime(), LOOK_MILLIS), () => again(key));
    },
  });

const zoneOf = ({ spec }: CronJob): string => spec.timeZone ?? 'UTC';

/** What was stored before its rules were checked (a status update, say) is left alone. */
const readable = ({ spec }: CronJob): Schedule | undefined => {
  try {
    return parseSchedule(spec.schedule);
  } catch (error) {
    if (error instanceof ScheduleInvalid) return undefined;
    throw error;
  }
};

/** Times before this one are not made up for. */
const earliest = ({ metadata, spec, status }: CronJob, now: Date): Date => {
  const since = Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp);
  const { startingDeadlineSeconds: deadline } = spec;
  return new Date(deadline === undefined ? since : Math.max(since, now.getTime() - deadline * 1_000));
};

const ended = (job: Job): 'Complete' | 'Failed' | undefined => {
  const done = job.status.conditions?.find(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  return done === undefined ? undefined : done.type === 'Complete' ? 'Complete' : 'Failed';
};

/** Takes note of jobs that ended, and removes those beyond the limits of the history. */
const settle = ({ registry, event }: Tools, cron: CronJob, jobs: readonly Job[]): void => {
  const ends = new Map(jobs.map((job) => [job.metadata.uid, ended(job)]));
  for (const job of jobs) {
    const end = ends.get(job.metadata.uid);
    const wasActive = cron.status.active?.some(({ uid }) => uid === job.metadata.uid) ?? false;
    if (end === undefined || !wasActive) continue;
    event(cron, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${end}`);
  }
  const completions = jobs.flatMap(({ status }) => status.completionTime ?? []).sort();
  const lastSuccessfulTime = completions.at(-1) ?? cron.status.lastSuccessfulTime;
  registry.amend('cronjobs', keyOf(cron.metadata), (stored) => {
    const { active: before = [], ...status } = stored.status;
    const active = before.filter(({ uid }) => ends.has(uid) && ends.get(uid) === undefined);
    return {
      ...stored,
      status: {
        ...status,
        ...(active.length === 0 ? {} : { active }),
        ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
      },
    };
  });
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec;
  const limits = [
    ['Complete', successfulJobsHistoryLimit],
    ['Failed', failedJobsHistoryLimit],
  ] as const;
  for (const [end, limit] of limits) {
    const those = jobs.filter((job) => ended(job) === end);
    for (const job of those.slice(0, Math.max(0, those.length - limit))) {
      remove(registry, job);
      event(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
    }
  }
};

const remove = (registry: Tools['registry'], { metadata }: Job): void => {
  if (metadata.deletionTimestamp === undefined) {
    deleteObject(registry, kindOf('jobs'), metadata.namespace, metadata.name, { propagationPolicy: 'Background' });
  }
};

/** Makes the job of a time, unless the last one still runs and the policy is against two. */
const start = (tools: Tools, cron: CronJob, jobs: readonly Job[], due: Date): void => {
  const { registry, event } = tools;
  const running = jobs.filter((job) => ended(job) === undefined);
  const policy = cron.spec.concurrencyPolicy ?? 'Allow';
  if (policy === 'Forbid' && running.length > 0) return;
  if (policy === 'Replace') {
    for (const job of running) {
      remove(registry, job);
      event(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
    }
  }
  const job = createJob(registry, cron, due);
  if (job !== undefined) event(cron, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
  registry.amend('cronjobs', keyOf(cron.metadata), (stored) => ({
    ...stored,
    status: {
      ...stored.status,
      lastScheduleTime: due.toISOString().replace(/\.\d+Z$/, 'Z'),
      ...(job === undefined ? {} : { active: [...(stored.status.active ?? []), referenceTo(job)] }),
    },
  }));
};

/** Undefined when the job of that time exists. */
const createJob = (registry: Tools['registry'], cron: CronJob, due: Date): Job | undefined => {
  const { metadata = {}, spec } = cron.spec.jobTemplate;
  const scheduled = { 'batch.kubernetes.io/cronjob-scheduled-timestamp': due.toISOString().replace(/\.\d+Z$/, 'Z') };
  const job = {
    metadata: {
      ...metadata,
      // Minutes since 1970: the same time never gets two jobs.
      name: `${cron.metadata.name}-${Math.floor(due.getTime() / 60_000)}`,
      annotations: { ...metadata.annotations, ...scheduled },
      ownerReferences: [ownerReference('cronjobs', cron)],
    },
    spec,
  };
  try {
    return typed('jobs', registry.create(kindOf('jobs'), cron.metadata.namespace, asJson(job)).object);
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return undefined;
    throw error;
  }
};

const referenceTo = ({ metadata: { name, namespace = '', uid, resourceVersion } }: Job) => {
  const kind = kindOf('jobs');
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), namespace, name, uid, resourceVersion };
};
