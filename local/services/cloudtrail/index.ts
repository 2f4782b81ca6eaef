/** CloudTrail: the event history of every account and region. */
import * as schemas from '@aws-sdk/client-cloudtrail';
import type { Cloud, Service } from '../../contract.ts';
import { keep } from './history.ts';
import { LookupEvents } from './lookup-events.ts';

const attach = (cloud: Cloud): void => {
  cloud.state('cloudtrail', 'attached', () => {
    cloud.onRecord((event) => keep(cloud, event));
    return true;
  });
};

export const service: Service = {
  scope: 'cloudtrail',
  eventSource: 'cloudtrail.amazonaws.com',
  protocol: 'awsJson1_1',
  schemas,
  attach,
  operations: { LookupEvents },
};
