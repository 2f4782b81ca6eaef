/** Rules about statements that change nothing: covered by others, with nobody to deny, or denied altogether. */
import type { Statement } from '../../../policy/index.ts';
import { isEmpty } from '../../reach/index.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import type { TrustFacts } from '../facts.ts';
import { inStatements, list, nameInside, rewrite, show } from '../found.ts';
import { found } from '../reasons.ts';
import type { Rule } from '../rule.ts';
import {
  ASSUME_ROLE,
  about,
  admittedBy,
  admittedByAll,
  allowing,
  as,
  BOTH_WAYS,
  isNeverMet,
  isOnlyForPods,
  namesPods,
  TAG_SESSION,
  type Tags,
} from './statements.ts';

/**
 * Statements about Pod Identity alone that could be removed, all of them at once: of two that say the same only the
 * later one. A statement whose conditions never hold is told by ConditionNeverMatches.
 */
export const deadStatement: Rule = (facts) => {
  const dead = new Set<Statement>();
  for (const statement of facts.policy.statements.toReversed()) {
    const judged = isOnlyForPods(statement) && waysOf(statement).length > 0 && !isNeverMet(facts, statement);
    if (judged && isDead(facts, statement, dead)) dead.add(statement);
  }
  return inStatements(facts, (statement) =>
    dead.has(statement)
      ? found('DeadStatement', {
          statement,
          sentence:
            statement.effect === 'Allow'
              ? `${show(statement)} can be removed: ${covering(facts, statement, dead)} all that it allows.`
              : `${show(statement)} can be removed: it denies nobody whom the policy admits without it.`,
          remedy: `Remove it: ${rewrite(facts)}.`,
        })
      : undefined,
  );
};

/** Every Deny counts, together: nobody gets in by the statement, and somebody would without them. */
export const shadowedByDeny: Rule = (facts) => {
  const { policy } = facts;
  const denies = policy.statements.filter(({ effect }) => effect === 'Deny');
  if (denies.length === 0) return [];
  const without = {
    ...facts,
    policy: { ...policy, statements: policy.statements.filter(({ effect }) => effect === 'Allow') },
  };
  return inStatements(facts, (statement) => {
    if (statement.effect !== 'Allow' || !namesPods(statement) || !isAbout(statement, ASSUME_ROLE)) return undefined;
    const isShut = (given: TrustFacts): boolean =>
      BOTH_WAYS.every((tags) => isEmpty(admittedBy(given, tags, statement).may));
    if (!isShut(facts) || isShut(without)) return undefined;
    const by = denies.filter((deny) =>
      isShut({ ...facts, policy: { ...policy, statements: [...without.policy.statements, deny] } }),
    );
    const names = (by.length > 0 ? by : denies).map(({ sid, index }) => sid || String(index));
    return found('ShadowedByDeny', {
      statement,
      sentence: `${show(statement)} lets nobody in: the Deny of ${list(names)} keeps out all whom it allows.`,
      witness: names[0],
      remedy: `Remove the statement, or narrow the Deny: ${rewrite(facts)}.`,
    });
  });
};

/** In which ways, and for which action, a statement can matter. */
const waysOf = (statement: Statement): ReadonlyArray<readonly [Tags, string]> => [
  ...(isAbout(statement, ASSUME_ROLE) ? BOTH_WAYS.map((tags) => [tags, ASSUME_ROLE] as const) : []),
  ...(isAbout(statement, TAG_SESSION) ? [['tags', TAG_SESSION] as const] : []),
];

const isDead = (facts: TrustFacts, statement: Statement, dead: ReadonlySet<Statement>): boolean =>
  waysOf(statement).every(([tags, action]) => {
    const others = (statements: readonly Statement[]): readonly Statement[] =>
      statements.filter((each) => each !== statement && !dead.has(each));
    if (statement.effect === 'Allow') return isCovered(facts, tags, statement, others(allowing(facts, action)));
    // Those who would get in, were it not for this Deny.
    const [allows, denies] = [about(facts, 'Allow', action), others(about(facts, 'Deny', action))];
    return isEmpty(admittedByAll(facts, tags, [[...allows, ...denies], [as('Allow', statement)]]));
  });

/** Whether the others admit everybody whom the statement admits, whatever the keys hold that nobody gave. */
const isCovered = (facts: TrustFacts, tags: Tags, statement: Statement, others: readonly Statement[]): boolean =>
  isEmpty(admittedByAll(facts, tags, [[statement, ...others.map((other) => as('Deny', other))]]));

const covering = (facts: TrustFacts, statement: Statement, dead: ReadonlySet<Statement>): string => {
  const alone = facts.policy.statements.find(
    (other) =>
      other !== statement &&
      !dead.has(other) &&
      waysOf(statement).every(
        ([tags, action]) => allowing(facts, action).includes(other) && isCovered(facts, tags, statement, [other]),
      ),
  );
  return alone === undefined ? 'the others together allow' : `${nameInside(alone)} allows`;
};
