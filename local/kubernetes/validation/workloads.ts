/** What workloads may say: replicas, selectors, strategies, jobs and their schedules (pkg/apis/apps and batch). */
import { isTimeZone, parseSchedule, ScheduleInvalid } from '../cron.ts';
import { isObject, type Json } from '../json.ts';
import type { Labels } from '../objects.ts';
import { selects } from '../selectors.ts';
import { type FieldError, invalidValue, requiredValue, unsupportedValue } from '../status.ts';
import { at, list, nonNegative, object, oneOf, type Rule } from './fields.ts';
import { podSpecErrors } from './pods.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** A selector that matches the template's labels; `kind` is how the server calls the kind. */
const selectorErrors =
  (kind: string): Rule =>
  (fields) => {
    const selector = at(fields, 'spec', 'selector');
    if (!isObject(selector)) return [requiredValue('spec.selector')];
    const labels = object(at(fields, 'spec', 'template', 'metadata', 'labels'));
    if (Object.keys(selector).length === 0) {
      return [invalidValue('spec.selector', selector, `empty selector is invalid for ${kind}`)];
    }
    const wrong = list(selector.matchExpressions).flatMap(({ operator }, index) =>
      OPERATORS.includes(String(operator))
        ? []
        : [
            invalidValue(
              `spec.selector.matchExpressions[${index}].operator`,
              operator ?? '',
              'not a valid selector operator',
            ),
          ],
    );
    if (wrong.length > 0) return [...wrong, invalidValue('spec.selector', selector, 'invalid label selector')];
    return selects(selector, labels as Labels)
      ? []
      : [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
  };

const templateErrors: Rule = (fields) =>
  podSpecErrors(at(fields, 'spec', 'template', 'spec'), 'spec.template.spec', ['Always']);

const counts: Rule = ({ spec }) => nonNegative(spec, 'spec', 'replicas', 'minReadySeconds', 'revisionHistoryLimit');

/** Where the server shows a whole struct, it shows Go's names. */
const goStrategy = (strategy: Json | undefined): Json => ({
  Type: at(strategy, 'type') ?? '',
  RollingUpdate: at(strategy, 'rollingUpdate') ?? null,
});

const strategyErrors =
  (field: string, supported: readonly string[]): Rule =>
  (fields) => {
    const strategy = at(fields, 'spec', field);
    return oneOf(at(strategy, 'type'), '', supported).length === 0
      ? []
      : [unsupportedValue(`spec.${field}`, goStrategy(strategy), supported)];
  };

const isZero = (value: Json | undefined): boolean => value === 0 || value === '0%';

const rollingErrors: Rule = (fields) => {
  const { maxSurge, maxUnavailable } = object(at(fields, 'spec', 'strategy', 'rollingUpdate'));
  return isZero(maxSurge) && isZero(maxUnavailable)
    ? [invalidValue('spec.strategy.rollingUpdate.maxUnavailable', 0, 'may not be 0 when `maxSurge` is 0')]
    : [];
};

const all =
  (...rules: readonly Rule[]): Rule =>
  (fields) =>
    rules.flatMap((rule) => rule(fields));

export const deploymentErrors = all(
  counts,
  selectorErrors('deployment'),
  templateErrors,
  strategyErrors('strategy', ['Recreate', 'RollingUpdate']),
  rollingErrors,
);

export const replicaSetErrors = all(counts, selectorErrors('deployment'), templateErrors);

export const daemonSetErrors = all(
  counts,
  selectorErrors('daemonset'),
  templateErrors,
  strategyErrors('updateStrategy', ['RollingUpdate', 'OnDelete']),
);

export const statefulSetErrors = all(counts, selectorErrors('statefulset'), templateErrors, ({ spec }) => {
  const policy = at(spec, 'podManagementPolicy');
  const strategy = at(spec, 'updateStrategy');
  const [isPolicy, isStrategy] = [
    ['OrderedReady', 'Parallel'].includes(String(policy)),
    ['RollingUpdate', 'OnDelete'].includes(String(at(strategy, 'type'))),
  ];
  return [
    ...(isPolicy
      ? []
      : [invalidValue('spec.podManagementPolicy', policy ?? '', "must be 'OrderedReady' or 'Parallel'")]),
    ...(isStrategy
      ? []
      : [invalidValue('spec.updateStrategy', goStrategy(strategy), "must be 'RollingUpdate' or 'OnDelete'")]),
  ];
});

export const jobErrors = (spec: Json | undefined, path: string): FieldError[] => {
  const policy = at(spec, 'template', 'spec', 'restartPolicy');
  return [
    ...nonNegative(
      spec,
      path,
      'parallelism',
      'completions',
      'activeDeadlineSeconds',
      'backoffLimit',
      'ttlSecondsAfterFinished',
    ),
    ...oneOf(at(spec, 'completionMode'), `${path}.completionMode`, ['NonIndexed', 'Indexed']),
    ...podSpecErrors(at(spec, 'template', 'spec'), `${path}.template.spec`),
    ...(policy === 'OnFailure' || policy === 'Never'
      ? []
      : [requiredValue(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')]),
  ];
};

export const cronJobErrors: Rule = ({ spec }) => [
  ...scheduleErrors(at(spec, 'schedule')),
  ...zoneErrors(at(spec, 'timeZone')),
  ...nonNegative(spec, 'spec', 'startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'),
  ...oneOf(at(spec, 'concurrencyPolicy'), 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace']),
  ...jobErrors(at(spec, 'jobTemplate', 'spec'), 'spec.jobTemplate.spec'),
];

const scheduleErrors = (schedule: Json | undefined): FieldError[] => {
  const field = 'spec.schedule';
  if (typeof schedule !== 'string' || schedule === '') return [requiredValue(field)];
  if (schedule.includes('TZ')) {
    return [invalidValue(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  }
  try {
    parseSchedule(schedule);
    return [];
  } catch (error) {
    if (error instanceof ScheduleInvalid) return [invalidValue(field, schedule, error.message)];
    throw error;
  }
};

const zoneErrors = (zone: Json | undefined): FieldError[] => {
  const field = 'spec.timeZone';
  if (zone === undefined) return [];
  if (zone === '') return [invalidValue(field, zone, 'timeZone must be nil or non-empty string')];
  return isTimeZone(String(zone)) ? [] : [invalidValue(field, zone, `unknown time zone ${zone}`)];
};
