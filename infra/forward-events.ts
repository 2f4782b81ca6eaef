/** What the hub hears of: rules on an account's default bus, whose target is the hub's bus. What can't be delivered waits in a queue. */
import type { Stack } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { eventNamesOf } from '../functions/changes/index.ts';
import type { Config } from '../functions/config.ts';
import { busArn, PREFIX, spokeRoleName } from '../functions/names.ts';
import { named, pascal } from './constructs/logical-id.ts';
import { ASSOCIATION_CHANGES } from './revocation.ts';
import { ROLE_CHANGES } from './role-changes.ts';

export type Forwarded = {
  readonly description: string;
  /** The service of EventBridge's `source` and CloudTrail's `eventSource`. */
  readonly service: 'eks' | 'iam';
  readonly eventNames: readonly string[];
};

/** In each region with clusters. */
export const ASSOCIATION_EVENTS: Forwarded = {
  description: "Changes of Pod Identity associations go to podid's hub.",
  service: 'eks',
  eventNames: Object.values(ASSOCIATION_CHANGES),
};

/** In each region with clusters: what takes associations along with it, and what opens or closes a cluster to podid. */
export const CLUSTER_EVENTS: Forwarded = {
  description: "Changes of clusters, their add-ons and their access entries go to podid's hub.",
  service: 'eks',
  eventNames: eventNamesOf(
    'AddOnChanged',
    'ClusterCreated',
    'ClusterDeleted',
    'ClusterConfigChanged',
    'AccessEntryChanged',
  ),
};

/** In IAM's region, where alone they appear. */
export const ROLE_EVENTS: Forwarded = {
  description: "Changes of roles and of managed policies go to podid's hub.",
  service: 'iam',
  eventNames: Object.values(ROLE_CHANGES).flat(),
};

/** One rule for each name, and one role that may put events onto the hub's bus and nothing else; it is called as the first rule is. */
export const forwardEvents = (
  stack: Stack,
  hub: Config['hub'],
  deadLetterQueue: IQueue,
  rules: Readonly<Record<string, Forwarded>>,
): void => {
  const target = busArn(hub.account, hub.region);
  const bus = EventBus.fromEventBusArn(stack, 'HubBus', target);
  const [first = ''] = Object.keys(rules);
  const role = forwardingRole(stack, first, target).withoutPolicyUpdates();
  for (const [name, { description, service, eventNames }] of Object.entries(rules)) {
    const rule = new Rule(stack, pascal(name), {
      ruleName: `${PREFIX}-${name}`,
      description,
      eventPattern: {
        source: [`aws.${service}`],
        detailType: ['AWS API Call via CloudTrail'],
        detail: { eventSource: [`${service}.amazonaws.com`], eventName: [...eventNames] },
      },
    });
    rule.addTarget(new BusTarget(bus, { role, deadLetterQueue }));
    named(rule, pascal(name));
  }
};

const forwardingRole = (stack: Stack, name: string, target: string): Role =>
  named(
    new Role(stack, `${pascal(name)}Role`, {
      roleName: spokeRoleName(name, stack.region),
      description: "EventBridge puts this account's events onto the hub's bus.",
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      inlinePolicies: {
        [PREFIX]: new PolicyDocument({
          statements: [new PolicyStatement({ sid: 'Forward', actions: ['events:PutEvents'], resources: [target] })],
        }),
      },
    }),
    `${pascal(name)}Role`,
  );
