/** Whom the trust of a role that others share must admit now: a plan knows only whom it had to when it was made. Pure. */
import {
  type Grant,
  type GrantsConfig,
  identitiesOf,
  type Party,
  type ResolvedRole,
  resolve,
} from '../../grants/index.ts';
import { identityKey, type WorkloadIdentity } from '../../identity.ts';

/** What it takes to tell. */
export type Sharing = {
  /** Whose plan it is. */
  readonly grant: Grant;
  readonly version: number;
  /** Every grant that ever named the role. */
  readonly grants: readonly Grant[];
  readonly config: GrantsConfig;
};

/**
 * The role with the parties of the grants that are in force now, and with those who had it without a grant when it was planned: whom
 * the plan forgot would lose the role, and whom it remembers too well would have it again.
 */
export const withPresentParties = (role: ResolvedRole, { grant, version, grants, config }: Sharing): ResolvedRole => {
  const wish = grant.versions.find((each) => each.version === version)?.wish;
  if (role.managed || wish === undefined) return role;
  const seen = { roles: [], associations: [], clusters: [], made: [] };
  const granted = resolve({ grantId: grant.id, version, wish, seen, grants, config }).roles.find(
    ({ roleArn }) => roleArn === role.roleArn,
  );
  const known = new Set(
    grants.flatMap(({ versions }) => versions.flatMap((each) => identitiesOf(each.wish).map(identityKey))),
  );
  const isForeign = (identity: WorkloadIdentity): boolean => !known.has(identityKey(identity));
  const others = role.trust.parties.map((party) => ({
    ...party,
    tagged: party.tagged.filter(isForeign),
    untagged: party.untagged.filter(isForeign),
  }));
  return { ...role, trust: { ...role.trust, parties: joined([...(granted?.trust.parties ?? []), ...others]) } };
};

/** One party for each way. */
const joined = (parties: readonly Party[]): readonly Party[] =>
  [...Map.groupBy(parties, ({ sourceRoleArn }) => sourceRoleArn)]
    .map(([sourceRoleArn, same]) => ({
      ...(sourceRoleArn !== undefined && { sourceRoleArn }),
      tagged: same.flatMap(({ tagged }) => tagged),
      untagged: same.flatMap(({ untagged }) => untagged),
    }))
    .filter(({ tagged, untagged }) => tagged.length + untagged.length > 0);
