/** The condition keys of a request for a role, besides those that tell who asks: what a trust policy can see. */
import { resourceTags } from '../iam/lookup.ts';
import { accountOf, type Role } from '../iam/state.ts';
import type { SessionTags } from './session-tags.ts';

/**
 * Of a request for the session of a role, which need not exist (service authorization reference, "AWS Security Token Service").
 * Its name and duration in seconds are there whether or not the caller gave them.
 */
export const requestKeys = (
  roleArn: string,
  role: Role | undefined,
  { tags, transitive }: SessionTags,
  session: { readonly name: string; readonly duration: number },
): Record<string, string | readonly string[]> => ({
  ...Object.fromEntries([...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  ...(tags.size > 0 && { 'aws:TagKeys': [...tags.keys()] }),
  ...(transitive.size > 0 && { 'sts:TransitiveTagKeys': [...transitive] }),
  ...resourceTags(role?.tags),
  'aws:ResourceAccount': accountOf(roleArn),
  'sts:RoleSessionName': session.name,
  'sts:DurationSeconds': String(session.duration),
});
