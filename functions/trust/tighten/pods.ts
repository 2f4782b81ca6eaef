/** What statements say to pods.eks, as formulas that can be held against each other. */
import { requestTag } from '../../abac/index.ts';
import { clusterArn, type WorkloadIdentity } from '../../identity.ts';
import { parseConditions } from '../../policy/condition.ts';
import type { PolicyDocument, Statement } from '../../policy/index.ts';
import { and, type Expression, not } from '../reach/expression.ts';
import { has, type PodIdentityFacts, podIdentity, setOf, witness } from '../reach/index.ts';
import { askingOf, isAbout, policyFormula, statementFormula } from '../reach/policy-formula.ts';
import { quantified } from '../reach/unknown-keys.ts';

/** Questions about one policy and one wish; all conditions are read alike, so that the formulas fit together. */
export type Pods = {
  /** Whom these statements admit together. */
  readonly admittedBy: (statements: readonly Statement[]) => Expression;
  /** Whom one statement lets assume the role, as far as it goes: an Allow for pods.eks about AssumeRole. Any other, nobody. */
  readonly letBy: (statement: Statement) => Expression;
  readonly wanted: Expression;
  /** Somebody of whom it can be true, for some values of the keys that nobody gave; or a proof that there is none. */
  readonly someone: (formula: Expression) => WorkloadIdentity | undefined;
  /** Those of whom it can be true. */
  readonly among: (identities: readonly WorkloadIdentity[], formula: Expression) => readonly WorkloadIdentity[];
};

/** @throws OtherUniverse for identities of another account, or with names that Kubernetes or EKS refuses. */
export const podsOf = (policy: PolicyDocument, facts: PodIdentityFacts, wish: readonly WorkloadIdentity[]): Pods => {
  const request = podIdentity(facts);
  const { universe } = request;
  const { version } = policy;
  const vocabulary = { version, statements: [...policy.statements, vocabularyOf(wish)] };
  // Each asking has its own budget.
  const asking = () => askingOf(vocabulary, request);
  const may = (formula: Expression): Expression => quantified(formula, asking()).may;
  return {
    admittedBy: (statements) => policyFormula({ version, statements }, request, asking()),
    letBy: (statement) =>
      statement.effect === 'Allow' &&
      isAbout(statement, 'sts:AssumeRole') &&
      statementFormula(statement, request, asking()),
    wanted: setOf(universe, wish).formula,
    someone: (formula) => witness({ universe, formula: may(formula) }),
    among: (identities, formula) => {
      const set = { universe, formula: may(formula) };
      return identities.filter((identity) => has(set, identity));
    },
  };
};

export const butNot = (formula: Expression, out: Expression): Expression => and(formula, not(out));

/** A statement that says nothing, but names the wish: variables are decided for names that some condition bears. */
const vocabularyOf = (wish: readonly WorkloadIdentity[]): Statement => {
  const names = {
    [requestTag('eks-cluster-arn')]: [...new Set(wish.map(clusterArn))],
    [requestTag('kubernetes-namespace')]: [...new Set(wish.map(({ namespace }) => namespace))],
    [requestTag('kubernetes-service-account')]: [...new Set(wish.map(({ serviceAccount }) => serviceAccount))],
  };
  const actions = { negated: false, patterns: [] };
  return { index: 0, effect: 'Allow', actions, conditions: parseConditions({ StringEquals: names }, '$', false) };
};
