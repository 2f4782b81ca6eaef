/** Making rules: patterns compiled, schedules started, targets checked. */
import { randomUUID } from 'node:crypto';
import { InvalidEventPatternException, type RuleState, type Target } from '@aws-sdk/client-eventbridge';
import { parseArn } from '../../../functions/partition.ts';
import type { Cloud } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { backgroundOf } from '../background.ts';
import { type Bus, type Rule, ruleArn } from './bus.ts';
import { trigger } from './deliver.ts';
import { compilePattern, InvalidEventPattern } from './pattern.ts';
import { InvalidSchedule, nextTime } from './schedule.ts';
import { TARGETS, unsupportedTarget } from './send.ts';

export type RuleSettings = {
  readonly name: string;
  readonly description?: string;
  /** JSON text. */
  readonly pattern?: string;
  readonly schedule?: string;
  readonly state?: RuleState;
  readonly roleArn?: string;
};

/**
 * Makes or replaces a rule; its targets stay.
 * @throws InvalidEventPatternException, ValidationException
 */
export const defineRule = (cloud: Cloud, bus: Bus, settings: RuleSettings): Rule => {
  const { name, description, pattern, schedule, state = 'ENABLED', roleArn } = settings;
  if (pattern === undefined && schedule === undefined) {
    throw new ApiError(
      'ValidationException',
      400,
      'Parameter(s) EventPattern or ScheduleExpression must be specified.',
    );
  }
  if (schedule !== undefined) checkSchedule(bus, schedule, cloud.now());
  const rule: Rule = {
    name,
    arn: ruleArn(bus, name),
    bus,
    state,
    targets: bus.rules.get(name)?.targets ?? new Map(),
    ...(description === undefined ? {} : { description }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(pattern === undefined ? {} : { pattern: { text: pattern, matches: readPattern(pattern) } }),
    ...(schedule === undefined ? {} : { schedule }),
  };
  bus.rules.set(name, rule);
  if (schedule !== undefined) follow(cloud, rule, schedule);
  return rule;
};

/** Adds or replaces targets. @throws NotImplemented for services that are not here. */
export const addTargets = (rule: Rule, targets: readonly Target[]): void => {
  for (const target of targets) {
    if (!TARGETS.has(parseArn(target.Arn ?? '')?.service ?? '')) throw unsupportedTarget(target.Arn ?? '');
    rule.targets.set(target.Id ?? '', target);
  }
};

/** @throws InvalidEventPatternException */
export const readPattern = (text: string) => {
  try {
    return compilePattern(text);
  } catch (error) {
    if (!(error instanceof InvalidEventPattern)) throw error;
    throw new InvalidEventPatternException({ message: error.message, $metadata: {} });
  }
};

const checkSchedule = (bus: Bus, schedule: string, now: Date): void => {
  if (bus.name !== 'default') {
    throw new ApiError('ValidationException', 400, 'ScheduleExpression is supported only on the default event bus.');
  }
  try {
    nextTime(schedule, now);
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    throw new ApiError('ValidationException', 400, `Parameter ScheduleExpression is not valid. ${error.message}`);
  }
};

/** A timer reaches 24 days at most; longer waits go in steps. */
const LONGEST_MS = 86_400_000;

const follow = (cloud: Cloud, rule: Rule, schedule: string): void => {
  const { wait } = backgroundOf(cloud);
  const isCurrent = (): boolean => rule.bus.rules.get(rule.name) === rule;
  const loop = async (): Promise<void> => {
    for (let next = nextTime(schedule, cloud.now()); next !== undefined; next = nextTime(schedule, cloud.now())) {
      for (let left = next.getTime() - cloud.now().getTime(); left > 0; left = next.getTime() - cloud.now().getTime()) {
        if (!(await wait(Math.min(left, LONGEST_MS))) || !isCurrent()) return;
      }
      if (rule.state !== 'DISABLED') trigger(cloud, rule, scheduledEvent(rule, next));
    }
  };
  // Not work under way: nobody waits for a schedule to be done.
  loop().catch((error: unknown) => backgroundOf(cloud).report(`${rule.arn}: ${String(error)}`));
};

const scheduledEvent = (rule: Rule, time: Date) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: rule.bus.account,
  time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
  region: rule.bus.region,
  resources: [rule.arn],
  detail: {},
});
