/** What a spoke's functions may make and change at all, whatever the hub says: judged again here, from their own environment. Pure. */
import type * as z from 'zod';
import { refusal, rolesIn } from '../../aws/own-roles.ts';
import { GrantSettings, type Party, type ResolvedRole, targetsPolicy } from '../../grants/index.ts';
import { parseArn } from '../../partition.ts';
import { outOfBounds, unmanaged } from '../../runtime/role-bounds.ts';
import { identityUniverse, OtherUniverse, setOf } from '../../trust/reach/index.ts';
import { refusedAsker, refusedTags } from './mark.ts';

const Settings = GrantSettings.pick({ rolePath: true, boundaryName: true, trustCharacters: true });

export type Bounds = z.infer<typeof Settings> & {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly excluded: readonly string[];
  /** Roles that their owners have opted in. */
  readonly managed: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws SyntaxError or ZodError when a variable can't be read: then nothing may be written */
export const boundsFrom = (environment: Environment, functionArn: string): Bounds => {
  const { account = '', region = '', partition = '' } = parseArn(functionArn) ?? {};
  return {
    account,
    region,
    partition,
    excluded: rolesIn(environment.PODID_EXCLUDED_ROLES),
    managed: rolesIn(environment.PODID_MANAGED_ROLES),
    ...Settings.parse(JSON.parse(environment.PODID_GRANTS ?? 'null')),
  };
};

export const boundaryArn = ({ partition, account, boundaryName }: Bounds): string =>
  `arn:${partition}:iam::${account}:policy/${boundaryName}`;

/** Whether a role lies under the path that is ours, directly. */
export const isUnderPath = (roleArn: string, { rolePath }: Pick<Bounds, 'rolePath'>): boolean => {
  const { service, resource = '' } = parseArn(roleArn) ?? {};
  const name = resource.slice(`role${rolePath}`.length);
  return service === 'iam' && resource.startsWith(`role${rolePath}`) && /^[\w+=,.@-]{1,64}$/.test(name);
};

/** Why this role may not be written to, as a sentence: excluded, somebody else's, or neither under our path nor opted in. */
export const refusedRole = (roleArn: string, bounds: Bounds): string | undefined =>
  refusal(roleArn, bounds.account, bounds.excluded) ??
  (isUnderPath(roleArn, bounds) ? undefined : unmanaged(roleArn, bounds.managed));

/**
 * Why no session of ours is let into this role, as a sentence. Of the roles of other accounts nobody here knows which are excluded; their trust
 * decides. In this account a trust in the account as a whole would let our roles in, so that the exclusion must.
 */
export const refusedTarget = (roleArn: string, { account, partition, excluded }: Bounds): string | undefined => {
  const arn = parseArn(roleArn);
  if (arn !== undefined && arn.partition !== partition) return `${roleArn} is of another partition`;
  return outOfBounds(roleArn, arn?.account === account ? excluded : []);
};

export type RoleAsked = {
  readonly asker: string;
  readonly grantId: string;
  readonly role: Omit<ResolvedRole, 'trust' | 'differences'>;
  readonly parties: readonly Party[];
};

/** Why a role may not be made or changed as asked, as a sentence. What its policies permit, `forbidden.ts` judges. */
export const refusedWish = (asked: RoleAsked, bounds: Bounds): string | undefined => {
  const { asker, grantId, role, parties } = asked;
  return (
    refusedAsker(asker, grantId) ??
    refusal(role.roleArn, bounds.account, bounds.excluded) ??
    (role.standing === 'stop' ? `the plan stops at role ${role.roleArn}` : undefined) ??
    (role.managed ? refusedMaking(asked, bounds) : refusedChange(asked, bounds)) ??
    refusedParties(parties, bounds)
  );
};

const refusedMaking = ({ role, grantId, parties }: RoleAsked, bounds: Bounds): string | undefined => {
  if (!isUnderPath(role.roleArn, bounds)) return `role ${role.roleArn} is not under the path ${bounds.rolePath}`;
  if (role.boundary !== boundaryArn(bounds)) {
    return `role ${role.roleArn} would have the boundary ${role.boundary ?? 'none'}, and only ${boundaryArn(bounds)} is given`;
  }
  const through = parties.find(({ sourceRoleArn }) => (sourceRoleArn === undefined) !== (role.as === 'source'));
  if (through !== undefined) return `a ${role.as} role is not had that way (${through.sourceRoleArn ?? 'by pods'})`;
  return refusedTags(role.tags, grantId);
};

/** Of an existing role the trust is written, and one inline policy, named after the grant. */
const refusedChange = ({ role, grantId }: RoleAsked, bounds: Bounds): string | undefined => {
  const closed = unmanaged(role.roleArn, bounds.managed);
  if (closed !== undefined) return closed;
  if (role.managedPolicyArns.length > 0 || role.boundary !== undefined || Object.keys(role.tags).length > 0) {
    return `role ${role.roleArn} is its owner's: managed policies, boundary and tags stay as they are`;
  }
  const foreign = Object.keys(role.inline).find((name) => name !== targetsPolicy(grantId));
  return foreign === undefined ? undefined : `role ${role.roleArn} is its owner's: the inline policy ${foreign} stays`;
};

/** Names that Kubernetes and EKS don't allow could be patterns in a trust policy. */
export const refusedParties = (parties: readonly Party[], { account, partition }: Bounds): string | undefined => {
  for (const { sourceRoleArn, tagged, untagged } of parties) {
    const source = sourceRoleArn === undefined ? { partition, account } : parseArn(sourceRoleArn);
    if (sourceRoleArn !== undefined && /[*?$]/.test(sourceRoleArn)) return `${sourceRoleArn} is no one role`;
    if (source?.partition !== partition) return `${sourceRoleArn} is not of partition ${partition}`;
    const theirs = sourceRoleArn === undefined ? undefined : outOfBounds(sourceRoleArn, []);
    if (theirs !== undefined) return theirs;
    try {
      setOf(identityUniverse(partition, source.account), [...tagged, ...untagged]);
    } catch (error) {
      if (error instanceof OtherUniverse) return error.message;
      throw error;
    }
  }
  return undefined;
};
