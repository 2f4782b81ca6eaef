/** Reads one object of this account as it is now: a role whole, an identity's association, or what a cluster is under. It writes nothing. */
import { listAssociations } from '../aws/eks.ts';
import { findAssociation } from '../aws/eks-associations.ts';
import { controlOf } from '../aws/eks-control.ts';
import { managedPolicy } from '../aws/iam-policies.ts';
import { readWholeRole, type WholeRole } from '../aws/iam-roles.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { accountOf } from '../aws/own-roles.ts';
import type { SeenRole } from '../grants/seen.ts';
import type { ClusterRef, WorkloadIdentity } from '../identity.ts';
import { parseArn } from '../partition.ts';
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { Failure, isFailure } from '../runtime/errors.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import { ReadObjectInput, type ReadObjectOutput } from './spoke-contract.ts';

/** IAM's rate is low and shared by the account; a policy is two calls. */
const POLICIES_AT_ONCE = 3;

export const handler = entry(
  ReadObjectInput,
  async ({ ref, principals }, { now, functionArn }): Promise<ReadObjectOutput> => {
    // When it began: what changes meanwhile may be in it, or not.
    const readAt = now().toISOString();
    switch (ref.object) {
      case 'role':
        return { object: 'role', ...(await readRole(ref.roleArn, functionArn)), readAt };
      case 'association':
        return { object: 'association', ...(await readAssociation(ref.identity, functionArn)), readAt };
      case 'cluster':
        return { object: 'cluster', control: await readControl(ref.cluster, principals, functionArn), readAt };
    }
  },
);

type Answer<Kind extends ReadObjectOutput['object']> = Omit<
  Extract<ReadObjectOutput, { object: Kind }>,
  'object' | 'readAt'
>;

/** IAM's calls take the name alone: a role of that name under another path is not the one that was asked for. */
const readRole = async (roleArn: string, functionArn: string): Promise<Answer<'role'>> => {
  const account = accountOf(functionArn);
  if (parseArn(roleArn)?.account !== account) {
    throw new Failure('Refused', `role ${roleArn} is not of account ${account}: ask the spoke of its own account`);
  }
  const whole = await readWholeRole(roleNameOf(roleArn));
  if (whole?.arn !== roleArn) return { seen: { roleArn, present: false }, documents: {} };
  return { seen: seenAs(whole), roleId: whole.id, documents: await documentsOf(whole.managedPolicyArns) };
};

/** With the session denies: whether one of them is missing is asked here. */
const seenAs = ({ arn, trust, managedPolicyArns, inline, boundaryArn, tags }: WholeRole): SeenRole => ({
  roleArn: arn,
  present: true,
  trust,
  managedPolicyArns,
  inline,
  ...(boundaryArn !== undefined && { boundary: boundaryArn }),
  tags: { ...tags },
});

/** AWS changes its own, and nobody's role has drifted then. */
const documentsOf = async (arns: readonly string[]): Promise<Record<string, string | null>> => {
  const local = arns.filter((arn) => parseArn(arn)?.account !== 'aws');
  const read = await inBatches(local, POLICIES_AT_ONCE, async (arn) => [arn, await documentOf(arn)] as const);
  return Object.fromEntries(read);
};

/** Null where nobody lets us look, and of a policy that went in between. */
const documentOf = async (arn: string): Promise<string | null> => {
  try {
    return (await managedPolicy(arn)) ?? null;
  } catch (error) {
    if (isFailure(error, 'AccessDenied', 'NotFound')) return null;
    throw error;
  }
};

/** That an identity has none may be because the cluster has gone: only then is it asked for. */
const readAssociation = async (identity: WorkloadIdentity, functionArn: string): Promise<Answer<'association'>> => {
  assertOwnCluster(identity, functionArn);
  const found = await findAssociation(identity);
  if (found !== undefined) return { cluster: 'present', found };
  const page = await listAssociations(identity.cluster, { limit: 1 });
  return { cluster: page === undefined ? 'gone' : 'present' };
};

/** Without principals nobody asks who may come in: then their absence says nothing. */
const readControl = async (
  cluster: ClusterRef,
  principals: readonly string[] | undefined,
  functionArn: string,
): Promise<Answer<'cluster'>['control']> => {
  assertOwnCluster(cluster, functionArn);
  const control = await controlUnlessGone(cluster.cluster, principals);
  if (!control.present || principals !== undefined) return control;
  const { access, ...rest } = control;
  return rest;
};

/** Where a tag lets us describe a cluster, one that has gone has none: AWS says no before it says that nothing is there. */
const controlUnlessGone = async (
  cluster: string,
  principals: readonly string[] | undefined,
): ReturnType<typeof controlOf> => {
  try {
    return await controlOf(cluster, principals);
  } catch (error) {
    if (!isFailure(error, 'AccessDenied')) throw error;
    if ((await listAssociations(cluster, { limit: 1 })) === undefined) return { present: false };
    throw error;
  }
};
