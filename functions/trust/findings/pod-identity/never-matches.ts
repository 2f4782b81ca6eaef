/** The rule about conditions that no request of EKS can meet, and about single values of them. */
import { parseArn } from '../../../partition.ts';
import type { Condition } from '../../../policy/condition.ts';
import type { Statement } from '../../../policy/index.ts';
import { isNegated, textTest } from '../../reach/text-test.ts';
import type { TrustFacts } from '../facts.ts';
import { list, rewrite, show } from '../found.ts';
import { found } from '../reasons.ts';
import type { Rule, TrustFinding } from '../rule.ts';
import { subjectOf } from '../subject.ts';
import { isNeverMet, isOnlyForPods, namesPods } from './statements.ts';
import { isCarried, whyKey } from './why-key.ts';
import { canBe, holdsClusterArn, whyValue } from './why-value.ts';

/**
 * Each condition by itself; where each can hold, all of them together; and the values of those that can hold. A Deny is
 * judged only if it is about Pod Identity alone: else its conditions may be meant for others. Conditions that hold
 * because their key is never there are the matter of ConditionVoid, empty lists that of EmptyConditionValues, and old
 * versions that of PolicyVersionOld.
 */
export const conditionNeverMatches: Rule = (facts) =>
  facts.policy.statements
    .filter((statement) => (statement.effect === 'Allow' ? namesPods(statement) : isOnlyForPods(statement)))
    .flatMap((statement) => judge(facts, statement));

const judge = (facts: TrustFacts, statement: Statement): readonly TrustFinding[] => {
  const meant = statement.conditions.filter(({ values }) => values.length > 0 && !isOldVariable(facts, values));
  const dead = meant.filter((condition) => isNever(facts, statement, [condition]));
  const alive = meant.filter((condition) => !dead.includes(condition));
  const findings = [
    ...dead.map((condition) => deadCondition(facts, statement, condition)),
    ...alive.flatMap((condition) => valueFindings(facts, statement, condition)),
  ];
  return dead.length === 0 && meant.length > 1 && isNever(facts, statement, meant)
    ? [...findings, contradiction(facts, statement, meant)]
    : findings;
};

/** Nobody meets all of these, with session tags or without. */
const isNever = (facts: TrustFacts, statement: Statement, conditions: readonly Condition[]): boolean =>
  isNeverMet(facts, { ...statement, conditions });

const isOldVariable = ({ policy }: TrustFacts, values: readonly string[]): boolean =>
  policy.version !== '2012-10-17' && values.some(hasVariable);

const hasVariable = (value: string): boolean => value.includes('${');

const deadCondition = (facts: TrustFacts, statement: Statement, condition: Condition): TrustFinding => {
  const {
    operator,
    key,
    values: [value = ''],
  } = condition;
  const carried = isCarried(facts, key);
  const { because, remedy } = carried ? whyValue(facts, statement, condition, value) : whyKey(key);
  return found('ConditionNeverMatches', {
    statement,
    subject: `${subjectOf(statement)} ${operator} ${key.toLowerCase()}`,
    sentence: `${show(statement)} ${idle(statement)}: ${operator} ${key} never holds, because ${because}.`,
    witness: carried ? value : key,
    remedy: `${remedy}: ${rewrite(facts)}.`,
  });
};

const idle = ({ effect }: Statement): string => (effect === 'Allow' ? 'lets no pod in' : 'keeps no pod out');

/** The conditions that exclude each other: two, where two are enough. */
const contradiction = (facts: TrustFacts, statement: Statement, conditions: readonly Condition[]): TrustFinding => {
  const pair = conditions
    .flatMap((one, index) => conditions.slice(index + 1).map((other) => [one, other]))
    .find((both) => isNever(facts, statement, both));
  const told = pair ?? conditions;
  return found('ConditionNeverMatches', {
    statement,
    sentence: `${show(statement)} ${idle(statement)}: ${list(told.map(({ operator, key }) => `${operator} ${key}`))} contradict each other.`,
    witness: told.map(({ operator, key, values }) => `${operator} ${key} ${values.join(' or ')}`).join('; '),
    remedy: `Leave out what is not meant, or make two statements of it: ${rewrite(facts)}.`,
  });
};

/** Values that do nothing, in a condition that can hold by others or, negated, without them. */
const valueFindings = (facts: TrustFacts, statement: Statement, condition: Condition): readonly TrustFinding[] => {
  const { base, key, operator, values } = condition;
  if (textTest(base) === undefined || !isCarried(facts, key)) return [];
  return values.flatMap((value) => {
    const cause = hasVariable(value)
      ? undefined
      : isOnlyWay(condition) || canBe(facts, statement, condition, value)
        ? whyElsewhere(facts, condition, value)
        : whyValue(facts, statement, condition, value);
    if (cause === undefined) return [];
    return found('ConditionNeverMatches', {
      statement,
      severity: 'warning',
      subject: `${subjectOf(statement)} ${operator} ${key.toLowerCase()} ${value}`,
      sentence: `${show(statement)} compares ${key} with \`${value}\` in vain, because ${cause.because}.`,
      witness: value,
      remedy: `${cause.remedy}, or remove the value: ${rewrite(facts)}.`,
    });
  });
};

/** Whether the condition, which can hold, holds by its one value. */
const isOnlyWay = ({ base, values, set, ifExists }: Condition): boolean =>
  values.length === 1 && set === undefined && !ifExists && !isNegated(base);

/** An ARN that a cluster could have, in a region where none is known while others are. */
const whyElsewhere = ({ clusters = [], account }: TrustFacts, { key }: Condition, value: string) => {
  const { region = '', resource = '' } = (holdsClusterArn(key) && parseArn(value)) || {};
  const known = clusters.filter((cluster) => cluster.account === account);
  if (region === '' || /[*?]/.test(region) || known.length === 0) return undefined;
  if (known.some((cluster) => cluster.region === region)) return undefined;
  const same = known.find(({ cluster }) => resource === `cluster/${cluster}`);
  const where = same === undefined ? '' : `; ${same.cluster} is in ${same.region}`;
  return {
    because: `no cluster is known in ${region}${where}`,
    remedy: `Name the cluster in its own region${same === undefined ? '' : `, ${same.region}`}`,
  };
};
