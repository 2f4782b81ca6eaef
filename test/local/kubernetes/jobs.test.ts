/** Jobs and cron jobs on the embedded API, by a clock that the test sets. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalCluster } from '../../../local/kubernetes/index.ts';
import { asJson, type JsonObject } from '../../../local/kubernetes/json.ts';
import { call, namespace, start, until } from './harness.ts';

const BATCH = '/apis/batch/v1/namespaces/shop';
const PODS = '/api/v1/namespaces/shop/pods';
const MINUTE = 60_000;
/** Longer than any test. */
const LONG = { 'pod-complete.stage.kwok.x-k8s.io/delay': '1h' };

let cluster: LocalCluster;
let clock: number;

beforeEach(async () => {
  clock = Date.parse('2026-01-01T00:00:30Z');
  cluster = await start({ now: () => new Date(clock), jobPodMillis: 10 });
  await cluster.apply([namespace('shop')]);
});
afterEach(() => cluster.close());

const jobSpec = (more: object = {}, annotations: object = {}): object => ({
  template: {
    metadata: { annotations },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'main:1' }] },
  },
  ...more,
});
const job = (name: string, more: object = {}, annotations: object = {}): object => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: 'shop' },
  spec: jobSpec(more, annotations),
});
const cronJob = (more: object = {}, annotations: object = {}): object => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'tick', namespace: 'shop' },
  spec: { schedule: '* * * * *', jobTemplate: { spec: jobSpec({}, annotations) }, ...more },
});

const read = async (path: string): Promise<JsonObject> => asJson((await call(cluster, 'GET', path)).body);
const items = async (path: string): Promise<JsonObject[]> => {
  const { items: found } = await read(path);
  return Array.isArray(found) ? found.map((item) => asJson(item)) : [];
};
const patch = (path: string, body: object) =>
  call(cluster, 'PATCH', path, { body, headers: { 'content-type': 'application/merge-patch+json' } });
const statusOf = async (name: string): Promise<JsonObject> => asJson((await read(`${BATCH}/jobs/${name}`)).status);
const conditionsOf = ({ conditions }: JsonObject): string[] =>
  (Array.isArray(conditions) ? conditions : [])
    .map((condition) => asJson(condition))
    .map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const ends = (name: string): Promise<JsonObject> =>
  until(
    () => statusOf(name),
    (status) => conditionsOf(status).some((condition) => /^(Complete|Failed)=True/.test(condition)),
    `${name} ended`,
  );

