/** The association of an identity as it was read, by facets. */
import type { SeenAssociation } from '../../grants/index.ts';
import { canonicalPolicy } from './canonical-policy.ts';
import { facet } from './facet-name.ts';
import type { Read } from './read.ts';

/**
 * @param seen Undefined: it was looked for, and the identity has none.
 * @param clusterGone The cluster was looked for, too, and isn't there.
 */
export const facetsOfAssociation = (
  seen: Pick<SeenAssociation, 'state' | 'tags'> | undefined,
  clusterGone = false,
): Read => {
  if (seen === undefined) return { facets: clusterGone ? { cluster: 'gone' } : {}, unread: [] };
  const { state, tags } = seen;
  const facets: Record<string, string> = {
    exists: state.associationId,
    role: state.roleArn,
    'session-tags': onOff(!state.disableSessionTags),
  };
  if (state.targetRoleArn !== undefined) facets.target = state.targetRoleArn;
  if (state.policy !== undefined) facets.policy = canonicalPolicy(state.policy);
  if (state.ownerArn !== undefined) facets.owner = state.ownerArn;
  for (const [key, value] of Object.entries(tags)) facets[facet('tag', key)] = value;
  return { facets, unread: [] };
};

export const onOff = (on: boolean): string => (on ? 'on' : 'off');
