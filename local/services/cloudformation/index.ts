/** AWS CloudFormation, as much as eksctl's association commands need: an empty list of stacks. */
import type { Service } from '../../contract.ts';
import { ListStacks } from './list-stacks.ts';
import * as schemas from './schema.ts';

export const service: Service = {
  scope: 'cloudformation',
  eventSource: 'cloudformation.amazonaws.com',
  protocol: 'awsQuery',
  xmlNamespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  schemas,
  operations: { ListStacks },
};
