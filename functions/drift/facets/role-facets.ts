/** A role as it was read, by facets. */
import { createHash } from 'node:crypto';
import type { SeenRole } from '../../grants/index.ts';
import { canonicalPolicy } from './canonical-policy.ts';
import { denyText, isDenyName } from './deny-text.ts';
import { facet } from './facet-name.ts';
import { memoized } from './memo.ts';
import type { Read } from './read.ts';

/** What GetRole tells beside what grants need. */
export type RoleRead = {
  readonly seen: SeenRole;
  /** Its unique id, `AROA…`: another one when the role was deleted and made again. Absent: nobody read it. */
  readonly roleId?: string;
  /** The default versions of managed policies, as JSON text by ARN. Null: it could not be read. Those not in here nobody looked at. */
  readonly documents?: Readonly<Record<string, string | null>>;
};

/** @example facetsOfRole({ seen, roleId: 'AROA…' }).facets // { exists: 'AROA…', trust: '{"Version":…', 'tag:podid:grant': 'g-…' } */
export const facetsOfRole = ({ seen, roleId, documents = {} }: RoleRead): Read => {
  if (!seen.present) return { facets: {}, unread: [] };
  const facets: Record<string, string> = { trust: canonicalPolicy(seen.trust) };
  if (roleId !== undefined) facets.exists = roleId;
  for (const [name, text] of Object.entries(seen.inline)) facets[inlineFacet(name)] = inlineText(name, text);
  for (const arn of seen.managedPolicyArns) facets[facet('attached', arn)] = 'attached';
  if (seen.boundary !== undefined) facets.boundary = seen.boundary;
  for (const [key, value] of Object.entries(seen.tags)) facets[facet('tag', key)] = value;
  const unread = roleId === undefined ? ['exists'] : [];
  for (const arn of seen.managedPolicyArns) {
    const text = documents[arn];
    if (text === null) unread.push(facet('version', arn));
    else if (text !== undefined) facets[facet('version', arn)] = policyDigest(text);
  }
  return { facets, unread };
};

/** An inline policy under the name of a session deny is judged as one, whatever it says. */
export const inlineFacet = (name: string): string => facet(isDenyName(name) ? 'deny' : 'inline', name);

/** The value of that facet, which is also the text to write. */
export const inlineText = (name: string, text: string): string =>
  isDenyName(name) ? denyText(text) : canonicalPolicy(text);

/** Of a managed policy's document: SHA-256 of its canonical form, in hexadecimal. */
export const policyDigest: (text: string) => string = memoized((text) =>
  createHash('sha256').update(canonicalPolicy(text)).digest('hex'),
);
