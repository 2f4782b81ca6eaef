/** The executions that a grant's history tells of: when each began, and when it ended. Pure. */
import { type Grant, type ProvisionWork, type Transition, workName } from '../../grants/index.ts';

export type Work = {
  readonly work: ProvisionWork;
  /** By it CloudTrail and the tags of what is made tell whose they are. */
  readonly name: string;
  readonly at: string;
  /** Absent: it is under way. */
  readonly closedAt?: string;
  /** What it came to. */
  readonly came?: Transition['did'];
};

/** Oldest first. Whether an execution was begun is not told: only that the grant called for it. */
export const worksOf = (grant: Grant): readonly Work[] =>
  grant.history.flatMap((transition, place) => {
    const work = calledFor(grant, transition, place);
    if (work === undefined) return [];
    const end = grant.history.slice(place + 1).find((later) => ends(work, later));
    const ended = end && { closedAt: end.at, came: end.did };
    return [{ work, name: workName(work), at: transition.at, ...ended }];
  });

/** The execution that has made what is in force. An extension makes nothing. */
export const standingWork = (grant: Grant): Work | undefined =>
  grant.inForce === undefined || grant.state === 'revoking' ? undefined : worksOf(grant).findLast(isCarriedOut);

/** Those that may be at work now, or ended at an instant (ISO 8601) or later. */
export const worksSince = (grant: Grant, since: string): readonly Work[] =>
  worksOf(grant).filter((work) => isSince(work, since));

export const isSince = ({ closedAt }: Work, since: string): boolean =>
  closedAt === undefined || Date.parse(closedAt) >= Date.parse(since);

/** Those whose plans tell what is in force, and what the others do and undo. */
export const worksToRead = (grant: Grant, since: string): readonly Work[] => {
  const works = worksOf(grant);
  const standing = standingWork(grant)?.name;
  const read = works.flatMap((one, place) => {
    const earlier = works.slice(0, place);
    const some = one.name === standing ? [one] : [];
    return isSince(one, since) ? [...some, one, earlier.findLast(isCarriedOut), earlier.findLast(provisions)] : some;
  });
  return works.filter((one) => provisions(one) && read.some((each) => each?.name === one.name));
};

export const isCarriedOut = ({ came }: Work): boolean => came === 'activated';

const provisions = ({ work }: Work): boolean => work.do === 'provision';

const calledFor = (
  { id, history }: Grant,
  { from, to, did, version }: Transition,
  place: number,
): ProvisionWork | undefined => {
  if (to === 'revoking' && (from !== to || did === 'revocation-failed')) {
    const failures = history.slice(0, place + 1).filter((each) => each.did === 'revocation-failed').length;
    return { grantId: id, version, attempt: failures + 1, do: 'revoke' };
  }
  if (from === to || (to !== 'provisioning' && to !== 'changing/provisioning')) return undefined;
  return { grantId: id, version, attempt: 1, do: 'provision' };
};

const ends = (work: ProvisionWork, { did }: Transition): boolean => {
  if (did === 'revoked') return true;
  if (work.do === 'revoke') return did === 'revocation-failed';
  return did === 'activated' || did === 'failed';
};
