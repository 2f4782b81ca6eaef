/** Rules about conditions that do not say what they seem to, whoever the principal is. */
import type { Condition } from '../../../policy/condition.ts';
import type { Statement } from '../../../policy/index.ts';
import { PODS } from '../../reach/index.ts';
import { inStatements, list, rewrite, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { providersIn } from './provider.ts';
import { found } from './reasons.ts';

/** Not for Pod Identity and EKS tokens, where TagsNotRequired and ConditionVoid tell it. IAM Access Analyzer FORALLVALUES_WITH_SINGLE_VALUED_KEY. */
export const forAllValuesOnSingleValue: Rule = (facts) =>
  inStatements(facts, (statement) => {
    if (isOurs(statement)) return undefined;
    const keys = statement.conditions
      .filter(({ set, key }) => set === 'ForAllValues' && !isMultiValued(key))
      .map(keyOf);
    if (keys.length === 0 || statement.effect !== 'Allow') return undefined;
    return found('ForAllValuesOnSingleValue', {
      statement,
      sentence: `${show(statement)} uses ForAllValues with ${list(keys)}, and so lets in requests without it.`,
      witness: keys[0],
      remedy: `Use the operator without ForAllValues: ${rewrite(facts)}.`,
    });
  });

/** Null asks for a key’s absence beside a comparison of its value. For Pod Identity and EKS tokens other rules decide this exactly. */
export const nullContradiction: Rule = (facts) =>
  inStatements(facts, (statement) => {
    if (isOurs(statement)) return undefined;
    const absent = statement.conditions.filter(
      ({ base, values }) => base === 'Null' && values.length > 0 && values.every((value) => /^true$/i.test(value)),
    );
    const keys = absent
      .map(({ key }) => key.toLowerCase())
      .filter((key) =>
        statement.conditions.some((other) => other.key.toLowerCase() === key && other.holds(() => undefined) === false),
      );
    if (keys.length === 0) return undefined;
    return found('NullContradiction', {
      statement,
      sentence: `${show(statement)} wants ${list(keys)} to be absent and compares its value: it applies to nobody.`,
      witness: keys[0],
      remedy: `Decide for one of the two, or make two statements: ${rewrite(facts)}.`,
    });
  });

/** Not for Pod Identity and EKS tokens, where other rules decide it exactly. IAM Access Analyzer EMPTY_ARRAY_CONDITION, …_FORALLVALUES, …_FORANYVALUE, …_IFEXISTS. */
export const emptyConditionValues: Rule = (facts) =>
  inStatements(facts, (statement) => {
    if (isOurs(statement)) return undefined;
    const keys = statement.conditions.filter(({ values }) => values.length === 0).map(keyOf);
    if (keys.length === 0) return undefined;
    return found('EmptyConditionValues', {
      statement,
      sentence: `${show(statement)} compares ${list(keys)} with an empty list.`,
      witness: keys[0],
      remedy: `Name the values, or use Null to ask whether the key is there: ${rewrite(facts)}.`,
    });
  });

/** Not for Pod Identity and EKS tokens, where other rules tell it. IAM Access Analyzer WILDCARD_WITHOUT_LIKE_OPERATOR. */
export const wildcardWithoutLike: Rule = (facts) =>
  inStatements(facts, (statement) => {
    if (isOurs(statement)) return undefined;
    const values = statement.conditions
      .filter(({ base }) => /^String(?:Not)?Equals/.test(base))
      .flatMap((condition) => condition.values)
      .filter((value) => /[*?]/.test(value.replace(/\$\{[^}]*\}/g, '')));
    if (values.length === 0) return undefined;
    return found('WildcardWithoutLike', {
      statement,
      sentence: `${show(statement)} compares with ${list(values)} to the letter, wildcards included.`,
      witness: values[0],
      remedy: `Use StringLike, or StringNotLike: ${rewrite(facts)}.`,
    });
  });

/** IAM Access Analyzer DUPLICATE_KEYS_WITH_DIFFERENT_CASE. */
export const duplicateConditionKey: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const twice = [
      ...Map.groupBy(statement.conditions, ({ operator, key }) => `${operator} ${key.toLowerCase()}`).values(),
    ]
      .filter((those) => those.length > 1)
      .map((those) => those.map(keyOf));
    const [first] = twice;
    if (first === undefined) return undefined;
    return found('DuplicateConditionKey', {
      statement,
      sentence: `${show(statement)} has ${list(first)} under one operator: to IAM they are the same key.`,
      witness: first[0],
      remedy: `Write it once, with all values in one list: ${rewrite(facts)}.`,
    });
  });

const keyOf = ({ key }: Condition): string => key;

/** Keys with several values (IAM guide, "Global condition keys"; STS; Cognito's amr). An audience can be either, so it is not told. */
const isMultiValued = (key: string): boolean =>
  MULTI_VALUED.has(key.toLowerCase()) || /:(?:aud|amr)$/i.test(key) || /^saml:/i.test(key);

const MULTI_VALUED: ReadonlySet<string> = new Set([
  'aws:tagkeys',
  'sts:transitivetagkeys',
  'sts:requestcontextproviders',
  'aws:calledvia',
  'aws:principalorgpaths',
  'aws:resourceorgpaths',
  'aws:sourceorgpaths',
  'aws:principalservicenameslist',
]);

/** Whether the statement is about Pod Identity or about an EKS cluster's tokens, and nobody else. */
const isOurs = (statement: Statement): boolean => {
  const { principal } = statement;
  if (principal === undefined) return false;
  const providers = providersIn(statement);
  const only = principal.aws.size + principal.accounts.size === 0;
  const pods = [...principal.services].every((service) => service === PODS);
  return only && pods && providers.every((provider) => provider.is === 'oidc' && provider.eks);
};
