/** CloudWatch Logs: reading what the functions printed. */
import * as schemas from '@aws-sdk/client-cloudwatch-logs';
import type { Service } from '../../contract.ts';
import { DescribeLogGroups, DescribeLogStreams, FilterLogEvents, GetLogEvents } from './read.ts';

export { type LogGroup, logGroup, writeLog } from './group.ts';

export const service: Service = {
  scope: 'logs',
  eventSource: 'logs.amazonaws.com',
  protocol: 'awsJson1_1',
  schemas,
  operations: { DescribeLogGroups, DescribeLogStreams, FilterLogEvents, GetLogEvents },
};
