/** The rule about statements whose conditions no EKS token can meet. */
import type { Condition } from '../../../policy/condition.ts';
import { isEmpty } from '../../reach/index.ts';
import { list, nameInside, rewrite } from '../found.ts';
import type { Rule } from '../rule.ts';
import { withoutAudience } from './audience.ts';
import { found } from './reasons.ts';
import { inTokenStatements, meantBy } from './tokens.ts';

/** Decided by reach, each condition by itself and then all together. Another audience is IrsaAudienceOther. */
export const irsaConditionNeverMatches: Rule = (facts) =>
  inTokenStatements(facts, ({ statement, issuers }) => {
    const rest = withoutAudience(statement, issuers);
    if (!isEmpty(meantBy(facts, rest))) return undefined;
    const never = rest.conditions.filter((each) => isEmpty(meantBy(facts, { ...rest, conditions: [each] })));
    const [first] = never;
    return found('IrsaConditionNeverMatches', {
      statement,
      sentence:
        first === undefined
          ? `The conditions of ${nameInside(statement)} contradict each other: no token meets them all.`
          : `No token meets the condition on ${list(never.map(({ key }) => key))} of ${nameInside(statement)}: ${reasonOf(first, issuers)}.`,
      witness: first?.values[0],
      remedy: `Compare \`${issuers[0]}:sub\` with \`system:serviceaccount:NAMESPACE:NAME\`: ${rewrite(facts)}.`,
    });
  });

const reasonOf = ({ key, base, values }: Condition, issuers: readonly string[]): string => {
  const [, issuer, claim] = /^(.+):(sub|aud)$/is.exec(key) ?? [];
  if (issuer === undefined) return 'tokens of EKS clusters don’t carry the key';
  if (!issuers.some((each) => each.toLowerCase() === issuer.toLowerCase())) {
    return `the key is of another issuer than the statement’s principal, ${list(issuers)}`;
  }
  if (values.length === 0) return 'it names no value';
  if (claim?.toLowerCase() === 'sub' && !values.some((value) => /^(?:system:serviceaccount:|[*?])/.test(value))) {
    return 'a subject has the form `system:serviceaccount:NAMESPACE:NAME`';
  }
  return base.startsWith('StringEquals') && values.some((value) => /[*?]/.test(value))
    ? 'StringEquals takes wildcards literally'
    : 'Kubernetes allows no such name';
};
