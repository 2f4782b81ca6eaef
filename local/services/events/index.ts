/** Amazon EventBridge: the buses of every account and region, fed by the trail and by PutEvents. */
import * as schemas from '@aws-sdk/client-eventbridge';
import type { Cloud, Service } from '../../contract.ts';
import { busesOf } from './bus.ts';
import { DescribeEventBus, ListEventBuses, PutPermission, RemovePermission } from './buses.ts';
import { publish } from './deliver.ts';
import { PutEvents, TestEventPattern } from './put-events.ts';
import {
  DeleteRule,
  DescribeRule,
  DisableRule,
  EnableRule,
  ListRules,
  ListTargetsByRule,
  PutRule,
  PutTargets,
  RemoveTargets,
} from './rules.ts';

export { addBusStatement, type Bus, busesOf, defineBus, type Rule } from './bus.ts';
export { compilePattern, InvalidEventPattern } from './pattern.ts';
export { addTargets, defineRule, type RuleSettings } from './rule.ts';
export { type EventsPace, eventsPace } from './settings.ts';

/** Every record of the trail goes onto the default bus of its account and region. */
const attach = (cloud: Cloud): void => {
  cloud.state('events', 'attached', () => {
    cloud.onRecord((event) => {
      const bus = busesOf(cloud, event.account, event.region).get('default');
      if (bus !== undefined) publish(cloud, bus, event);
    });
    return true;
  });
};

export const service: Service = {
  scope: 'events',
  eventSource: 'events.amazonaws.com',
  protocol: 'awsJson1_1',
  schemas,
  attach,
  operations: {
    DeleteRule,
    DescribeEventBus,
    DescribeRule,
    DisableRule,
    EnableRule,
    ListEventBuses,
    ListRules,
    ListTargetsByRule,
    PutEvents,
    PutPermission,
    PutRule,
    PutTargets,
    RemovePermission,
    RemoveTargets,
    TestEventPattern,
  },
};
