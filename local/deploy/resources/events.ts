/** AWS::Events::EventBus, its policy, and AWS::Events::Rule. */
import type { RuleState, Target as RuleTarget } from '@aws-sdk/client-eventbridge';
import { addBusStatement, addTargets, type Bus, busesOf, defineBus, defineRule } from '../../services/events/index.ts';
import type { Deploy, Target } from '../contract.ts';
import { TemplateUnsupported } from '../intrinsics.ts';

export const bus: Deploy<{ readonly Name: string }> = ({ Name }, { cloud, account, region }) => {
  const made = defineBus(cloud, account, region, Name);
  return { ref: Name, attributes: { Arn: made.arn, Name } };
};

type BusPolicyProperties = {
  readonly EventBusName?: string;
  readonly StatementId: string;
  readonly Statement?: object;
};

export const busPolicy: Deploy<BusPolicyProperties> = ({ EventBusName, StatementId, Statement }, target) => {
  if (Statement === undefined)
    throw new TemplateUnsupported('only the form with a Statement is supported by the local cloud');
  addBusStatement(busOf(target, EventBusName), { ...Statement, Sid: StatementId });
  return { ref: StatementId, attributes: {} };
};

type RuleProperties = {
  readonly Name?: string;
  readonly Description?: string;
  readonly EventBusName?: string;
  readonly EventPattern?: object;
  readonly ScheduleExpression?: string;
  readonly State?: RuleState;
  readonly RoleArn?: string;
  readonly Targets?: readonly RuleTarget[];
};

export const rule: Deploy<RuleProperties> = (properties, target, id) => {
  const { Name: name = id, EventPattern, Description, ScheduleExpression, State, RoleArn, Targets = [] } = properties;
  const made = defineRule(target.cloud, busOf(target, properties.EventBusName), {
    name,
    ...(EventPattern === undefined ? {} : { pattern: JSON.stringify(EventPattern) }),
    ...(Description === undefined ? {} : { description: Description }),
    ...(ScheduleExpression === undefined ? {} : { schedule: ScheduleExpression }),
    ...(State === undefined ? {} : { state: State }),
    ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
  });
  addTargets(made, Targets);
  return { ref: name, attributes: { Arn: made.arn } };
};

/** By name or ARN; the default one when nothing is said. */
const busOf = ({ cloud, account, region }: Target, given = 'default'): Bus => {
  const found = busesOf(cloud, account, region).get(given.split('event-bus/').at(-1) ?? '');
  if (found === undefined) throw new TemplateUnsupported(`there is no event bus ${given}`);
  return found;
};
