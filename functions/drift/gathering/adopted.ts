/** What of an object people are asked to keep: it is as a version wants it that `podid findings adopt` has asked for, and that nobody has decided yet. Pure. */
import { type Adopted, type Grant, type GrantsConfig, type GrantVersion, versionOf } from '../../grants/index.ts';
import { INLINE_POLICY } from '../../grants/names.ts';
import { isSaidIn, unadoptable } from '../adoption/index.ts';
import type { Facet, Facets, ObjectRef } from '../contract.ts';
import type { Wants } from '../detect/desired/grant-wants.ts';
import { resolvedAlone } from '../detect/desired/resolved-versions.ts';
import { inlineFacet, kindOf } from '../facets/index.ts';
import { objectKey } from '../object.ts';
import { partOf, wantsOf } from './grant-facets.ts';

/**
 * The facets, each with the sentence that says by which version. Only what is marked counts, or any request would shield what an intruder has
 * done; and only where it is the very thing that the version wants, so that nobody changes it further behind the mark.
 * @param facets As they were just read
 * @param grants Those that ever named the object
 */
export const adoptedFacets = (
  ref: ObjectRef,
  facets: Facets,
  grants: readonly Grant[],
  config: GrantsConfig,
): ReadonlyMap<Facet, string> => {
  const key = objectKey(ref);
  return new Map(
    grants.flatMap((grant) => {
      const version = versionOf(grant, grant.pending?.version);
      const marks = version?.adopts?.filter(({ object, facet }) => object === key && !unadoptable(ref, facet)) ?? [];
      if (version === undefined || marks.length === 0) return [];
      const wants = wantsIn(ref, grant, version, config);
      const sentence = `Adopted as version ${version.version} of ${grant.id}, which ${STAGES[grant.pending?.stage ?? 'requested']}.`;
      return marks
        .filter((mark) => wants !== undefined && isAsWanted(mark, facets, wants))
        .map(({ facet }): [Facet, string] => [facet, sentence]);
    }),
  );
};

const STAGES: Readonly<Record<NonNullable<Grant['pending']>['stage'], string>> = {
  requested: 'was just asked for',
  'awaiting-approval': 'awaits approval',
  provisioning: 'is being carried out',
};

/** Of associations and of roles that podid makes, a version alone says all. */
const wantsIn = (ref: ObjectRef, grant: Grant, version: GrantVersion, config: GrantsConfig): Wants | undefined => {
  const part = partOf(resolvedAlone(grant.id, version, config), ref);
  return part && wantsOf(part);
};

const isAsWanted = ({ facet }: Adopted, facets: Facets, wants: Wants): boolean => {
  const [is, wanted] = [facets[facet] ?? null, wants.get(facet) ?? null];
  if (is === wanted) return true;
  // A policy of another name is part of the grant's own from then on.
  const own = wants.get(inlineFacet(INLINE_POLICY)) ?? null;
  return kindOf(facet) === 'inline' && is !== null && own !== null && isSaidIn(is, own);
};
