/** One identity has one association: which grant holds it, and which grants share a role. */
import { identityKey, showIdentity } from '../identity.ts';
import { type Grant, heldVersions, isFinal, newestOf } from './grant.ts';
import { type GrantWish, identitiesOf } from './wish.ts';

/** Nobody has the wish's identities; or one grant has, which the wish would change; or it can't be. */
export type Collision =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'change'; readonly grantId: string }
  | { readonly outcome: 'refused'; readonly because: string };

/**
 * What a wish means beside the grants that are there. A second grant for an identity is a change of the first, when it
 * says everything that the first has; else it is refused, since nothing is overwritten in silence.
 * @param changes The grant that the wish is to change, when the person has named it: then clusters may also go.
 */
export const collision = (wish: GrantWish, others: readonly Grant[], changes?: string): Collision => {
  const wished = new Map(identitiesOf(wish).map((identity) => [identityKey(identity), identity]));
  const held = others.flatMap((grant) => {
    const clash = grant.id === changes ? undefined : claimsOf(grant).find((key) => wished.has(key));
    const identity = clash === undefined ? undefined : wished.get(clash);
    return identity === undefined ? [] : [{ grant, whose: showIdentity(identity) }];
  });
  const [one, other] = held;
  if (one === undefined) return { outcome: 'none' };
  const { grant: first, whose } = one;
  if (changes !== undefined || other !== undefined) {
    const theirs = held.map(({ grant, whose: identity }) => `${identity} is of grant ${grant.id}`).join(', ');
    return refused(`${theirs}: a service account has one association. Name fewer clusters.`);
  }
  if (first.state === 'revoking')
    return refused(`${whose} is of grant ${first.id}, which is being revoked: ask again when it is done.`);
  const { team } = newestOf(first).wish;
  if (team !== wish.team)
    return refused(`${whose} is of grant ${first.id} of team ${team}: only that team can have it changed.`);
  const left = heldVersions(first)
    .flatMap((version) => identitiesOf(version.wish))
    .find((identity) => !wished.has(identityKey(identity)));
  if (left !== undefined) {
    return refused(
      `${whose} is of grant ${first.id}, which also has ${showIdentity(left)}: change that grant by its id, or name all of its clusters.`,
    );
  }
  return { outcome: 'change', grantId: first.id };
};

/** The keys of the identities that a grant holds, in force or under way: for the table, to give each to one grant only. */
export const claimsOf = (grant: Grant): readonly string[] =>
  isFinal(grant.state)
    ? []
    : [...new Set(heldVersions(grant).flatMap(({ wish }) => identitiesOf(wish).map(identityKey)))].toSorted();

/** The other grants that use an existing role, as source or target, in a version that they hold. */
export const sharersOf = (roleArn: string, grants: readonly Grant[], except?: string): readonly Grant[] =>
  grants.filter(
    (grant) =>
      grant.id !== except &&
      !isFinal(grant.state) &&
      heldVersions(grant).some(
        ({ wish }) => wish.source.role === roleArn || wish.targets.some(({ role }) => role === roleArn),
      ),
  );

const refused = (because: string): Collision => ({ outcome: 'refused', because });
