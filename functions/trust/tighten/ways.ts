/** The ways to narrow one statement to the identities that need it, and the best of those that are right. */
import type { WorkloadIdentity } from '../../identity.ts';
import type { PolicyDocument } from '../../policy/index.ts';
import { coverStatements, type WrittenTrustStatement } from '../author/index.ts';
import { replacementSize, sizeOf } from './change-size.ts';
import {
  adding,
  blocksOf,
  conditionsOf,
  type Narrowing,
  otherBlocksOf,
  PARTS,
  type Part,
  replacing,
  withConditions,
} from './conditions.ts';
import { podsAlone, withoutPods } from './split.ts';
import { MAX_TRUST, type Piece, pieceOf } from './written.ts';

/** What stands in a statement's place. */
export type Way = { readonly kind: 'narrowed' | 'removed' | 'replaced'; readonly pieces: readonly Piece[] };

/** By which ways are chosen: the smallest change, or, where that doesn't fit, the shortest policy. */
export type Aim = 'smallest-change' | 'shortest';

export type Narrow = {
  readonly policy: PolicyDocument;
  readonly role: { readonly account: string; readonly partition: string };
  readonly sidsTaken: ReadonlySet<string>;
  readonly aim: Aim;
  /** Whether the policy is right with these statements in the place of the old one. */
  readonly isRight: (pieces: readonly Piece[]) => boolean;
};

/** The best way to leave a statement to these identities only; undefined when none is right. */
export const narrowed = (piece: Piece, needed: readonly WorkloadIdentity[], narrow: Narrow): Way | undefined => {
  const rest = withoutPods(piece);
  const subject = rest === undefined ? piece.written : podsAlone(piece);
  const besides = rest === undefined ? [] : [rest];
  const isRight: IsRight = (statements) =>
    sizeOf(statements) <= MAX_TRUST &&
    narrow.isRight([...besides, ...statements].map((written) => pieceOf(written, narrow.policy)));
  const ways =
    needed.length === 0
      ? [[]]
      : [...narrowings(piece, subject, needed, isRight), ...covers(subject, needed, narrow, isRight)];
  const sized = ways.map((statements) => {
    const all = [...besides, ...statements];
    const sizes = [replacementSize(piece.written, all), sizeOf(all)];
    return { statements, order: narrow.aim === 'shortest' ? sizes.toReversed() : sizes };
  });
  const best = sized.toSorted((a, b) => difference(a.order, b.order)).find(({ statements }) => isRight(statements));
  if (best === undefined) return undefined;
  const pieces = [...besides, ...best.statements].map((written) => pieceOf(written, narrow.policy));
  const [first, second] = pieces;
  const isSame = first?.read.sid === piece.read.sid && second === undefined;
  return { kind: first === undefined ? 'removed' : isSame ? 'narrowed' : 'replaced', pieces };
};

/** Whether the policy is right with these statements for pods in the place of the old one's. */
type IsRight = (statements: readonly WrittenTrustStatement[]) => boolean;

/** Every way to narrow it by one box: of the parts, only those are said that have to be. */
const narrowings = (
  piece: Piece,
  subject: WrittenTrustStatement,
  needed: readonly WorkloadIdentity[],
  isRight: IsRight,
): ReadonlyArray<readonly WrittenTrustStatement[]> => {
  const isEnough = (parts: readonly Part[]) => isRight([chained(parts.map((part) => adding(part, needed)))(subject)]);
  // The whole box first: when even that lets strangers in, no part of it can do.
  if (!isEnough(PARTS)) return [];
  const enough: Array<readonly Part[]> = [];
  for (const parts of SOME_PARTS) {
    if (!enough.some((fewer) => fewer.every((part) => parts.includes(part))) && isEnough(parts)) enough.push(parts);
  }
  return enough.flatMap((parts) =>
    parts
      .map((part) => [adding(part, needed), ...replacing(part, needed, piece)])
      .reduce<ReadonlyArray<readonly Narrowing[]>>(
        (made, choices) => made.flatMap((so) => choices.map((each) => [...so, each])),
        [[]],
      )
      .map((narrowings) => [chained(narrowings)(subject)]),
  );
};

/**
 * The author's statements in its place, or, where that is not right, the statement itself once for each of their boxes:
 * with the conditions that it has besides, or with all of them.
 */
const covers = (
  subject: WrittenTrustStatement,
  needed: readonly WorkloadIdentity[],
  { role, sidsTaken }: Narrow,
  isRight: IsRight,
): ReadonlyArray<readonly WrittenTrustStatement[]> => {
  const { statements } = coverStatements(needed, role, { sidsTaken });
  const [only, second] = statements;
  const inPlace = only !== undefined && second === undefined ? [[withConditions(subject, conditionsOf(only))]] : [];
  // Without its Sid, which only one of them could keep.
  const { Sid, ...unnamed } = subject;
  const copies = (Condition: ReturnType<typeof blocksOf>) =>
    statements.map((ours) => withConditions({ ...unnamed, Condition }, conditionsOf(ours)));
  const others = otherBlocksOf(subject);
  const replaced = [
    ...(Object.keys(others).length === 0 ? [statements] : []),
    copies(others),
    copies(blocksOf(subject)),
  ];
  const right = replaced.find(isRight);
  return right === undefined ? inPlace : [...inPlace, right];
};

const chained =
  (narrowings: readonly Narrowing[]): Narrowing =>
  (statement) =>
    narrowings.reduce((so, narrowing) => narrowing(so), statement);

/** One part, two, all three. */
const SOME_PARTS: ReadonlyArray<readonly Part[]> = [1, 2, 3].flatMap((count) =>
  [0, 1, 2, 3, 4, 5, 6, 7]
    .map((bits) => PARTS.filter((_, index) => (bits >> index) % 2 === 1))
    .filter(({ length }) => length === count),
);

const difference = (a: readonly number[], b: readonly number[]): number =>
  a.map((each, index) => each - (b[index] ?? 0)).find((each) => each !== 0) ?? 0;
