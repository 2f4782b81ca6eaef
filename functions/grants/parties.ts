/** Whom a role's trust must admit: those of the wish, and of a role that others share all of theirs. */
import { identityKey, type WorkloadIdentity } from '../identity.ts';
import { parseArn, partitionOf } from '../partition.ts';
import { admittedVersions, type Grant, heldVersions } from './grant.ts';
import type { GrantsConfig } from './grants-config.ts';
import { roleNameFor } from './names.ts';
import type { Party } from './resolved.ts';
import type { Seen } from './seen.ts';
import { type GrantWish, identitiesOf, isManaged, sourceAccountsOf } from './wish.ts';

/** What a grant is resolved from. */
export type Asked = {
  readonly grantId: string;
  readonly wish: GrantWish;
  readonly seen: Seen;
  /** The grants that are there, this one among them or not. */
  readonly grants: readonly Grant[];
  readonly config: GrantsConfig;
};

/** The ARN of a role of the grant, there or not. */
export const roleArnOf = (
  { grantId, wish, config }: Pick<Asked, 'grantId' | 'wish' | 'config'>,
  as: 'source' | 'target',
  account: string,
  choice: string,
): string => {
  if (!isManaged(choice)) return choice;
  const { namespace, serviceAccount } = wish;
  const name = roleNameFor({ grantId, as, namespace, serviceAccount });
  return `arn:${partitionOf(config.hub.region).name}:iam::${account}:role${config.grants.rolePath}${name}`;
};

/** A role of a grant, by the wish alone: whether it is there already is another matter. */
export type NamedRole = {
  readonly as: 'source' | 'target';
  readonly account: string;
  readonly roleArn: string;
  readonly chained: boolean;
};

/** The roles of a grant, the source roles first. */
export const rolesOf = (asked: Pick<Asked, 'grantId' | 'wish' | 'config'>): readonly NamedRole[] => {
  const { source, targets } = asked.wish;
  return [
    ...sourceAccountsOf(asked.wish).map((account) => ({
      as: 'source' as const,
      account,
      roleArn: roleArnOf(asked, 'source', account, source.role),
      chained: false,
    })),
    ...targets.map(({ account, role, chained }) => ({
      as: 'target' as const,
      account,
      roleArn: roleArnOf(asked, 'target', account, role),
      chained,
    })),
  ];
};

/** Whether a role lies under the path that is ours. */
export const isUnderOurPath = (roleArn: string, { grants }: Pick<GrantsConfig, 'grants'>): boolean =>
  parseArn(roleArn)?.resource.startsWith(`role${grants.rolePath}`) === true;

/** Identities that come one way, tagged or not as the wish says. */
export const partyOf = (
  { sessionTags }: Pick<GrantWish, 'sessionTags'>,
  identities: readonly WorkloadIdentity[],
  sourceRoleArn?: string,
): Party => ({
  ...(sourceRoleArn !== undefined && { sourceRoleArn }),
  tagged: sessionTags ? [...identities] : [],
  untagged: sessionTags ? [] : [...identities],
});

/**
 * Everybody whom an existing role's trust must admit: the wish's, those of other grants that are allowed, and those whose
 * association gives it; without those that are on their way out. All of our statements are written anew, so that whom
 * this forgot would lose the role.
 */
export const withSharers = (
  { grantId, wish, seen, grants, config }: Asked,
  roleArn: string,
  own: readonly Party[],
): readonly Party[] => {
  const others = grants.filter(({ id }) => id !== grantId);
  const leaving = new Set([
    ...seen.associations
      .filter(({ state }) => seen.made.includes(state.associationId))
      .map(({ identity }) => identityKey(identity)),
    ...others.filter(({ state }) => state === 'revoking').flatMap((grant) => heldVersions(grant).flatMap(keysOf)),
    ...keysOf({ wish }),
  ]);
  const granted = others.flatMap((grant) =>
    admittedVersions(grant).flatMap((version) => partiesOf({ grantId: grant.id, wish: version.wish, config }, roleArn)),
  );
  const associated = seen.associations
    .filter(({ identity }) => !leaving.has(identityKey(identity)))
    .flatMap(({ identity, state }): readonly Party[] => {
      const tags = { sessionTags: !state.disableSessionTags };
      if (state.roleArn === roleArn) return [partyOf(tags, [identity])];
      return state.targetRoleArn === roleArn ? [partyOf(tags, [identity], state.roleArn)] : [];
    });
  const ways = Map.groupBy([...own, ...granted, ...associated], ({ sourceRoleArn }) => sourceRoleArn);
  return [...ways].map(([sourceRoleArn, same]) => ({
    ...(sourceRoleArn !== undefined && { sourceRoleArn }),
    tagged: distinct(same.flatMap(({ tagged }) => tagged)),
    untagged: distinct(same.flatMap(({ untagged }) => untagged)),
  }));
};

/** How another grant comes to a role. */
const partiesOf = (asked: Pick<Asked, 'grantId' | 'wish' | 'config'>, roleArn: string): readonly Party[] => {
  const { wish } = asked;
  const ofAccount = (account: string) => identitiesOf(wish).filter((identity) => identity.account === account);
  return [
    ...(wish.source.role === roleArn ? [partyOf(wish, identitiesOf(wish))] : []),
    ...(wish.targets.some(({ role }) => role === roleArn)
      ? sourceAccountsOf(wish).map((account) =>
          partyOf(wish, ofAccount(account), roleArnOf(asked, 'source', account, wish.source.role)),
        )
      : []),
  ];
};

const keysOf = ({ wish }: { readonly wish: GrantWish }): readonly string[] => identitiesOf(wish).map(identityKey);

const distinct = (identities: readonly WorkloadIdentity[]): WorkloadIdentity[] => [
  ...new Map(identities.map((identity) => [identityKey(identity), identity])).values(),
];
