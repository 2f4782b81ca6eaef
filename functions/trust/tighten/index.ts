/** An existing trust policy, narrowed to the service accounts that are asked for by the smallest change. */
import { identityKey, type WorkloadIdentity } from '../../identity.ts';
import { author, DoesNotFit, NotExact } from '../author/index.ts';
import { NothingLeft, NotProvable } from './errors.ts';
import { broadOf, type Plan, piecesOf, planFor, unchanged } from './plan.ts';
import { prove } from './prove.ts';
import { type Scope, scopeOf } from './scope.ts';
import type { TightenChange, Tightened } from './tightened.ts';
import { charactersOf, readWritten, writtenTrust } from './written.ts';

export { NothingLeft, NotProvable } from './errors.ts';
export type { TightenChange, Tightened } from './tightened.ts';

export type TightenedRole = {
  readonly account: string;
  readonly partition: string;
  readonly roleArn?: string;
  /** "Role trust policy length"; when absent 2,048 characters, or those that the present policy has already. */
  readonly quota?: number;
};

/**
 * Narrows a policy (text, URL-encoded text, or object) to these service accounts, which come with session tags: the
 * result admits those of them that the policy admits now, for the same values of keys that nobody gave, and no other
 * pods, with session tags or without. Never widens. Whoever is not pods.eks keeps what he has.
 *
 * Statements that are narrow enough stay; each other one is narrowed in place where one box of names will do it, split
 * where it also speaks of others, and else replaced by statements of the author's form. Of all ways that are right the
 * one with the smallest `changeSize` is taken, then the shortest. Nothing changes the second time.
 * @throws PolicyMalformed, OtherUniverse (names of another account), NothingLeft, NotProvable, DoesNotFit, ReachUndecided
 * @example tighten(role.AssumeRolePolicyDocument, associated, { account: '111122223333', partition: 'aws' }).text
 */
export const tighten = (
  existing: unknown,
  identities: readonly WorkloadIdentity[],
  { quota: given, ...role }: TightenedRole,
): Tightened => {
  const policy = readWritten(existing);
  const wish = [...new Map(identities.map((each) => [identityKey(each), each])).values()];
  const scope = scopeOf(policy, role, wish);
  // A policy that IAM stores fits its quota, whatever that is.
  const quota = given ?? Math.max(DEFAULT_QUOTA, charactersOf(writtenTrust(policy, policy.pieces)));
  const broad = broadOf(scope);
  const plan = broad.length === 0 ? unchanged(scope) : planFor(scope, broad, quota);
  if (plan === undefined) throw tooLong(scope, quota) ?? new NotProvable(NO_WAY);
  const document = writtenTrust(policy, piecesOf(plan));
  if (document.Statement.length === 0) throw new NothingLeft(NOTHING);
  const characters = charactersOf(document);
  const text = JSON.stringify(document);
  if (broad.length > 0) {
    if (characters > quota) throw tooLong(scope, quota) ?? new DoesNotFit(characters, quota, undefined);
    prove(scope, text);
  }
  return {
    document,
    text,
    characters,
    quota,
    changes: changesOf(plan),
    notAdmitted: scope.notAdmitted,
    admits: scope.admitted,
    changed: broad.length > 0,
  };
};

/** IAM's default quota, in characters. */
const DEFAULT_QUOTA = 2_048;

const NO_WAY = 'No way was found to narrow the policy that is proven to admit exactly those who were asked for.';
const NOTHING =
  'The policy admits none of those who were asked for, and nothing else would be left of it: a policy must have a statement.';

const changesOf = ({ slots, added }: Plan): readonly TightenChange[] => {
  const kept = slots.flatMap(({ now }) => now).length;
  return [
    ...slots.map(({ old, now, kind, because }) => ({
      kind,
      index: old.read.index,
      ...(old.read.sid !== undefined && { sid: old.read.sid }),
      before: old.written,
      ...(now.length > 0 && { after: now.map(({ written }) => written) }),
      because,
    })),
    ...added.map(({ written, read: { sid } }, index) => ({
      kind: 'added' as const,
      index: kept + index,
      ...(sid !== undefined && { sid }),
      after: [written],
      because: 'It is for those who were asked for and got the role by statements that are gone.',
    })),
  ];
};

/** The author's answer, with a proposal for a split, when not even a policy of his own fits beside what must stay. */
const tooLong = ({ policy, role, served, tagged }: Scope, quota: number): DoesNotFit | undefined => {
  if (served.length === 0) return undefined;
  const foreign = policy.pieces.filter(({ read }) => tagged.letBy(read) === false);
  try {
    author({ identities: served, role, quota, ...(foreign.length > 0 && { into: writtenTrust(policy, foreign) }) });
  } catch (error) {
    if (error instanceof DoesNotFit) return error;
    // That the author can't be exact beside these statements says nothing about their length.
    if (!(error instanceof NotExact)) throw error;
  }
  return undefined;
};
