/** What an identity no longer has after a change of its association. Sessions from before still have it: that is what is to be revoked. Pure. */
import type { AssociationState } from '../association.ts';
import type { AssociationRow, Seen } from '../store/association-row.ts';

/** One thing lost, as a phrase for a person: "the role arn:…". */
export type Loss = {
  readonly what: 'role' | 'target-role' | 'session-policy' | 'session-tags';
  readonly phrase: string;
};

/** One step in an association's life that took something away. */
export type LosingStep = {
  /**
   * Names the step: which access was lost at which revision. Not the revision alone: when an update in between comes late, what it gave
   * is lost at the same revision as what was there before it.
   */
  readonly key: string;
  readonly former: Seen;
  readonly current: Seen;
  readonly lost: readonly Loss[];
};

/** What the sessions of `former` may do that new sessions may not. Empty when nothing is lost. */
export const lostAccess = (former: AssociationState, current: AssociationState): Loss[] => {
  const lost: Loss[] = [];
  if (former.roleArn !== current.roleArn) lost.push({ what: 'role', phrase: `the role ${former.roleArn}` });
  if (former.targetRoleArn !== current.targetRoleArn) lost.push({ what: 'target-role', phrase: targetPhrase(former) });
  // A session policy only narrows: without the former one there is more access, with another or a first one perhaps less.
  if (former.policy !== current.policy && current.policy !== undefined) {
    lost.push({
      what: 'session-policy',
      phrase: former.policy === undefined ? 'sessions without a session policy' : 'its former session policy',
    });
  }
  // Either way: policies can ask for the tags' values, and for their absence.
  if (former.disableSessionTags !== current.disableSessionTags) {
    lost.push({
      what: 'session-tags',
      phrase: `sessions ${former.disableSessionTags ? 'without' : 'with'} session tags`,
    });
  }
  return lost;
};

// With a target role the pods never hold the source role's own credentials; without one they do.
const targetPhrase = (former: AssociationState): string =>
  former.targetRoleArn === undefined
    ? `direct sessions of ${former.roleArn}`
    : `the target role ${former.targetRoleArn}`;

/**
 * The steps before and after one sight that took something away. Events come in any order: a creation that comes late finds the update
 * that had no "before" when it came. A step to a sight that no event told is left to that sight's own event.
 */
export const losingSteps = (row: AssociationRow, seen: Seen): LosingStep[] => {
  const at = placeOf(row, seen);
  const before = predecessor(row, at);
  const after = row.seen[at + 1];
  return [
    ...(before === undefined ? [] : [step(before, seen)]),
    ...(after?.event === undefined ? [] : [step(seen, after)]),
  ].filter(({ lost }) => lost.length > 0);
};

/** Whether anything is known from before that sight: without it, nobody can say what an update took away. */
export const hasPredecessor = (row: AssociationRow, seen: Seen): boolean =>
  predecessor(row, placeOf(row, seen)) !== undefined;

const placeOf = (row: AssociationRow, seen: Seen): number =>
  row.seen.findIndex((one) => one.revision === seen.revision && sameAccess(one.state, seen.state));

const step = (former: Seen, current: Seen): LosingStep => ({
  key: `${current.revision} ${accessKey(former.state)}`,
  former,
  current,
  lost: lostAccess(former.state, current.state),
});

/** An event may bear its own time, seconds after the `modifiedAt` under which a reading has already shown the same change. */
const SAME_CHANGE_MILLIS = 60_000;

const predecessor = ({ seen }: AssociationRow, at: number): Seen | undefined => {
  const current = seen[at];
  if (current === undefined) return undefined;
  return seen.slice(0, at).findLast((one) => !isReadingOf(one, current));
};

const isReadingOf = (one: Seen, current: Seen): boolean =>
  one.event === undefined &&
  Date.parse(current.revision) - Date.parse(one.revision) <= SAME_CHANGE_MILLIS &&
  sameAccess(one.state, current.state);

const ACCESS = ['roleArn', 'targetRoleArn', 'policy', 'disableSessionTags'] as const;
const sameAccess = (a: AssociationState, b: AssociationState): boolean => accessKey(a) === accessKey(b);

/** What of a state decides which sessions exist, as one text. */
const accessKey = (state: AssociationState): string => JSON.stringify(ACCESS.map((field) => state[field] ?? null));
