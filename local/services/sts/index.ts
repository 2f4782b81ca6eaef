/** STS: who am I, and sessions of roles. */
import * as schemas from '@aws-sdk/client-sts';
import type { Service } from '../../contract.ts';
import { AssumeRole } from './assume-role.ts';
import { AssumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import { GetCallerIdentity } from './get-caller-identity.ts';

export const service: Service = {
  scope: 'sts',
  eventSource: 'sts.amazonaws.com',
  protocol: 'awsQuery',
  xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  schemas,
  operations: { AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity },
};
