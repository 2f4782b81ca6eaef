/** What one version of a grant wants of an object, by facets. */
import type { ResolvedAssociation, ResolvedRole } from '../../../grants/index.ts';
import { ANY_ID } from '../../contract.ts';
import { onOff } from '../../facets/association-facets.ts';
import { canonicalPolicy, facet, inlineFacet, inlineText } from '../../facets/index.ts';

/** Null: it must not be there. */
export type Wants = ReadonlyMap<string, string | null>;

/** Kinds of which a role that podid makes has none but those that it was given. Tags too: permissions elsewhere can hang on a role's tags. */
export const CLOSED_WHEN_MADE = ['inline', 'attached', 'tag'] as const;

/** @param id Of the association that podid made or adopted. */
export const wantsOfAssociation = (
  { roleArn, targetRoleArn, disableSessionTags, policy, tags }: ResolvedAssociation,
  id: string = ANY_ID,
): Wants =>
  new Map([
    ['exists', id],
    ['role', roleArn],
    ['target', targetRoleArn ?? null],
    ['session-tags', onOff(!disableSessionTags)],
    ['policy', policy === undefined ? null : canonicalPolicy(policy)],
    ...tagWants(tags),
  ]);

/** Of a role that podid makes everything; of any other whom it admits, and our policies. A trust that can't be written is nobody's wish. */
export const wantsOfRole = (role: ResolvedRole, id: string = ANY_ID): Wants => {
  const { managed, trust, inline, managedPolicyArns, boundary, tags } = role;
  return new Map([
    ['exists', id],
    ...(trust.text === undefined ? [] : [['trust', canonicalPolicy(trust.text)] as const]),
    ...Object.entries(inline).map(([name, text]) => [inlineFacet(name), inlineText(name, text)] as const),
    ...(managed && boundary !== undefined ? [['boundary', boundary] as const] : []),
    ...(managed ? managedPolicyArns.map((arn) => [facet('attached', arn), 'attached'] as const) : []),
    ...(managed ? tagWants(tags) : []),
  ]);
};

const tagWants = (tags: Readonly<Record<string, string>>): ReadonlyArray<readonly [string, string]> =>
  Object.entries(tags).map(([key, value]) => [facet('tag', key), value]);
