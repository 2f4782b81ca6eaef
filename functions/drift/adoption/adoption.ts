/** From what somebody would keep to the version of a grant that wants it so, or to the reason why there can be none. Pure. */
import { currentOf, type Grant, type GrantWish, identitiesOf, versionOf } from '../../grants/index.ts';
import { INLINE_POLICY } from '../../grants/names.ts';
import { sameIdentity } from '../../identity.ts';
import { inlineFacet, kindOf } from '../facets/index.ts';
import { withAssociation } from './association-wish.ts';
import { type Keeping, type OrRefused, refused, unadoptable } from './keeping.ts';
import { ownInline, partFor, withRole } from './role-wish.ts';

/** What is asked for; `adopts`: the findings that it is for, those of the version under way among them, which it takes the place of. */
export type Adoption = { readonly wish: GrantWish; readonly adopts: readonly string[] };

/**
 * The grant whose wish would be changed.
 * @param grants Those that ever named the object, or made it
 */
export const grantFor = (keeping: Keeping, grants: readonly Grant[]): OrRefused<{ readonly grant: Grant }> => {
  const why = unadoptable(keeping.ref, keeping.facet);
  if (why !== undefined) return refused(why);
  const [grant, ...others] = grants.filter((each) => each.state !== 'revoking' && isOn(keeping, each));
  if (grant === undefined) {
    return refused(
      'No grant in force wants it otherwise. What is wanted by an accepted baseline is accepted again (podid adopt propose); what nobody wants is asked for (podid request).',
    );
  }
  if (others.length > 0) {
    const ids = [grant, ...others].map(({ id }) => id).toSorted();
    return refused(`Grants ${ids.join(', ')} share it: have them changed one by one (podid request --change).`);
  }
  return { grant };
};

/** @param why What the version is for: whoever decides reads it */
export const adoptionOf = (keeping: Keeping, finding: string, grant: Grant, why: string): OrRefused<Adoption> => {
  const base = baseOf(grant);
  if ('refused' in base) return base;
  if (base.adopts.includes(finding)) {
    return refused(`Version ${grant.pending?.version} of grant ${grant.id} adopts it already, and is not decided yet.`);
  }
  const changed = withFacet(grant, base.wish, keeping);
  if ('refused' in changed) return changed;
  if (JSON.stringify(changed.wish) === JSON.stringify(base.wish)) {
    return refused(`Grant ${grant.id} wants it so already: it is resolved with the next look.`);
  }
  return { wish: { ...changed.wish, reason: why }, adopts: [...base.adopts, finding] };
};

/** One version can adopt several findings: the next one is asked for on top of what waits. What others wait for is not taken from them. */
const baseOf = (grant: Grant): OrRefused<Adoption> => {
  const { id, pending } = grant;
  const current = currentOf(grant);
  if (current === undefined) return refused(`Grant ${id} is not in force.`);
  if (pending === undefined) return { wish: current.wish, adopts: [] };
  const under = versionOf(grant, pending.version);
  if (pending.stage === 'provisioning') {
    return refused(`Version ${pending.version} of grant ${id} is being carried out: adopt it once that is done.`);
  }
  if (under?.adopts === undefined) {
    return refused(
      `Version ${pending.version} of grant ${id} waits to be decided, and this would take its place: have it decided, or withdraw it (podid withdraw ${id}).`,
    );
  }
  return { wish: under.wish, adopts: under.adopts.map(({ finding }) => finding) };
};

const isOn = ({ ref }: Keeping, grant: Grant): boolean => {
  const wish = currentOf(grant)?.wish;
  if (wish === undefined || ref.object === 'cluster') return false;
  if (ref.object === 'role') return partFor(grant.id, wish, ref.roleArn) !== undefined;
  return identitiesOf(wish).some((identity) => sameIdentity(identity, ref.identity));
};

const withFacet = (grant: Grant, wish: GrantWish, keeping: Keeping): OrRefused<{ readonly wish: GrantWish }> => {
  const { ref } = keeping;
  if (ref.object === 'association') return withAssociation(wish, keeping);
  const part = ref.object === 'role' ? partFor(grant.id, wish, ref.roleArn) : undefined;
  if (part === undefined || ref.object !== 'role') {
    return refused(`Version ${grant.pending?.version} of grant ${grant.id}, which is not decided yet, leaves it out.`);
  }
  return losesOther(grant, wish, ref.roleArn, keeping.facet)
    ? refused(
        `Version ${grant.pending?.version} of grant ${grant.id} adopts another change of the same policy: adopt this once that is decided.`,
      )
    : withRole(grant.id, wish, part, keeping);
};

/** All inline policies become one in the wish: what is adopted of it already must not go with the next. */
const losesOther = (grant: Grant, wish: GrantWish, roleArn: string, facet: string): boolean => {
  const current = currentOf(grant)?.wish ?? wish;
  const [before, now] = [current, wish].map((each) => ownInline(grant.id, each, roleArn));
  if (kindOf(facet) !== 'inline' || before === now) return false;
  return facet === inlineFacet(INLINE_POLICY) || now === undefined;
};
