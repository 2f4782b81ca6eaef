/** How a set of service accounts is told in a sentence. */
import type { WorkloadIdentity } from '../../../identity.ts';
import { type MemberSet, toSentences } from '../../reach/index.ts';
import { list } from '../found.ts';
import type { Tags } from './statements.ts';

/** "any service account in namespace `pay` of cluster `payments` (eu-west-1), and 2 more". @throws ReachUndecided */
export const whom = (set: MemberSet<WorkloadIdentity>, tags: Tags): string => {
  const [first = 'nobody', ...others] = toSentences(set);
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${first}${more}${withTags(tags)}`;
};

/** What is to be said of an association without tags; nothing of one with tags, which is the usual case. */
export const withTags = (tags: Tags): string =>
  tags === 'tags' ? '' : ', by an association with session tags disabled';

/** " (it hangs on `aws:sourceorgid`)"; nothing where everything is known. */
export const hanging = (keys: readonly string[]): string => (keys.length === 0 ? '' : ` (it hangs on ${list(keys)})`);
