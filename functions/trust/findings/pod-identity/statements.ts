/** The statements of a policy that are about Pod Identity, and whom they admit: one by one, together, or against each other. */
import type { WorkloadIdentity } from '../../../identity.ts';
import type { Statement } from '../../../policy/index.ts';
import { compileGlob, symbolsOf } from '../../../policy/pattern.ts';
import { isEmpty, type MemberSet, PODS, podIdentity, type Reach, reach, type TrustRequest } from '../../reach/index.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import type { TrustFacts } from '../facts.ts';
import { roleFacts } from '../found.ts';

export const ASSUME_ROLE = 'sts:AssumeRole';
export const TAG_SESSION = 'sts:TagSession';

export type Tags = 'tags' | 'no-tags';

/** An association can have session tags disabled, and then its request has no tags and needs no TagSession. */
export const BOTH_WAYS: readonly Tags[] = ['tags', 'no-tags'];

/** What EKS asks for, for the judged role. */
export const requestOf = (facts: TrustFacts, tags: Tags): TrustRequest<WorkloadIdentity> =>
  podIdentity({ ...roleFacts(facts), tagsDisabled: tags === 'no-tags' });

/** Whether the statement names EKS as its principal, alone or beside others. `*` is another matter: AnyPrincipal. */
export const namesPods = ({ principal }: Statement): boolean =>
  principal !== undefined && !principal.negated && principal.services.has(PODS);

/** Whether it is about nobody else, so that it says nothing but what Pod Identity makes of it. */
export const isOnlyForPods = (statement: Statement): boolean => {
  const { principal } = statement;
  return namesPods(statement) && principal?.services.size === 1 && peopleIn(principal) === 0;
};

const peopleIn = ({ aws, accounts, federated, canonicalUsers }: NonNullable<Statement['principal']>): number =>
  aws.size + accounts.size + federated.size + canonicalUsers.size;

/** The Allow statements about this action that name EKS. */
export const allowing = ({ policy }: TrustFacts, action: string): readonly Statement[] =>
  policy.statements.filter(
    (statement) => statement.effect === 'Allow' && namesPods(statement) && isAbout(statement, action),
  );

/** All statements of this effect about an action, whoever they name. */
export const about = ({ policy }: TrustFacts, effect: Statement['effect'], action: string): readonly Statement[] =>
  policy.statements.filter((statement) => statement.effect === effect && isAbout(statement, action));

/** Those whom each group would admit, or may admit, if it were the policy's only statements, whatever their actions. */
export const admittedByAll = (
  facts: TrustFacts,
  tags: Tags,
  groups: ReadonlyArray<readonly Statement[]>,
): MemberSet<WorkloadIdentity> => reachByAll(facts, tags, groups).may;

const reachByAll = (
  facts: TrustFacts,
  tags: Tags,
  groups: ReadonlyArray<readonly Statement[]>,
): Reach<WorkloadIdentity> => {
  // An action of its own for each group: reach asks for all of them at once, and so knows what they have in common.
  const actions = groups.map((_, index) => `podid:Group${index}`);
  const statements = groups.flatMap((group, index) => group.map((each) => withAction(each, actions[index] ?? '')));
  return reach({ version: facts.policy.version, statements }, { ...requestOf(facts, tags), actions });
};

/** Those who get the role by this statement: with tags, some statement must allow TagSession as well. */
export const admittedBy = (facts: TrustFacts, tags: Tags, statement: Statement): Reach<WorkloadIdentity> =>
  reachByAll(facts, tags, [
    [statement, ...about(facts, 'Deny', ASSUME_ROLE)],
    ...(tags === 'tags' ? [[...about(facts, 'Allow', TAG_SESSION), ...about(facts, 'Deny', TAG_SESSION)]] : []),
  ]);

/** Whether nobody at all meets the statement's conditions, with session tags or without. */
export const isNeverMet = (facts: TrustFacts, statement: Statement): boolean =>
  BOTH_WAYS.every((tags) => isEmpty(admittedByAll(facts, tags, [[as('Allow', statement)]])));

/** The statement with the other effect or its own: what it is about, as something to allow or to leave out. */
export const as = (effect: Statement['effect'], statement: Statement): Statement => ({ ...statement, effect });

const withAction = (statement: Statement, action: string): Statement => ({
  ...statement,
  actions: {
    negated: false,
    patterns: [{ source: action, glob: compileGlob(symbolsOf(action.toLowerCase(), false)) }],
  },
});
