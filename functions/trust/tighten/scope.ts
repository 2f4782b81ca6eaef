/** The questions of one tightening: what the present policy says, who was asked for, and whether other statements are right. */
import type { WorkloadIdentity } from '../../identity.ts';
import { and, type Expression, or } from '../reach/expression.ts';
import { admits, podIdentity, type RoleFacts } from '../reach/index.ts';
import { butNot, type Pods, podsOf } from './pods.ts';
import type { Piece, WrittenPolicy } from './written.ts';

export type Scope = {
  readonly policy: WrittenPolicy;
  readonly role: RoleFacts;
  /** Whom the present policy admits, of those who were asked for. */
  readonly admitted: readonly WorkloadIdentity[];
  readonly notAdmitted: readonly WorkloadIdentity[];
  /** Those that are provided for: besides the admitted, whom reach, but not `admits`, must leave undecided. */
  readonly served: readonly WorkloadIdentity[];
  /** Pods of associations with session tags, and of those without. */
  readonly tagged: Pods;
  readonly tagless: Pods;
  /** Whom the present policy admits, with session tags. */
  readonly before: Expression;
};

/** Somebody whom a statement lets in and must not. */
export type Stranger = { readonly identity: WorkloadIdentity; readonly hasTags: boolean };

/** @throws OtherUniverse for identities of another account, or with names that Kubernetes or EKS refuses. */
export const scopeOf = (policy: WrittenPolicy, role: RoleFacts, wish: readonly WorkloadIdentity[]): Scope => {
  const { document } = policy;
  const tagged = podsOf(document, role, wish);
  const request = podIdentity(role);
  const isAdmitted = (identity: WorkloadIdentity): boolean => admits(document, request, identity).admitted !== false;
  const before = tagged.admittedBy(document.statements);
  return {
    policy,
    role,
    admitted: wish.filter(isAdmitted),
    notAdmitted: wish.filter((identity) => !isAdmitted(identity)),
    tagged,
    tagless: podsOf(document, { ...role, tagsDisabled: true }, wish),
    served: tagged.among(wish, before),
    before,
  };
};

/**
 * Somebody who gets the role through these statements, as some of all these, and wasn't asked for. Whoever has no session
 * tags is a stranger: without them nobody can tell one service account of a cluster from another.
 * @throws ReachUndecided
 */
export const strangerIn = (
  { tagged, tagless }: Scope,
  some: readonly Piece[],
  all: readonly Piece[],
): Stranger | undefined => {
  const through = (pods: Pods): Expression =>
    and(or(...some.map(({ read }) => pods.letBy(read))), pods.admittedBy(all.map(({ read }) => read)));
  const identity = tagged.someone(butNot(through(tagged), tagged.wanted));
  if (identity !== undefined) return { identity, hasTags: true };
  const untagged = tagless.someone(through(tagless));
  return untagged && { identity: untagged, hasTags: false };
};

/** Whether these statements admit nobody new, leave nobody out who was asked for, and the fresh ones among them let no stranger in. */
export const isRight = (scope: Scope, fresh: readonly Piece[], all: readonly Piece[]): boolean => {
  const { tagged, before } = scope;
  const now = tagged.admittedBy(all.map(({ read }) => read));
  return (
    strangerIn(scope, fresh, all) === undefined &&
    tagged.someone(butNot(and(before, tagged.wanted), now)) === undefined &&
    tagged.someone(butNot(now, before)) === undefined
  );
};

/** Those who were asked for and would not get the role by these statements, or not for all values of the keys that nobody gave. */
export const leftOut = ({ tagged, before, served }: Scope, statements: readonly Piece[]): readonly WorkloadIdentity[] =>
  tagged.among(served, butNot(before, tagged.admittedBy(statements.map(({ read }) => read))));
