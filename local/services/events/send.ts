/** One attempt to give an event to a target. Whatever permission AWS would ask for is asked for. */
import type { Target } from '@aws-sdk/client-eventbridge';
import { parseArn } from '../../../functions/partition.ts';
import type { Caller, Cloud } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { serviceCaller, sessionOf } from '../sessions.ts';
import { askBus, type Bus, type BusEvent, busAt, type Rule } from './bus.ts';

type Origin = {
  readonly event: BusEvent;
  /** Gives the event itself to another bus. */
  readonly onward: (bus: Bus) => void;
};
type Destination = { readonly account: string; readonly region: string; readonly resource: string };

/** Sends; rejects with the target's own error. */
export const send = async (cloud: Cloud, rule: Rule, target: Target, input: string, origin: Origin): Promise<void> => {
  const arn = target.Arn ?? '';
  const destination = parseArn(arn);
  const caller = callerFor(cloud, rule, target);
  switch (destination?.service) {
    case 'lambda':
      await cloud.call(
        'lambda',
        'Invoke',
        { FunctionName: arn, InvocationType: 'Event', Payload: Buffer.from(input) },
        { caller, region: destination.region },
      );
      return;
    case 'states':
      await cloud.call(
        'states',
        'StartExecution',
        { stateMachineArn: arn, input },
        { caller, region: destination.region },
      );
      return;
    case 'sqs': {
      const QueueUrl = `${cloud.endpoint}/${destination.account}/${destination.resource}`;
      await cloud.call('sqs', 'SendMessage', { QueueUrl, MessageBody: input }, { caller, region: destination.region });
      return;
    }
    case 'events':
      forward(cloud, caller, destination, origin);
      return;
    default:
      throw unsupportedTarget(arn);
  }
};

/** The services that a rule can have as a target here. */
export const TARGETS: ReadonlySet<string> = new Set(['lambda', 'states', 'sqs', 'events']);

export const unsupportedTarget = (arn: string): ApiError =>
  new ApiError('NotImplemented', 501, `events: the target ${arn} is not supported by the local cloud.`);

/** With a role EventBridge acts as that role, else as itself, and the target's own policy must let it. */
const callerFor = (cloud: Cloud, rule: Rule, target: Target): Caller => {
  const roleArn = target.RoleArn ?? rule.roleArn;
  return roleArn === undefined
    ? serviceCaller('events.amazonaws.com', { arn: rule.arn, account: rule.bus.account })
    : sessionOf(cloud, roleArn, rule.name.slice(0, 64), 'events.amazonaws.com').caller;
};

/** The event goes on as it is: its source may begin with `aws.`, which PutEvents would refuse. */
const forward = (
  cloud: Cloud,
  caller: Caller,
  { account, region, resource }: Destination,
  { event, onward }: Origin,
): void => {
  const reference = { account, region, name: resource.replace(/^event-bus\//, '') };
  const context = {
    'events:source': event.source,
    'events:detail-type': event['detail-type'],
    'events:eventBusInvocation': 'true',
  };
  cloud.authorize(caller, askBus(cloud, 'PutEvents', reference, context), region);
  onward(busAt(cloud, reference));
};
