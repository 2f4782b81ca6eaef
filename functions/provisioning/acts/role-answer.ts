/** What IAM's answer to a write of ours means for the machine. Pure. */
import type { RoleWrite, Taken } from '../../aws/iam-roles.ts';
import type { Party } from '../../grants/index.ts';

type NotDone = Exclude<Taken, { status: 'done' }>;

export type Ended = { readonly status: 'not-visible' | 'refused'; readonly because: string };

/**
 * `not-visible`: the role was made a moment ago and IAM doesn't know it everywhere; or it doesn't know a role of the plan yet that the trust
 * names. Any other principal that it doesn't know is one that was deleted.
 */
export const endedBy = ({ status, because }: NotDone, parties: readonly Party[]): Ended => {
  const names = parties.flatMap(({ sourceRoleArn }) => sourceRoleArn ?? []);
  const early =
    (status === 'gone' && /role with name/i.test(because)) ||
    (status === 'invalid-principal' && names.some((arn) => because.includes(arn)));
  return { status: early ? 'not-visible' : 'refused', because };
};

/** What was to be taken away is not there: somebody has done it. */
export const isGoneAnyway = ({ what }: RoleWrite, { status, because }: NotDone): boolean =>
  (what === 'detach' || what === 'delete-inline') && status === 'gone' && !/role with name/i.test(because);
