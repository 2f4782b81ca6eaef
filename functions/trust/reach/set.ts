/** Sets of service accounts: formulas over a universe, with exact answers to what is in them. */

import { globMatchesText } from './automaton.ts';
import { gridOf, pointIn } from './cells.ts';
import { and, decided, type Expression, type Leaf, leaf, not, or } from './expression.ts';
import { isName } from './grammar.ts';
import type { Universe } from './request.ts';

/**
 * All members of a universe that a formula is true of. The algebra only builds formulas; `isEmpty`, `witness` and
 * `isSubset` decide them, and throw `ReachUndecided` where that would cost too much.
 */
export type MemberSet<Member> = { readonly universe: Universe<Member>; readonly formula: Expression };

/** The members of sets of one universe can't be compared with those of another: other account, other kind of request. */
export class OtherUniverse extends Error {
  override readonly name = 'OtherUniverse';
}

export const everyone = <Member>(universe: Universe<Member>): MemberSet<Member> => ({ universe, formula: true });

export const nobody = <Member>(universe: Universe<Member>): MemberSet<Member> => ({ universe, formula: false });

/**
 * The set of exactly these.
 * @throws OtherUniverse for a member of another account, or with a name that Kubernetes or EKS does not allow.
 */
export const setOf = <Member>(universe: Universe<Member>, members: Iterable<Member>): MemberSet<Member> => {
  const points = [...members].map((member) => namesIn(universe, member));
  return { universe, formula: pointsFormula(points, 0) };
};

/** @throws OtherUniverse */
export const union = <Member>(...sets: NonEmpty<MemberSet<Member>>): MemberSet<Member> => ({
  universe: common(sets),
  formula: or(...sets.map(({ formula }) => formula)),
});

/** @throws OtherUniverse */
export const intersection = <Member>(...sets: NonEmpty<MemberSet<Member>>): MemberSet<Member> => ({
  universe: common(sets),
  formula: and(...sets.map(({ formula }) => formula)),
});

/** What is in the first and not in the second. @throws OtherUniverse */
export const difference = <Member>(from: MemberSet<Member>, without: MemberSet<Member>): MemberSet<Member> => ({
  universe: common([from, without]),
  formula: and(from.formula, not(without.formula)),
});

/** A member, or a proof that there is none. @throws ReachUndecided */
export const witness = <Member>({ universe, formula }: MemberSet<Member>): Member | undefined => {
  if (formula === false) return undefined;
  const point = pointIn(gridOf(universe.dimensions, formula), formula);
  return point && universe.memberOf(point.map(({ member }) => member));
};

/** @throws ReachUndecided */
export const isEmpty = <Member>(set: MemberSet<Member>): boolean => witness(set) === undefined;

/** Whether everybody in the first is in the second. @throws ReachUndecided, OtherUniverse */
export const isSubset = <Member>(set: MemberSet<Member>, of: MemberSet<Member>): boolean =>
  isEmpty(difference(set, of));

/** @throws ReachUndecided, OtherUniverse */
export const isSame = <Member>(a: MemberSet<Member>, b: MemberSet<Member>): boolean => isSubset(a, b) && isSubset(b, a);

/** Whether the member is in the set. Linear in the patterns. @throws OtherUniverse */
export const has = <Member>({ universe, formula }: MemberSet<Member>, member: Member): boolean => {
  const names = namesIn(universe, member);
  return decided(formula, (end) => end.is === 'leaf' && isTrueOf(end, names)) === true;
};

/** Whether a leaf is true of these names. */
export const isTrueOf = ({ dimension, patterns }: Leaf, names: readonly string[]): boolean => {
  const name = names[dimension] ?? '';
  return patterns.some((pattern) =>
    pattern.is === 'literal' ? pattern.text === name : globMatchesText(pattern, name),
  );
};

type NonEmpty<T> = readonly [T, ...T[]];

const namesIn = <Member>(universe: Universe<Member>, member: Member): readonly string[] => {
  const names = universe.namesOf(member);
  if (universe.dimensions.every(({ grammar }, index) => isName(grammar, names[index] ?? ''))) return names;
  throw new OtherUniverse(`${JSON.stringify(member)} is not one of the ${universe.key}.`);
};

const common = <Member>([first, ...others]: NonEmpty<MemberSet<Member>>): Universe<Member> => {
  const other = others.find(({ universe }) => universe.key !== first.universe.key);
  if (other === undefined) return first.universe;
  throw new OtherUniverse(`The ${first.universe.key} can't be compared with the ${other.universe.key}.`);
};

/** The first names, and for each what goes with it; so that few leaves have to be looked at for any one name. */
const pointsFormula = (points: ReadonlyArray<readonly string[]>, dimension: number): Expression => {
  const byName = Map.groupBy(points, (names) => names[dimension] ?? '');
  if (points.every((names) => names.length === dimension + 1)) return leaf(dimension, [...byName.keys()].map(literal));
  return or(
    ...[...byName].map(([name, those]) => and(leaf(dimension, [literal(name)]), pointsFormula(those, dimension + 1))),
  );
};

const literal = (text: string): { readonly is: 'literal'; readonly text: string } => ({ is: 'literal', text });