describe('a job', () => {
  it('is complete when enough pods succeeded, never more than its parallelism at once', async () => {
    await cluster.apply([job('three', { completions: 3, parallelism: 2 })]);
    expect(await ends('three')).toMatchObject({ succeeded: 3, active: 0, ready: 0 });
    expect(await items(`${PODS}?labelSelector=job-name%3Dthree`)).toHaveLength(3);
  });

  it('of a work queue starts no pod after the first success', async () => {
    await cluster.apply([job('queue', { parallelism: 2 })]);
    expect(await ends('queue')).toMatchObject({ succeeded: 2 });
  });

  it('fails when its deadline is over, and its pods go', async () => {
    await cluster.apply([job('late', { activeDeadlineSeconds: 60 }, LONG)]);
    await until(
      () => statusOf('late'),
      ({ ready }) => ready === 1,
      'running',
    );
    clock += 2 * MINUTE;
    await patch(`${BATCH}/jobs/late`, { metadata: { labels: { look: 'again' } } });
    expect(conditionsOf(await ends('late'))).toEqual([
      'FailureTarget=True DeadlineExceeded',
      'Failed=True DeadlineExceeded',
    ]);
    await until(
      () => items(PODS),
      (pods) => pods.length === 0,
      'no pods',
    );
  });

  it('rests while it is suspended', async () => {
    await cluster.apply([job('rest', { suspend: true })]);
    const resting = await until(
      () => statusOf('rest'),
      (status) => conditionsOf(status).length > 0,
      'suspended',
    );
    expect(conditionsOf(resting)).toEqual(['Suspended=True JobSuspended']);
    expect(await items(PODS)).toEqual([]);
    await patch(`${BATCH}/jobs/rest`, { spec: { suspend: false } });
    expect(conditionsOf(await ends('rest'))).toEqual([
      'Suspended=False JobResumed',
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
  });

  it('goes when its time after the end is over, with its pods', async () => {
    await cluster.apply([job('brief', { ttlSecondsAfterFinished: 0 })]);
    await until(
      async () => [...(await items(`${BATCH}/jobs`)), ...(await items(PODS))],
      (left) => left.length === 0,
      'gone',
    );
  });
});

it('an indexed job is refused, with what would run it', async () => {
  const reply = await call(cluster, 'POST', `${BATCH}/jobs`, {
    body: job('indexed', { completions: 2, completionMode: 'Indexed' }),
  });
  expect([reply.code, reply.body.message]).toEqual([501, expect.stringContaining('KUBEBUILDER_ASSETS')]);
});

describe('a cron job', () => {
  const jobNames = async () => (await items(`${BATCH}/jobs`)).map(({ metadata }) => asJson(metadata).name);
  /** Sets the clock; the controller would look by itself some seconds later. */
  const at = async (time: string) => {
    clock = Date.parse(time);
    await patch(`${BATCH}/cronjobs/tick`, { metadata: { annotations: { looked: time } } });
  };
  const lastScheduled = (time: string) =>
    until(
      async () => asJson((await read(`${BATCH}/cronjobs/tick`)).status),
      ({ lastScheduleTime }) => lastScheduleTime === time,
      time,
    );
  /** The minutes since 1970 of a time on the first day of 2026. */
  const named = (time: string) => `tick-${Date.parse(`2026-01-01T${time}:00Z`) / MINUTE}`;

  it('makes one job a time, named after it, with the labels of the template', async () => {
    const spec = { jobTemplate: { metadata: { labels: { team: 'a' } }, spec: jobSpec({}, LONG) } };
    await cluster.apply([cronJob(spec)]);
    expect(await jobNames()).toEqual([]);
    await at('2026-01-01T00:01:00Z');
    const { active } = await lastScheduled('2026-01-01T00:01:00Z');
    expect(active).toMatchObject([{ kind: 'Job', apiVersion: 'batch/v1', name: named('00:01') }]);
    expect(await read(`${BATCH}/jobs/${named('00:01')}`)).toMatchObject({
      metadata: {
        labels: { team: 'a' },
        annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:01:00Z' },
        ownerReferences: [{ kind: 'CronJob', name: 'tick', controller: true }],
      },
    });
  });

  it('makes up for the last of the times that it missed, unless that is too long ago', async () => {
    await cluster.apply([cronJob({ schedule: '0 * * * *', startingDeadlineSeconds: 600 }, LONG)]);
    await at('2026-01-01T05:30:00Z');
    await at('2026-01-01T06:05:00Z');
    await lastScheduled('2026-01-01T06:00:00Z');
    expect(await jobNames()).toEqual([named('06:00')]);
  });

  it.each([
    ['Allow', ['00:01', '00:02']],
    ['Forbid', ['00:01']],
    ['Replace', ['00:02']],
  ])('with %s while the last job still runs', async (concurrencyPolicy, expected) => {
    await cluster.apply([cronJob({ concurrencyPolicy }, LONG)]);
    await at('2026-01-01T00:01:00Z');
    await lastScheduled('2026-01-01T00:01:00Z');
    await at('2026-01-01T00:02:00Z');
    await lastScheduled(concurrencyPolicy === 'Forbid' ? '2026-01-01T00:01:00Z' : '2026-01-01T00:02:00Z');
    expect(await jobNames()).toEqual(expected.map(named));
  });

  it('keeps as many ended jobs as its history may have, and remembers the last success', async () => {
    await cluster.apply([cronJob({ successfulJobsHistoryLimit: 1 })]);
    for (const minute of ['01', '02', '03']) {
      await at(`2026-01-01T00:${minute}:00Z`);
      await until(
        async () => asJson((await read(`${BATCH}/cronjobs/tick`)).status),
        ({ lastSuccessfulTime, active }) =>
          lastSuccessfulTime === `2026-01-01T00:${minute}:00Z` && active === undefined,
        `the job of ${minute} ended`,
      );
    }
    await until(jobNames, (names) => names.length === 1, 'history');
    expect(await jobNames()).toEqual([named('00:03')]);
  });

  it('rests while it is suspended', async () => {
    await cluster.apply([cronJob({ suspend: true })]);
    await at('2026-01-01T01:00:00Z');
    expect(await jobNames()).toEqual([]);
  });
});
