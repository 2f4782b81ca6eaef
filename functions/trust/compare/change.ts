/** Who gains and who loses between two trust policies, exactly, for one way of asking. */
import { parseConditions } from '../../policy/condition.ts';
import type { PolicyDocument } from '../../policy/index.ts';
import { and, not } from '../reach/expression.ts';
import type { Reach, TrustRequest } from '../reach/index.ts';
import { askingOf, policyFormula } from '../reach/policy-formula.ts';
import { reachOf } from '../reach/reach.ts';

export type Change<Member> = {
  /** Admitted after and not before: `must`, whatever the keys hold that nobody gave; `may`, for some of their values. */
  readonly gains: Reach<Member>;
  /** Admitted before and not after. */
  readonly loses: Reach<Member>;
};

/**
 * Both policies are asked with the same values of the keys that nobody gave: a condition that stands in both changes
 * nothing, and one organization put in the place of another is a gain for one and a loss for the other.
 * @throws ReachUndecided
 */
export const changeOf = <Member>(
  before: PolicyDocument,
  after: PolicyDocument,
  request: TrustRequest<Member>,
): Change<Member> => {
  const both = jointly(before, after);
  // Each asking has its own budget, and the same answers.
  const asking = () => askingOf(both, request);
  const was = policyFormula(before.version === both.version ? before : newest(before), request, asking());
  const is = policyFormula(after.version === both.version ? after : newest(after), request, asking());
  return {
    gains: reachOf(and(is, not(was)), request, asking()),
    loses: reachOf(and(was, not(is)), request, asking()),
  };
};

/** The statements of both policies as one, in the newer of their versions: names that one knows are known to the other. */
export const jointly = (a: PolicyDocument, b: PolicyDocument): PolicyDocument => {
  const [one, other] = a.version === b.version ? [a, b] : [newest(a), newest(b)];
  // In an order that doesn't hang on which of them came first: the witnesses do hang on it.
  const keyed = [...one.statements, ...other.statements].map((statement) => ({
    statement,
    key: JSON.stringify(statement.conditions),
  }));
  const statements = keyed.toSorted((x, y) => (x.key < y.key ? -1 : Number(x.key > y.key)));
  return { version: one.version, statements: statements.map(({ statement }) => statement) };
};

/** The same in version 2012-10-17: what was plain text before, and would be a variable there, is escaped. */
const newest = (policy: PolicyDocument): PolicyDocument => {
  if (policy.version === '2012-10-17') return policy;
  const statements = policy.statements.map((statement) => ({
    ...statement,
    conditions: statement.conditions.flatMap((condition) => {
      if (!condition.values.some((value) => value.includes('${'))) return [condition];
      const values = condition.values.map((value) => value.replaceAll('${', `\${$}{`));
      return parseConditions({ [condition.operator]: { [condition.key]: values } }, '$', true);
    }),
  }));
  return { ...policy, version: '2012-10-17', statements };
};
