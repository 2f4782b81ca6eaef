/** The key of an object that drift is judged of: what exceptions match, and what rows and findings are called by. Pure. */
import { clusterArn } from '../identity.ts';
import type { ObjectRef } from './contract.ts';

/** A role's ARN, a cluster's ARN, or that with `#namespace/service-account` behind it: no two objects have the same. */
export const objectKey = (ref: ObjectRef): string => {
  switch (ref.object) {
    case 'role':
      return ref.roleArn;
    case 'cluster':
      return clusterArn(ref.cluster);
    case 'association':
      return `${clusterArn(ref.identity)}#${ref.identity.namespace}/${ref.identity.serviceAccount}`;
  }
};
