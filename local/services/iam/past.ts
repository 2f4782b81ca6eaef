/** What readers of IAM go on seeing for a while after a write, when the control endpoint makes IAM late. */

import type { Call } from '../../contract.ts';
import { copied, copiedMap, keep } from '../../control/past.ts';
import { iamOf } from './state.ts';

/** Keeps the account's IAM as it is before a write: whole, since a write may touch any part of it, and this is for rehearsals with small accounts. */
export const keepIam = (_input: object, call: Call): void =>
  keep(call.cloud, 'iam', call.account, () => {
    const iam = iamOf(call.cloud, call.account);
    return {
      ...copied(iam),
      roles: copiedMap(iam.roles),
      users: copiedMap(iam.users),
      policies: copiedMap(iam.policies),
      instanceProfiles: copiedMap(iam.instanceProfiles),
      oidcProviders: copiedMap(iam.oidcProviders),
    };
  });
