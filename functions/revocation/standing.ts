/** What an identity holds now, against what it held before: the first question of every plan. Pure. */
import type { AssociationState } from '../association.ts';
import type { Revocation } from '../revocation.ts';
import type { Associations, Question, StandingKind } from './contract.ts';

export type Standing =
  /** No association; `cluster-gone` also no cluster. */
  | { readonly kind: 'gone' | 'cluster-gone' }
  | { readonly kind: 'unreadable'; readonly because: string }
  /** The API still answers what was before the event: it is eventually consistent. To be read again. */
  | { readonly kind: 'unsettled' }
  /** It goes on answering that: the event was wrong. */
  | { readonly kind: 'unchanged'; readonly association: AssociationState }
  /** The same access was given back within the settle window. */
  | { readonly kind: 'same-again'; readonly association: AssociationState }
  /** An association that gives something else, or the same too late: only sessions from before `heldSince` are wrong. */
  | { readonly kind: 'held'; readonly association: AssociationState; readonly heldSince: string };

/** How long EKS may go on answering the past, at most: people see 5 to 10 s (fact sheet, "The API"). */
export const STALE_SECONDS = 10;

/** Compares what the event took away with what the API answers now. */
export const judgeStanding = (
  revocation: Revocation,
  associations: Associations,
  settleSeconds: number,
  now: Date,
): Standing => {
  if ('error' in associations) return { kind: 'unreadable', because: associations.error.Error };
  if (associations.cluster === 'gone') return { kind: 'cluster-gone' };
  const { association } = associations;
  const isEarly = secondsSince(revocation, now) < Math.max(settleSeconds, STALE_SECONDS);
  if (association === undefined) {
    return isEarly && revocation.cause === 'association-created' ? { kind: 'unsettled' } : { kind: 'gone' };
  }
  const { former } = revocation;
  if (isFromBefore(association, revocation))
    return isEarly ? { kind: 'unsettled' } : { kind: 'unchanged', association };
  const heldSince = heldSinceOf(association, revocation);
  // Since an unknown time is not within the window: only sessions from before the event are wrong then.
  const inWindow = heldSince !== undefined && secondsBetween(revocation.since, heldSince) <= settleSeconds;
  return former !== undefined && inWindow && sameAccess(association, former)
    ? { kind: 'same-again', association }
    : { kind: 'held', association, heldSince: heldSince ?? revocation.since };
};

/** Whether two states of an association give the same sessions. */
export const sameAccess = (a: AssociationState, b: AssociationState): boolean =>
  a.roleArn === b.roleArn &&
  a.targetRoleArn === b.targetRoleArn &&
  a.disableSessionTags === b.disableSessionTags &&
  a.policy === b.policy;

/** The roles that an association names. */
export const rolesOf = (association: AssociationState | undefined): string[] =>
  association === undefined
    ? []
    : [association.roleArn, ...(association.targetRoleArn === undefined ? [] : [association.targetRoleArn])];

/** Which pods have credentials from before. Where nobody knows what the identity holds, only older pods: that can't hurt new ones. */
export const questionOf = (standing: Standing, { since }: Revocation): Question => {
  if (standing.kind === 'gone' || standing.kind === 'cluster-gone') return { since, associated: false };
  const heldSince = standing.kind === 'held' ? standing.heldSince : since;
  return { since: Date.parse(heldSince) > Date.parse(since) ? heldSince : since, associated: true };
};

/** Seconds from the event to `now`; negative where clocks differ. */
export const secondsSince = ({ since }: Revocation, now: Date): number => (now.getTime() - Date.parse(since)) / 1000;

/** Standings in which nothing has to be revoked. */
export const isNotNeeded = (kind: StandingKind | undefined): boolean => kind === 'same-again' || kind === 'unchanged';

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

// A deleted association's id is never used again; an updated one that has its old access bears a newer time when it was given back.
const isFromBefore = (association: AssociationState, { cause, former, since }: Revocation): boolean => {
  if (former?.associationId !== association.associationId) return false;
  if (cause === 'association-deleted') return true;
  if (cause === 'association-created') return false;
  const modified = association.modifiedAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(association.modifiedAt);
  return sameAccess(association, former) && modified < Date.parse(since);
};

const heldSinceOf = (association: AssociationState, { former, cause }: Revocation): string | undefined => {
  const updated = former?.associationId === association.associationId || cause === 'association-updated';
  return updated ? association.modifiedAt : association.createdAt;
};
