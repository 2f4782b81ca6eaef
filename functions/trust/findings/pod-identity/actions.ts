/** Rules about the two actions that EKS needs, and one that doesn't belong here. */
import { showIdentity, type WorkloadIdentity } from '../../../identity.ts';
import type { Statement } from '../../../policy/index.ts';
import { isEmpty, type MemberSet, witness } from '../../reach/index.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import type { TrustFacts } from '../facts.ts';
import { inStatements, list, rewrite, show } from '../found.ts';
import { found } from '../reasons.ts';
import type { Rule, TrustFinding } from '../rule.ts';
import { ASSUME_ROLE, about, admittedByAll, namesPods, TAG_SESSION } from './statements.ts';
import { holds, ownAssociations } from './strangers.ts';

/**
 * Whom a statement allows one of the two actions, but no statement the other. The second may stand in another statement,
 * and it need not be for everybody: what they have in common gets in.
 */
export const actionMissing: Rule = (facts) => inStatements(facts, (statement) => judge(facts, statement));

/** Named as an action of the trust; also by `eks-auth:*`. The field's issue threads have it. */
export const eksAuthAction: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const actions = eksAuthActions(statement);
    if (actions.length === 0) return undefined;
    return found('EksAuthActionInTrust', {
      statement,
      sentence: `${show(statement)} names ${list(actions)}, which is no action of a trust policy: EKS asks for ${ASSUME_ROLE} and ${TAG_SESSION}.`,
      witness: actions[0],
      remedy: `Put ${ASSUME_ROLE} and ${TAG_SESSION} in its place: ${rewrite(facts)}.`,
    });
  });

/** Whether `actionMissing` says why this identity, with session tags, gets nothing. */
export const lacksAction = (facts: TrustFacts, identity: WorkloadIdentity): boolean =>
  facts.policy.statements.some((statement) => {
    const half = halfOf(facts, statement);
    return half !== undefined && holds(half.admitted, identity);
  });

type Half = { readonly missing: string; readonly admitted: MemberSet<WorkloadIdentity> };

/** What the statement lacks, and for whom, if anybody: it allows only one of the actions, and nobody whom it admits has the other. */
const halfOf = (facts: TrustFacts, statement: Statement): Half | undefined => {
  if (statement.effect !== 'Allow' || !namesPods(statement)) return undefined;
  const missing = isAbout(statement, ASSUME_ROLE) ? TAG_SESSION : ASSUME_ROLE;
  if (isAbout(statement, missing) || !isAbout(statement, missing === TAG_SESSION ? ASSUME_ROLE : TAG_SESSION)) {
    return undefined;
  }
  const admitted = admittedByAll(facts, 'tags', [[statement]]);
  const both = admittedByAll(facts, 'tags', [[statement], about(facts, 'Allow', missing)]);
  return isEmpty(both) ? { missing, admitted } : undefined;
};

const judge = (facts: TrustFacts, statement: Statement): TrustFinding | undefined => {
  const half = halfOf(facts, statement);
  // There, the wrong action stands where AssumeRole should.
  if (half === undefined || (half.missing === ASSUME_ROLE && eksAuthActions(statement).length > 0)) return undefined;
  const { missing, admitted } = half;
  const uses = ownAssociations(facts) ?? [];
  const tagged = uses.filter(({ tagsDisabled }) => !tagsDisabled).map(({ identity }) => identity);
  const needless = missing === TAG_SESSION && uses.length > 0 && tagged.length === 0;
  const victim = tagged.find((identity) => holds(admitted, identity)) ?? witness(admitted);
  if (victim === undefined) return undefined;
  const who = showIdentity(victim);
  return found(missing === TAG_SESSION ? 'TagSessionMissing' : 'AssumeRoleMissing', {
    statement,
    ...(needless && { severity: 'warning' }),
    sentence: needless
      ? `${show(statement)} allows ${ASSUME_ROLE} and nothing allows ${missing}: an association gets no credentials once its session tags are switched on.`
      : `${show(statement)} allows ${missing === TAG_SESSION ? ASSUME_ROLE : TAG_SESSION} and nothing allows ${missing}: ${who}, for one, gets no credentials.`,
    witness: who,
    remedy: `Add ${missing} to the statement's actions: ${rewrite(facts)}.`,
  });
};

const eksAuthActions = ({ actions }: Statement): readonly string[] =>
  actions.patterns.map(({ source }) => source).filter((source) => source.toLowerCase().startsWith('eks-auth:'));
