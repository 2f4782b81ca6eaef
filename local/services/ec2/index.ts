/** EC2, as far as a fallback to the node's role has to be seen: instances and their metadata options. */
import * as schemas from '@aws-sdk/client-ec2';
import type { Service } from '../../contract.ts';
import { DescribeInstances } from './describe-instances.ts';

export { addInstance, type InstanceOptions } from './instances.ts';

export const service: Service = {
  scope: 'ec2',
  eventSource: 'ec2.amazonaws.com',
  protocol: 'ec2Query',
  xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  schemas,
  operations: { DescribeInstances },
};
