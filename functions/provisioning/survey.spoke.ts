/** Reads everything that a grant is resolved from, in one account and region. It writes nothing. */
import { listAssociations } from '../aws/eks.ts';
import { findAssociation } from '../aws/eks-associations.ts';
import { fargateSelectors } from '../aws/eks-fargate.ts';
import { managedPolicy } from '../aws/iam-policies.ts';
import { readWholeRole } from '../aws/iam-roles.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { accountOf } from '../aws/own-roles.ts';
import type { SeenCluster, SeenRole } from '../grants/index.ts';
import { clusterArn, type WorkloadIdentity } from '../identity.ts';
import { parseArn } from '../partition.ts';
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import { Failure, isFailure } from '../runtime/errors.ts';
import { roleNameOf } from '../runtime/role-bounds.ts';
import { fargateIn } from './acts/fargate.ts';
import { seenAs } from './acts/role-step.ts';
import { SurveyInput, type SurveyOutput } from './contract.ts';

/** Each is a List and a Describe: ten at a time stay below EKS's rates. */
const AT_ONCE = 10;
/** IAM's rate is low and shared by the account; a role is four calls and one for each inline policy. */
const ROLES_AT_ONCE = 3;

export const handler = entry(
  SurveyInput,
  async ({ roleArns, policyArns, identities }, { now, functionArn }): Promise<SurveyOutput> => {
    const account = accountOf(functionArn);
    const foreign = roleArns.find((arn) => parseArn(arn)?.account !== account);
    if (foreign !== undefined) {
      throw new Failure('Refused', `role ${foreign} is not of account ${account}: ask the spoke of its own account`);
    }
    for (const identity of identities) assertOwnCluster(identity, functionArn);
    const associations = await inBatches(identities, AT_ONCE, findAssociation);
    return {
      roles: await inBatches(roleArns, ROLES_AT_ONCE, readRole),
      documents: await readDocuments(policyArns),
      associations: associations.filter((found) => found !== undefined),
      clusters: await readClusters(identities),
      readAt: now().toISOString(),
    };
  },
);

/** IAM's calls take the name alone: a role of that name under another path is not the one that was asked for. */
const readRole = async (roleArn: string): Promise<SeenRole> => {
  const whole = await readWholeRole(roleNameOf(roleArn));
  return whole?.arn === roleArn ? seenAs(whole) : { roleArn, present: false };
};

const readDocuments = async (arns: readonly string[]): Promise<Record<string, string>> => {
  const documents = await inBatches(arns, ROLES_AT_ONCE, async (arn) => [arn, await managedPolicy(arn)] as const);
  return Object.fromEntries(documents.flatMap(([arn, text]) => (text === undefined ? [] : [[arn, text] as const])));
};

/** Of clusters that are there. Of two identities in one cluster the first counts: the wish's come before those of versions that it replaces. */
const readClusters = async (identities: readonly WorkloadIdentity[]): Promise<SeenCluster[]> => {
  const first = Map.groupBy(identities, clusterArn).values();
  const clusters = await inBatches(
    [...first].flatMap(([identity]) => identity ?? []),
    AT_ONCE,
    readCluster,
  );
  return clusters.filter((cluster) => cluster !== undefined);
};

/** A full cluster's 5,000 associations are 50 pages. */
const readCluster = async (identity: WorkloadIdentity): Promise<SeenCluster | undefined> => {
  const { account, region, cluster } = identity;
  let associations = 0;
  let next: string | undefined;
  do {
    const page = await listAssociations(cluster, next === undefined ? {} : { next });
    if (page === undefined) return undefined;
    associations += page.ids.length;
    next = page.next;
  } while (next !== undefined);
  const fargate = await readFargate(identity);
  return { account, region, cluster, associations, ...(fargate && { fargate }), withoutCredentials: [] };
};

/** Undefined where nobody lets us look: a warning less is no reason to refuse a grant. */
const readFargate = async ({ cluster, namespace }: WorkloadIdentity): Promise<SeenCluster['fargate']> => {
  try {
    return fargateIn(namespace, await fargateSelectors(cluster));
  } catch (error) {
    if (isFailure(error, 'AccessDenied')) return undefined;
    throw error;
  }
};
