/** A role as IAM has it now, and what the hub knows of its associations: the only part of `trust` that needs an account. */
import { GetRoleCommand, IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { partitionOf } from '../functions/partition.ts';
import type { RoleUse } from '../functions/trust/findings/facts.ts';
import { explain } from './explain.ts';
import { hubStore } from './hub.ts';
import { Told } from './told.ts';
import { roleOfArn } from './trust-role.ts';

export type LiveRole = {
  readonly roleArn: string;
  /** URL-decoded. */
  readonly trust: string;
  readonly tags: Readonly<Record<string, string>>;
};

/**
 * Reads the role with the credentials of the profile, or those of the usual AWS chain.
 * @throws Told when there is no such role
 */
export const readLiveRole = async (arn: string, profile?: string): Promise<LiveRole> => {
  const { name, account, partition } = roleOfArn(arn);
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? partitionOf('').iamRegion;
  const iam = new IAMClient({ region, ...(profile !== undefined && { credentials: fromIni({ profile }) }) });
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: name })).catch((error: unknown) => {
    if (error instanceof NoSuchEntityException)
      throw new Told(`There is no role ${name} in the account of these credentials.`);
    throw error;
  });
  const found = Role?.Arn ?? '';
  if (!found.startsWith(`arn:${partition}:iam::${account}:`)) {
    throw new Told(`These credentials are of another account than ${arn}: they see ${found}. --profile names others.`);
  }
  return {
    roleArn: found,
    trust: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''),
    tags: Object.fromEntries((Role?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
  };
};

/** The associations that give the role, by the hub's table; why they can't be had, where they can't. */
export const hubAssociations = async (roleArn: string): Promise<readonly RoleUse[] | { readonly unknown: string }> => {
  try {
    const found = await hubStore().associations.ofRole(roleArn);
    return found.map(({ identity, state }) => ({
      identity,
      tagsDisabled: state.disableSessionTags,
      ...(state.targetRoleArn === roleArn && { sourceRoleArn: state.roleArn }),
      ...(state.roleArn === roleArn && state.targetRoleArn !== undefined && { targetRoleArn: state.targetRoleArn }),
    }));
  } catch (error) {
    const why = explain(error);
    if (why === undefined) throw error;
    return { unknown: why };
  }
};
