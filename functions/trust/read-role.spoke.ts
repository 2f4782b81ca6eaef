/** Reads a role of this account: its trust, its tags, and whether its permissions let it get certain other roles. */
import { type DescribedRole, describeRole } from '../aws/iam.ts';
import { managedPolicy, policiesOf } from '../aws/iam-policies.ts';
import { accountOf } from '../aws/own-roles.ts';
import { parseArn } from '../partition.ts';
import { entry } from '../runtime/entry.ts';
import { Failure } from '../runtime/errors.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import { chainsOf } from './chain.ts';
import { ReadRoleInput, type ReadRoleOutput } from './contract.ts';
import type { Chain } from './findings/facts.ts';

export const handler = entry(
  ReadRoleInput,
  async ({ roleArn, mayReach }, { now, functionArn }): Promise<ReadRoleOutput> => {
    const account = accountOf(functionArn);
    if (parseArn(roleArn)?.account !== account) {
      throw new Failure('Refused', `role ${roleArn} is not of account ${account}: ask the spoke of its own account`);
    }
    const role = await describeRole(roleNameOf(roleArn));
    const chains = role && (await readChains(role, mayReach));
    const readAt = now().toISOString();
    if (role === undefined || chains === undefined) return { role: 'gone', roleArn, readAt };
    return { role: 'present', roleArn: role.arn, roleId: role.id, trust: role.trust, tags: role.tags, chains, readAt };
  },
);

/** Undefined when the role went in between. Its policies are read only when somebody asks where it leads: IAM's rate is low. */
const readChains = async (role: DescribedRole, targets: readonly string[]): Promise<Chain[] | undefined> => {
  if (targets.length === 0) return [];
  const policies = await policiesOf(roleNameOf(role.arn));
  if (policies === undefined) return undefined;
  const boundary = role.boundaryArn === undefined ? undefined : await readBoundary(role.boundaryArn);
  return chainsOf({ ...role, policies, ...(boundary && { boundary }) }, targets);
};

/** IAM deletes no policy that is a role's boundary. @throws Failure NotYetVisible when it can't be read: the role was changed in between */
const readBoundary = async (arn: string): Promise<{ name: string; document: string }> => {
  const document = await managedPolicy(arn);
  if (document === undefined) throw new Failure('NotYetVisible', `the boundary ${arn} can't be found: read again`);
  return { name: arn, document };
};
