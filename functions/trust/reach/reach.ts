/** Who can get a role by its trust policy: the exact set, for each way of asking. */
import type { PolicyDocument } from '../../policy/index.ts';
import type { Asking } from './condition.ts';
import type { Expression } from './expression.ts';
import { askingOf, policyFormula } from './policy-formula.ts';
import type { TrustRequest } from './request.ts';
import { difference, isEmpty, type MemberSet } from './set.ts';
import { quantified } from './unknown-keys.ts';

/** Where nothing hangs on what nobody gave, both sets are the same and `hangsOn` is empty. */
export type Reach<Member> = {
  /** Admitted, whatever the keys hold that nobody gave. */
  readonly must: MemberSet<Member>;
  /** Admitted for some values of those keys. */
  readonly may: MemberSet<Member>;
  /** The condition keys, in lower case, on which the difference hangs. */
  readonly hangsOn: readonly string[];
};

/**
 * Everybody whom the trust policy admits, among those who can make this kind of request: `podIdentity(facts)`,
 * `irsa(facts)` or `chaining(facts)`.
 * @throws ReachUndecided with the bound that was passed.
 * @example witness(difference(reach(trust, podIdentity({ account, partition })).may, granted))
 */
export const reach = <Member>(policy: PolicyDocument, request: TrustRequest<Member>): Reach<Member> =>
  reachOf(policyFormula(policy, request), request, askingOf(policy, request));

/**
 * Everybody of whom a formula is true that was made with this asking.
 * @throws ReachUndecided
 */
export const reachOf = <Member>(
  formula: Expression,
  { universe }: TrustRequest<Member>,
  asking: Asking,
): Reach<Member> => {
  const { must, may, keys } = quantified(formula, asking);
  const sets = { must: { universe, formula: must }, may: { universe, formula: may } };
  const decided = keys.length === 0 || isEmpty(difference(sets.may, sets.must));
  return decided ? { ...sets, may: sets.must, hangsOn: [] } : { ...sets, hangsOn: keys };
};
