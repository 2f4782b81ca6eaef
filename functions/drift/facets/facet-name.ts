/** The names of facets: a kind, and for those that an object can have several of, which. */

export type FacetKind =
  | 'exists'
  | 'trust'
  | 'inline'
  | 'attached'
  | 'version'
  | 'boundary'
  | 'tag'
  | 'deny'
  | 'role'
  | 'target'
  | 'session-tags'
  | 'policy'
  | 'owner'
  | 'cluster'
  | 'agent'
  | 'access'
  | 'rbac';

/** @example facet('inline', 'read-orders') // inline:read-orders */
export const facet = (kind: FacetKind, name?: string): string => (name === undefined ? kind : `${kind}:${name}`);

/** What stands before the first colon. */
export const kindOf = (named: string): string => {
  const colon = named.indexOf(':');
  return colon === -1 ? named : named.slice(0, colon);
};

/** What stands behind it: a policy's name or ARN, a tag's key. Empty for kinds that there is one of. */
export const nameOf = (named: string): string => {
  const colon = named.indexOf(':');
  return colon === -1 ? '' : named.slice(colon + 1);
};

/** Whether one of these takes a facet in: by its name, by its kind, or as `*`. */
export const covers = (some: readonly string[], named: string): boolean =>
  some.some((each) => each === '*' || each === named || each === kindOf(named) || each === `${kindOf(named)}:*`);
