/** EKS's client token: the same wish of the same execution is one association, however often it is asked for. Pure. */
import { createHash } from 'node:crypto';
import type { Gives } from '../../aws/eks-associations.ts';
import { identityKey, type WorkloadIdentity } from '../../identity.ts';

export const requestToken = (
  asker: string,
  identity: WorkloadIdentity,
  { roleArn, targetRoleArn, disableSessionTags, policy }: Gives,
): string =>
  createHash('sha256')
    .update(JSON.stringify([asker, identityKey(identity), roleArn, targetRoleArn, disableSessionTags, policy]))
    .digest('hex');
