/** Whether a trust policy admits one identity: asked of the policy engine itself, so linear in the patterns. */
import { type ContextValue, evaluate, type PolicyDocument, type StatementRef } from '../../policy/index.ts';
import { decided } from './expression.ts';
import { askingOf, policyFormula } from './policy-formula.ts';
import { type KeySource, type TrustQuestion, type TrustRequest, valueAt } from './request.ts';
import { isTrueOf } from './set.ts';
import { ReachUndecided } from './undecided.ts';
import { type Quantified, quantified } from './unknown-keys.ts';

export type Admission = {
  readonly admitted: boolean | 'undecided';
  /** A sentence for a person: the statement that decides, or what is missing. */
  readonly because: string;
  /** The statement that decides: the Deny, or the Allow of the last action. */
  readonly decidedBy?: StatementRef;
  /** The condition keys, in lower case, that an `undecided` hangs on. */
  readonly hangsOn?: readonly string[];
};

/**
 * Whether this one is admitted. The names are not judged: a namespace that Kubernetes would refuse is asked for as it is.
 * Where the answer hangs on keys that nobody gave, it is undecided only when their values make a difference.
 * @example admits(trust, podIdentity({ account, partition }), identity).because
 */
export const admits = <Member>(policy: PolicyDocument, request: TrustRequest<Member>, member: Member): Admission => {
  const names = request.universe.namesOf(member);
  const plain = decide(policy, request, names);
  if (plain.admitted !== 'undecided') return plain;
  const { must, may } = forAllValues(policy, atPoint(request, names));
  const keys = plain.hangsOn?.join(', ');
  if (must === true) return { admitted: true, because: `allowed whatever ${keys} may be` };
  if (may === false) return { admitted: false, because: `not allowed whatever ${keys} may be` };
  return plain;
};

const decide = (policy: PolicyDocument, question: TrustQuestion, names: readonly string[]): Admission => {
  const principal = question.principalOf(names);
  const context = (key: string): ContextValue => valueAt(question.sourceOf(key), names);
  const hangsOn = new Set<string>();
  let last: Admission = { admitted: false, because: 'nothing is asked' };
  for (const action of question.actions) {
    const request = { action, resource: question.resource, principal, context };
    const decision = evaluate([{ name: 'the trust policy', document: policy }], request);
    const { because, decidedBy, unknownKeys = [] } = decision;
    last = {
      admitted: decision.effect === 'allow',
      because: `${action}: ${because}`,
      ...(decidedBy !== undefined && { decidedBy }),
    };
    if (decision.effect === 'undecided') for (const key of unknownKeys) hangsOn.add(key);
    else if (decision.effect !== 'allow') return last;
  }
  if (hangsOn.size === 0) return last;
  const keys = [...hangsOn].toSorted();
  return { admitted: 'undecided', because: `it hangs on ${keys.join(', ')}, which nobody gave`, hangsOn: keys };
};

/** The same question of one point: what follows from who asks is known. */
const atPoint = (question: TrustQuestion, names: readonly string[]): TrustQuestion => ({
  ...question,
  sourceOf: (key): KeySource => {
    const source = question.sourceOf(key);
    const values = valueAt(source, names);
    return values === 'unknown' ? source : { is: 'known', values };
  },
  principals: (statement) =>
    decided(question.principals(statement), (end) => (end.is === 'leaf' ? isTrueOf(end, names) : undefined)),
});

const forAllValues = (policy: PolicyDocument, question: TrustQuestion): Pick<Quantified, 'must' | 'may'> => {
  try {
    return quantified(policyFormula(policy, question), askingOf(policy, question));
  } catch (error) {
    if (error instanceof ReachUndecided) return { must: false, may: true };
    throw error;
  }
};
