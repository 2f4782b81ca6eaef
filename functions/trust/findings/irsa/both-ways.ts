/** The rule about roles that are trusted by IRSA and by Pod Identity. */
import { irsa, isEmpty, reach, toSentences, witness } from '../../reach/index.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';
import { eksProvidersIn, showToken, tokenFacts } from './tokens.ts';

/** Tells whom each way admits. */
export const irsaAndPodIdentity: Rule = (facts, questions) => {
  if (!facts.policy.statements.some((statement) => eksProvidersIn(statement).length > 0)) return [];
  const tokens = reach(facts.policy, irsa(tokenFacts(facts))).may;
  const someone = witness(tokens);
  if (someone === undefined) return [];
  const ways = [questions.podIdentity('tags').may, questions.podIdentity('no-tags').may];
  const pods = ways.find((way) => !isEmpty(way));
  if (pods === undefined) return [];
  return [
    found('IrsaAndPodIdentity', {
      sentence: `The role is trusted in both ways. By IRSA: ${first(toSentences(tokens))}. By Pod Identity: ${first(toSentences(pods))}.`,
      witness: showToken(someone),
      remedy:
        'When every pod runs with Pod Identity, remove the statement about the OIDC provider, and the annotation eks.amazonaws.com/role-arn.',
    }),
  ];
};

const first = ([sentence = '', ...others]: readonly string[]): string =>
  others.length === 0 ? sentence : `${sentence}, and ${others.length} more`;
