/** EKS Auth: what the Pod Identity agent calls. */
import type { Service } from '../../contract.ts';
import { AssumeRoleForPodIdentity } from './assume-role-for-pod-identity.ts';
import * as schemas from './schema.ts';

export const service: Service = {
  scope: 'eks-auth',
  eventSource: 'eks-auth.amazonaws.com',
  protocol: 'restJson1',
  schemas,
  operations: { AssumeRoleForPodIdentity },
};
