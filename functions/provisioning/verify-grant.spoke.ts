/** Proves that what a grant asks for is there, in one account and region: associations, trusts by their exact reach, and the way to the targets. It writes nothing. */
import { findAssociation } from '../aws/eks-associations.ts';
import { describeRole } from '../aws/iam.ts';
import { managedPolicy, policiesOf } from '../aws/iam-policies.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import type { ChainSource } from '../trust/chain.ts';
import { type Bounds, boundsFrom } from './acts/bounds.ts';
import { type Missing, missingOfAssociation, missingOfChain, missingOfTrust } from './acts/verdict.ts';
import { VerifyGrantInput, type VerifyGrantOutput } from './contract.ts';

/** IAM's rate is low, and shared by the account. */
const ROLES_AT_ONCE = 3;
const ASSOCIATIONS_AT_ONCE = 10;

export const handler = entry(VerifyGrantInput, async (input, { now, functionArn }): Promise<VerifyGrantOutput> => {
  const { roles, associations } = input;
  for (const { identity } of associations) assertOwnCluster(identity, functionArn);
  const bounds = boundsFrom(process.env, functionArn);
  const ofRoles = await inBatches(roles, ROLES_AT_ONCE, (role) => verifyRole(role, associations, bounds));
  const ofAssociations = await inBatches(associations, ASSOCIATIONS_AT_ONCE, async (planned) =>
    missingOfAssociation(planned, await findAssociation(planned.identity)),
  );
  return { missing: [...ofRoles, ...ofAssociations].flat(), at: now().toISOString() };
});

const verifyRole = async (
  role: VerifyGrantInput['roles'][number],
  associations: VerifyGrantInput['associations'],
  bounds: Bounds,
): Promise<Missing[]> => {
  const name = roleNameOf(role.roleArn);
  const there = await describeRole(name);
  const trust = missingOfTrust(role, there && { roleArn: there.arn, trust: there.trust }, bounds);
  if (there === undefined || there.arn !== role.roleArn || role.mayReach.length === 0) return trust;
  const policies = await policiesOf(name);
  if (policies === undefined) return trust;
  const { boundaryArn } = there;
  // A boundary that can't be read allows nothing: IAM deletes no policy that is one.
  const document = boundaryArn === undefined ? undefined : ((await managedPolicy(boundaryArn)) ?? '');
  const source: ChainSource = {
    ...there,
    policies,
    ...(boundaryArn !== undefined && document !== undefined && { boundary: { name: boundaryArn, document } }),
  };
  return [...trust, ...missingOfChain(role, source, associations)];
};
