/** Puts a dead letter's event back to whom it was for. Only who has accepted it makes it deletable. */
import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { parseArn } from '../functions/partition.ts';
import type { Letter } from './dlq-letters.ts';
import { hubSettings } from './hub.ts';
import { Told } from './told.ts';

/** Everybody is asynchronous: that it was accepted is known, and what comes of it is a new letter or none. */
export const redriving = () => {
  const settings = hubSettings();
  const lambda = new LambdaClient(settings);
  const machines = new SFNClient(settings);
  const bridge = new EventBridgeClient(settings);
  const rulesOf = remembered((bus: string) => enabledRules(bridge, bus));

  const invoke = async (arn: string, event: string): Promise<string> => {
    await lambda.send(new InvokeCommand({ FunctionName: arn, InvocationType: 'Event', Payload: Buffer.from(event) }));
    return arn.split(':').at(-1) ?? arn;
  };

  const start = async (stateMachineArn: string, input: string): Promise<string> => {
    await machines.send(new StartExecutionCommand({ stateMachineArn, input }));
    return stateMachineArn.split(':').at(-1) ?? stateMachineArn;
  };

  const deliver = (arn: string, event: string): Promise<string> | undefined => {
    const service = parseArn(arn)?.service;
    return service === 'lambda' ? invoke(arn, event) : service === 'states' ? start(arn, event) : undefined;
  };

  /** @returns who has it now. @throws Told when nobody can take it; what AWS says when it doesn't */
  return async ({ event, to }: Letter): Promise<readonly string[]> => {
    if (to.kind === 'nobody') throw new Told(`it can't be put back: ${to.because}`);
    const text = JSON.stringify(event);
    if (to.kind === 'function') return [await invoke(to.arn, text)];
    if (to.kind === 'machine') return [await start(to.arn, text)];
    // Nobody but AWS may put events of `aws.eks` and `aws.iam` onto a bus: what the bus would have done with it is done here.
    const taken: string[] = [];
    for (const { rule, targets } of await rulesOf(to.arn)) {
      const { Result } = await bridge.send(
        new TestEventPatternCommand({ EventPattern: rule.EventPattern, Event: text }),
      );
      if (Result !== true) continue;
      for (const target of targets) {
        const name = await deliver(target, text);
        if (name !== undefined) taken.push(name);
      }
    }
    if (taken.length === 0) throw new Told('no rule of the hub’s bus is for it: deploy the hub, or delete the message');
    return taken;
  };
};

type WithTargets = { readonly rule: Rule; readonly targets: readonly string[] };

const enabledRules = async (bridge: EventBridgeClient, bus: string): Promise<readonly WithTargets[]> => {
  const found: WithTargets[] = [];
  let NextToken: string | undefined;
  do {
    const page = await bridge.send(new ListRulesCommand({ EventBusName: bus, NextToken }));
    for (const rule of page.Rules ?? []) {
      if (rule.State === 'DISABLED' || rule.EventPattern === undefined || rule.Name === undefined) continue;
      const { Targets = [] } = await bridge.send(new ListTargetsByRuleCommand({ EventBusName: bus, Rule: rule.Name }));
      found.push({ rule, targets: Targets.flatMap(({ Arn }) => Arn ?? []) });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
};

const remembered = <Value>(of: (key: string) => Promise<Value>): ((key: string) => Promise<Value>) => {
  const known = new Map<string, Promise<Value>>();
  return (key) => {
    const value = known.get(key) ?? of(key);
    known.set(key, value);
    return value;
  };
};
