/** Who is asked for: judged, each once, in an order of its own. */
import { identityProblem } from '../../abac/index.ts';
import { identityKey, type WorkloadIdentity } from '../../identity.ts';
import { parseArn, partitionOf } from '../../partition.ts';
import { identityUniverse, OtherUniverse, setOf } from '../reach/index.ts';
import { MixedAccounts, NamesInvalid } from './errors.ts';

/** The role whose policy it is, and for a target role the one through which the identities come. */
export type AskedRole = {
  readonly account: string;
  readonly partition: string;
  readonly roleArn?: string;
  readonly sourceRoleArn?: string;
};

/**
 * The identities, each once, by account, region, cluster, namespace and service account.
 * @throws NamesInvalid, MixedAccounts
 */
export const askedOf = (identities: readonly WorkloadIdentity[], role: AskedRole): readonly WorkloadIdentity[] => {
  const account = sourceAccountOf(role);
  for (const identity of identities) {
    const problem = identityProblem(identity) ?? partitionProblem(identity, role.partition);
    if (problem !== undefined) throw new NamesInvalid(`No policy can be written: ${problem}.`);
  }
  const accounts = new Set(identities.map((identity) => identity.account));
  const foreign = [...accounts].filter((each) => each !== account).toSorted();
  if (foreign.length > 0) {
    const owner = role.sourceRoleArn === undefined ? 'the role' : 'the source role';
    const clusters = accounts.size > 1 ? `accounts ${[...accounts].toSorted().join(', ')}` : `account ${foreign[0]}`;
    throw new MixedAccounts(
      `The clusters are of ${clusters}, and ${owner} is of ${account}: an association's role is of its cluster's account. Use a role for each account; other accounts' roles are reached as target roles.`,
    );
  }
  const distinct = [...new Map(identities.map((identity) => [identityKey(identity), identity]))];
  const asked = distinct.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, identity]) => identity);
  judgeByReach(asked, role.partition, account);
  return asked;
};

/** The account of the clusters: the role's own, or that of the source role. @throws NamesInvalid */
export const sourceAccountOf = ({ account, partition, sourceRoleArn }: AskedRole): string => {
  if (sourceRoleArn === undefined) return account;
  const arn = parseArn(sourceRoleArn);
  const isRole = arn?.service === 'iam' && /^role\/[^*?]+$/.test(arn.resource) && /^\d{12}$/.test(arn.account);
  if (arn !== undefined && isRole && arn.partition === partition) return arn.account;
  throw new NamesInvalid(
    `No policy can be written: ${sourceRoleArn} is no ARN of a role in the partition ${partition}.`,
  );
};

const partitionProblem = ({ region }: WorkloadIdentity, partition: string): string | undefined => {
  const { name } = partitionOf(region);
  return name === partition
    ? undefined
    : `the region ${region} is in the partition ${name}, and the role is in ${partition}`;
};

/** Reach must know all of them, or it could prove nothing. */
const judgeByReach = (asked: readonly WorkloadIdentity[], partition: string, account: string): void => {
  try {
    setOf(identityUniverse(partition, account), asked);
  } catch (cause) {
    if (cause instanceof OtherUniverse) throw new NamesInvalid(`No policy can be written: ${cause.message}`, { cause });
    throw cause;
  }
};
