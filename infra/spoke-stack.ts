/** A spoke's stack, one an account and region: the forwarding of its events, and the functions that act there. */
import { type App, Stack } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Config } from '../functions/config.ts';
import { busArn, PREFIX, SPOKE_DEAD_LETTERS, spokeRoleName, spokeStackName } from '../functions/names.ts';
import { partitionOf } from '../functions/partition.ts';
import { deadLetters } from './constructs/dead-letters.ts';
import { named } from './constructs/logical-id.ts';
import type { Spoke } from './constructs/spoke.ts';
import { ASSOCIATION_CHANGES, revocationInSpoke } from './revocation.ts';
import { sweepInSpoke } from './sweep.ts';

/** The spoke's stack, with every capability in it. */
export const spokeStack = (
  app: App,
  config: Config,
  where: { account: string; region: string },
  bundleDir: string,
): Stack => {
  const { account, region } = where;
  const stack = new Stack(app, spokeStackName(account, region), {
    env: where,
    description: `podid: the spoke in ${region}. It acts on what the hub asks for, judged again here.`,
  });
  const entry = config.spokes.find((spoke) => spoke.account === account);
  const spoke: Spoke = {
    stack,
    config,
    bundleDir,
    logRetentionDays: config.logRetentionDays,
    account,
    region,
    partition: partitionOf(region).name,
    clusters: (entry?.clusters ?? []).filter((cluster) => cluster.region === region).map(({ name }) => name),
    excludedRoles: entry?.excludedRoles ?? [],
  };
  forward(spoke, deadLetters(stack, SPOKE_DEAD_LETTERS));
  revocationInSpoke(spoke);
  sweepInSpoke(spoke);
  return stack;
};

/** What the hub hears of: one rule on the default bus, its target the hub's bus. What can't be delivered waits in the queue. */
const forward = (spoke: Spoke, deadLetterQueue: IQueue): void => {
  const { stack, config } = spoke;
  const target = busArn(config.hub.account, config.hub.region);
  const file = 'forward-events';
  const role = named(
    new Role(stack, 'ForwardEventsRole', {
      roleName: spokeRoleName(file, spoke.region),
      description: "EventBridge puts this account's events onto the hub's bus.",
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': spoke.account } },
      }),
      inlinePolicies: {
        [PREFIX]: new PolicyDocument({
          statements: [new PolicyStatement({ sid: 'Forward', actions: ['events:PutEvents'], resources: [target] })],
        }),
      },
    }),
    'ForwardEventsRole',
  );
  const rule = new Rule(stack, 'ForwardEvents', {
    ruleName: `${PREFIX}-${file}`,
    description: "Changes of Pod Identity associations go to podid's hub.",
    eventPattern: {
      source: ['aws.eks'],
      detailType: ['AWS API Call via CloudTrail'],
      detail: { eventSource: ['eks.amazonaws.com'], eventName: Object.values(ASSOCIATION_CHANGES) },
    },
  });
  rule.addTarget(
    new BusTarget(EventBus.fromEventBusArn(stack, 'HubBus', target), {
      role: role.withoutPolicyUpdates(),
      deadLetterQueue,
    }),
  );
  named(rule, 'ForwardEvents');
};
