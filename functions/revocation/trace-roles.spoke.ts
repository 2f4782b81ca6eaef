/** Reads which roles the sessions of a role of this account can go on to. */
import { policiesOf } from '../aws/iam-policies.ts';
import { entry } from '../runtime/entry.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import { TraceRolesInput, type TraceRolesOutput } from './contract.ts';
import { reachableRoles } from './reachable-roles.ts';

export const handler = entry(TraceRolesInput, async ({ roleArn }): Promise<TraceRolesOutput> => {
  const policies = await policiesOf(roleNameOf(roleArn));
  // A role that is gone has no policies, and its sessions can do nothing any more.
  return reachableRoles(policies ?? []);
});
