/** What becomes of each statement of a policy, so that all of them together admit the wish and nobody else. */
import { showIdentity } from '../../identity.ts';
import { coverStatements } from '../author/index.ts';
import { replacementSize, sizeOf } from './change-size.ts';
import { isRight, leftOut, type Scope, type Stranger, strangerIn } from './scope.ts';
import { withoutPods } from './split.ts';
import type { TightenChange } from './tightened.ts';
import { type Aim, narrowed } from './ways.ts';
import { charactersOf, type Piece, pieceOf, writtenTrust } from './written.ts';

/** A statement of the old policy, and what stands in its place. */
export type Slot = {
  readonly old: Piece;
  readonly now: readonly Piece[];
  readonly kind: TightenChange['kind'];
  readonly because: string;
};

export type Plan = {
  readonly slots: readonly Slot[];
  /** In no statement's place. */
  readonly added: readonly Piece[];
};

/** A statement that lets a stranger in. */
export type Broad = { readonly piece: Piece; readonly stranger: Stranger };

/** @throws ReachUndecided */
export const broadOf = (scope: Scope): readonly Broad[] =>
  scope.policy.pieces.flatMap((piece) => {
    const stranger = strangerIn(scope, [piece], scope.policy.pieces);
    return stranger === undefined ? [] : [{ piece, stranger }];
  });

export const unchanged = ({ policy: { pieces }, tagged }: Scope): Plan => ({
  slots: pieces.map((old) => ({
    old,
    now: [old],
    kind: 'kept',
    because:
      tagged.letBy(old.read) === false ? 'It lets no pods get the role.' : 'It admits nobody who was not asked for.',
  })),
  added: [],
});

/**
 * The best plan that is right: by the smallest change, then by length; where that is longer than the quota, the
 * shortest. Undefined when none is right.
 */
export const planFor = (scope: Scope, broad: readonly Broad[], quota: number): Plan | undefined => {
  const best = (aim: Aim): Plan | undefined => {
    const plans = [...ordersOf(broad).map((order) => inOrder(scope, order, aim)), atOnce(scope, broad, aim)];
    const sized = plans.flatMap((plan) => {
      if (plan === undefined) return [];
      const sizes = [changeOf(plan), lengthOf(scope, plan)] as const;
      return [{ plan, fits: sizes[1] <= quota, order: aim === 'shortest' ? sizes.toReversed() : sizes }];
    });
    const sorted = sized.toSorted((a, b) => difference(a.order, b.order));
    return (sorted.find(({ fits }) => fits) ?? sorted[0])?.plan;
  };
  const smallest = best('smallest-change');
  return smallest === undefined || lengthOf(scope, smallest) <= quota ? smallest : best('shortest');
};

/** All statements of a plan, in their order. */
export const piecesOf = ({ slots, added }: Plan): readonly Piece[] => [...slots.flatMap(({ now }) => now), ...added];

export const lengthOf = ({ policy }: Scope, plan: Plan): number => charactersOf(writtenTrust(policy, piecesOf(plan)));

/** Who is narrowed first leaves to the others whom they admit too: it is tried forth and back where that costs little. */
const ordersOf = (broad: readonly Broad[]): ReadonlyArray<readonly Broad[]> =>
  broad.length > 1 && broad.length < 5 ? [broad, broad.toReversed()] : [broad];

/** One statement after the other, each for those who need it because no other admits them. */
const inOrder = (scope: Scope, broad: readonly Broad[], aim: Aim): Plan | undefined => {
  let slots = unchanged(scope).slots;
  for (const { piece, stranger } of broad) {
    const without = (fresh: readonly Piece[]) => slots.flatMap(({ old, now }) => (old === piece ? fresh : now));
    const needed = leftOut(scope, without([]));
    const way = narrowed(piece, needed, {
      policy: scope.policy.document,
      role: scope.role,
      sidsTaken: sidsOf(
        scope.policy.pieces,
        slots.flatMap(({ now }) => now),
      ),
      aim,
      isRight: (fresh) => isRight(scope, fresh, without(fresh)),
    });
    if (way === undefined) return undefined;
    const because = `${fault(stranger)} ${outcome(way.kind, needed.length)}`;
    slots = slots.map((slot) => (slot.old === piece ? { old: piece, now: way.pieces, kind: way.kind, because } : slot));
  }
  return withoutIdle(scope, { slots, added: [] });
};

/** All of them go, and statements of ours come; for the shortest policy, in the place of the narrow ones too. */
const atOnce = (scope: Scope, broad: readonly Broad[], aim: Aim): Plan | undefined => {
  if (broad.length < 2 && aim === 'smallest-change') return undefined;
  const { policy, tagged } = scope;
  const slots = unchanged(scope).slots.map((slot): Slot => {
    const stranger = broad.find(({ piece }) => piece === slot.old)?.stranger;
    const goes = stranger !== undefined || (aim === 'shortest' && tagged.letBy(slot.old.read) !== false);
    if (!goes) return slot;
    const rest = withoutPods(slot.old);
    const now = rest === undefined ? [] : [pieceOf(rest, policy.document)];
    const because = stranger ? fault(stranger) : 'It is narrow enough, but the policy would not fit beside it.';
    const kind = rest === undefined ? 'removed' : 'narrowed';
    return { old: slot.old, now, kind, because: `${because} New statements take its place.` };
  });
  const left = slots.flatMap(({ now }) => now);
  const cover = coverStatements(leftOut(scope, left), scope.role, { sidsTaken: sidsOf(policy.pieces) });
  const added = cover.statements.map((written) => pieceOf(written, policy.document));
  return isRight(scope, added, [...left, ...added]) ? withoutIdle(scope, { slots, added }) : undefined;
};

/** When nobody is left to get the role, what only lets pods pass tags goes too. */
const withoutIdle = ({ served }: Scope, plan: Plan): Plan => {
  if (served.length > 0) return plan;
  return {
    ...plan,
    slots: plan.slots.map((slot): Slot => {
      const isIdle = slot.kind === 'kept' && slot.old.read.effect === 'Allow' && isForPodsOnly(slot.old);
      return isIdle ? { ...slot, now: [], kind: 'removed', because: 'It is for pods only, and nobody is left.' } : slot;
    }),
  };
};

const isForPodsOnly = (piece: Piece): boolean => withoutPods(piece) === undefined;

const fault = ({ identity, hasTags }: Stranger): string =>
  hasTags
    ? `It also admitted ${showIdentity(identity)}.`
    : `It also admitted associations without session tags, such as that of ${showIdentity(identity)}.`;

const outcome = (kind: TightenChange['kind'], needed: number): string =>
  needed === 0
    ? 'Nobody who was asked for needs it.'
    : `${kind === 'replaced' ? 'What takes its place is' : 'Now it is'} for ${needed === 1 ? 'the one service account' : `the ${needed} service accounts`} that need${needed === 1 ? 's' : ''} it.`;

const sidsOf = (...lists: ReadonlyArray<readonly Piece[]>): ReadonlySet<string> =>
  new Set(lists.flat().flatMap(({ read: { sid } }) => (sid === undefined ? [] : [sid])));

const changeOf = ({ slots, added }: Plan): number =>
  [
    ...slots.map(({ old, now }) =>
      now.length === 1 && now[0] === old
        ? 0
        : replacementSize(
            old.written,
            now.map(({ written }) => written),
          ),
    ),
    ...added.map(({ written }) => sizeOf(written)),
  ].reduce((total, size) => total + size, 0);

const difference = (a: readonly number[], b: readonly number[]): number =>
  a.map((each, index) => each - (b[index] ?? 0)).find((each) => each !== 0) ?? 0;
