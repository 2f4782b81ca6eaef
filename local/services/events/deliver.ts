/** From a bus to the targets of its rules: matching, retries, dead letters. */
import type { Target } from '@aws-sdk/client-eventbridge';
import { parseArn } from '../../../functions/partition.ts';
import type { Cloud } from '../../contract.ts';
import { backgroundOf } from '../background.ts';
import { serviceCaller } from '../sessions.ts';
import type { Bus, BusEvent, Rule } from './bus.ts';
import { inputFor } from './input.ts';
import { send } from './send.ts';
import { retryDelay } from './settings.ts';

/** How often an event may go from one bus to the next: a circle of rules ends here. */
const MOST_HOPS = 8;

/** Gives an event to all rules of a bus that match. Returns at once; deliveries go on in the background. */
export const publish = (cloud: Cloud, bus: Bus, event: BusEvent, hops = 0): void => {
  if (hops > MOST_HOPS) {
    backgroundOf(cloud).report(`${bus.arn}: event ${event.id} came over ${hops} buses and goes no further`);
    return;
  }
  for (const rule of bus.rules.values()) {
    if (listens(rule, event) && rule.pattern?.matches(event)) trigger(cloud, rule, event, hops);
  }
};

/** Gives an event to all targets of a rule, whether or not it matches: what a schedule does. */
export const trigger = (cloud: Cloud, rule: Rule, event: BusEvent, hops = 0): void => {
  for (const target of rule.targets.values()) {
    backgroundOf(cloud).run(`${rule.arn} to ${target.Arn}`, () => deliver(cloud, rule, target, event, hops));
  }
};

/** CloudTrail's records of calls that only read reach no rule but those that ask for them (EventBridge guide, "Read-only management events"). */
const listens = (rule: Rule, event: BusEvent): boolean => {
  if (rule.state === 'DISABLED') return false;
  if (rule.state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') return true;
  const { detail } = event;
  const recorded = event['detail-type'] === 'AWS API Call via CloudTrail';
  return !(
    recorded &&
    typeof detail === 'object' &&
    detail !== null &&
    'readOnly' in detail &&
    detail.readOnly === true
  );
};

/** EventBridge's defaults: a day, 185 retries. */
const MAX_AGE_SECONDS = 86_400;
const MAX_RETRIES = 185;

const deliver = async (cloud: Cloud, rule: Rule, target: Target, event: BusEvent, hops: number): Promise<void> => {
  const began = cloud.now();
  const input = inputFor(target, rule, event, began);
  const onward = (bus: Bus): void => publish(cloud, bus, event, hops + 1);
  const { MaximumRetryAttempts = MAX_RETRIES, MaximumEventAgeInSeconds = MAX_AGE_SECONDS } = target.RetryPolicy ?? {};
  for (let retries = 0; ; retries++) {
    try {
      return await send(cloud, rule, target, input, { event, onward });
    } catch (error) {
      const failure = failureOf(error);
      const tooOld = cloud.now().getTime() - began.getTime() > MaximumEventAgeInSeconds * 1000;
      const exhausted =
        retries >= MaximumRetryAttempts ? 'MaximumRetryAttempts' : tooOld ? 'MaximumEventAgeInSeconds' : undefined;
      if (failure.final || exhausted !== undefined) {
        return bury(cloud, rule, target, event, {
          ...failure,
          retries,
          exhausted: failure.final ? undefined : exhausted,
        });
      }
      if (!(await backgroundOf(cloud).wait(retryDelay(cloud, retries)))) return;
    }
  }
};

type Failure = { readonly code: string; readonly message: string; readonly final: boolean };

/** Refusals and missing targets are not tried again (EventBridge guide, "Retry policy and dead-letter queues"). */
const failureOf = (error: unknown): Failure => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (/AccessDenied|NotAuthorized|Unauthorized/.test(name)) return { code: 'NO_PERMISSIONS', message, final: true };
  if (/NotFound|DoesNotExist|NonExistent/.test(name)) return { code: 'NO_RESOURCE', message, final: true };
  if (/TooManyRequests|Throttl/.test(name)) return { code: 'THROTTLING', message, final: false };
  const client = error instanceof Error && '$fault' in error && error.$fault === 'client';
  return { code: client ? 'SDK_CLIENT_ERROR' : 'INTERNAL_ERROR', message, final: client };
};

type End = Failure & { readonly retries: number; readonly exhausted: string | undefined };

const bury = async (cloud: Cloud, rule: Rule, target: Target, event: BusEvent, end: End): Promise<void> => {
  const queue = parseArn(target.DeadLetterConfig?.Arn ?? '');
  if (queue === undefined) {
    backgroundOf(cloud).report(`${rule.arn}: event ${event.id} is lost, ${target.Arn} did not take it: ${end.message}`);
    return;
  }
  const attributes = {
    RULE_ARN: rule.arn,
    TARGET_ARN: target.Arn ?? '',
    ERROR_CODE: end.code,
    ERROR_MESSAGE: end.message,
    RETRY_ATTEMPTS: String(end.retries),
    ...(end.exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: end.exhausted }),
  };
  const input = {
    QueueUrl: `${cloud.endpoint}/${queue.account}/${queue.resource}`,
    MessageBody: JSON.stringify(event),
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    ),
  };
  const caller = serviceCaller('events.amazonaws.com', { arn: rule.arn, account: rule.bus.account });
  await cloud.call('sqs', 'SendMessage', input, { caller, region: queue.region });
};
