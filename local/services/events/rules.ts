/** The calls on rules and their targets. */
import type {
  DeleteRuleRequest,
  DescribeRuleRequest,
  DescribeRuleResponse,
  DisableRuleRequest,
  EnableRuleRequest,
  ListRulesRequest,
  ListRulesResponse,
  ListTargetsByRuleRequest,
  ListTargetsByRuleResponse,
  PutRuleRequest,
  PutRuleResponse,
  PutTargetsRequest,
  PutTargetsResponse,
  RemoveTargetsRequest,
  RemoveTargetsResponse,
  RuleState,
} from '@aws-sdk/client-eventbridge';
import type { Ask, Call, Operation } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { type Bus, busAt, busReference, type Rule, ruleArn, ruleAt } from './bus.ts';
import { eventsPage } from './page.ts';
import { addTargets, defineRule } from './rule.ts';

type OnRule = { readonly EventBusName?: string | undefined; readonly Name?: string | undefined };

const busOf = (input: { readonly EventBusName?: string | undefined }, call: Call): Bus =>
  busAt(call.cloud, busReference(input.EventBusName, call));

const askRule = (action: string, input: OnRule, call: Call): Ask => ({
  action: `events:${action}`,
  resource: ruleArn(busOf(input, call), input.Name ?? ''),
});

/** Whoever gives a role to EventBridge needs to be allowed to. */
const askPassRole = (roleArn: string | undefined): Ask[] =>
  roleArn === undefined
    ? []
    : [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'events.amazonaws.com' } }];

export const PutRule: Operation<PutRuleRequest, PutRuleResponse> = {
  readOnly: false,
  asks: (input, call) => [askRule('PutRule', input, call), ...askPassRole(input.RoleArn)],
  run: (input, call) => {
    const rule = defineRule(call.cloud, busOf(input, call), {
      name: input.Name ?? '',
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(input.EventPattern === undefined ? {} : { pattern: input.EventPattern }),
      ...(input.ScheduleExpression === undefined ? {} : { schedule: input.ScheduleExpression }),
      ...(input.State === undefined ? {} : { state: input.State }),
      ...(input.RoleArn === undefined ? {} : { roleArn: input.RoleArn }),
    });
    return { RuleArn: rule.arn };
  },
};

export const DeleteRule: Operation<DeleteRuleRequest, Record<string, never>> = {
  readOnly: false,
  asks: (input, call) => [askRule('DeleteRule', input, call)],
  run: (input, call) => {
    const bus = busOf(input, call);
    if ((bus.rules.get(input.Name ?? '')?.targets.size ?? 0) > 0) {
      throw new ApiError('ValidationException', 400, "Rule can't be deleted since it has targets.");
    }
    bus.rules.delete(input.Name ?? '');
    return {};
  },
};

const setState = (
  action: string,
  state: RuleState,
): Operation<EnableRuleRequest | DisableRuleRequest, Record<string, never>> => ({
  readOnly: false,
  asks: (input, call) => [askRule(action, input, call)],
  run: (input, call) => {
    ruleAt(busOf(input, call), input.Name).state = state;
    return {};
  },
});

export const EnableRule = setState('EnableRule', 'ENABLED');
export const DisableRule = setState('DisableRule', 'DISABLED');

export const DescribeRule: Operation<DescribeRuleRequest, DescribeRuleResponse> = {
  readOnly: true,
  asks: (input, call) => [askRule('DescribeRule', input, call)],
  run: (input, call) => ({ ...shown(ruleAt(busOf(input, call), input.Name)), CreatedBy: call.account }),
};

export const ListRules: Operation<ListRulesRequest, ListRulesResponse> = {
  readOnly: true,
  asks: () => [{ action: 'events:ListRules', resource: '*' }],
  run: (input, call) => {
    const rules = [...busOf(input, call).rules.values()].filter(({ name }) => name.startsWith(input.NamePrefix ?? ''));
    const page = eventsPage(rules, ({ name }) => name, input);
    return { Rules: page.items.map(shown), ...page.paging };
  },
};

export const ListTargetsByRule: Operation<ListTargetsByRuleRequest, ListTargetsByRuleResponse> = {
  readOnly: true,
  asks: (input, call) => [askRule('ListTargetsByRule', { ...input, Name: input.Rule }, call)],
  run: (input, call) => {
    const page = eventsPage(ruleAt(busOf(input, call), input.Rule).targets.values(), ({ Id = '' }) => Id, input);
    return { Targets: [...page.items], ...page.paging };
  },
};

export const PutTargets: Operation<PutTargetsRequest, PutTargetsResponse> = {
  readOnly: false,
  asks: (input, call) => [
    askRule('PutTargets', { ...input, Name: input.Rule }, call),
    ...(input.Targets ?? []).flatMap((target) => askPassRole(target.RoleArn)),
  ],
  run: (input, call) => {
    addTargets(ruleAt(busOf(input, call), input.Rule), input.Targets ?? []);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
};

export const RemoveTargets: Operation<RemoveTargetsRequest, RemoveTargetsResponse> = {
  readOnly: false,
  asks: (input, call) => [askRule('RemoveTargets', { ...input, Name: input.Rule }, call)],
  run: (input, call) => {
    const { targets } = ruleAt(busOf(input, call), input.Rule);
    for (const id of input.Ids ?? []) targets.delete(id);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
};

const shown = (rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  State: rule.state,
  EventBusName: rule.bus.name,
  Description: rule.description,
  EventPattern: rule.pattern?.text,
  ScheduleExpression: rule.schedule,
  RoleArn: rule.roleArn,
});
