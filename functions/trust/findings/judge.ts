/** All rules over the same facts: every finding is collected, none hides another. */
import { sortFindings } from '../../finding.ts';
import { chaining, irsa, podIdentity, ReachUndecided, reach } from '../reach/index.ts';
import type { TrustFacts } from './facts.ts';
import { roleFacts } from './found.ts';
import { found } from './reasons.ts';
import type { Questions, Rule, TrustFinding } from './rule.ts';

/**
 * What these rules find, worst first. Where a rule's question costs too much, that is the finding `ReachUndecided`,
 * and the other rules are asked all the same. No two findings have the same reason and the same subject.
 */
export const judgeBy = (rules: readonly Rule[], facts: TrustFacts): readonly TrustFinding[] => {
  const questions = questionsOf(facts);
  const findings = sortFindings(rules.flatMap((rule) => answerOf(rule, facts, questions)));
  const kept = new Map<string, TrustFinding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.reason, finding.subject]);
    // Of two the first is the worse.
    if (!kept.has(key)) kept.set(key, finding);
  }
  return [...kept.values()];
};

/** The sets that the rules ask for, each computed at the first question and only once. */
export const questionsOf = (facts: TrustFacts): Questions => {
  const { policy } = facts;
  const role = roleFacts(facts);
  return {
    podIdentity: once((tags) => reach(policy, podIdentity({ ...role, tagsDisabled: tags === 'no-tags' }))),
    irsa: once(() => reach(policy, irsa(role))),
    chaining: once((sourceAccount, tags) =>
      reach(policy, chaining({ ...role, sourceAccount, tagsDisabled: tags === 'no-tags' })),
    ),
  };
};

const once = <Asked extends readonly string[], Answer>(ask: (...asked: Asked) => Answer) => {
  const answers = new Map<string, () => Answer>();
  return (...asked: Asked): Answer => {
    const key = asked.join(' ');
    const answer = answers.get(key) ?? settled(() => ask(...asked));
    answers.set(key, answer);
    return answer();
  };
};

/** What it gave or threw; asked again, the same. */
const settled = <Answer>(ask: () => Answer): (() => Answer) => {
  try {
    const answer = ask();
    return () => answer;
  } catch (error) {
    return () => {
      throw error;
    };
  }
};

const answerOf = (rule: Rule, facts: TrustFacts, questions: Questions): readonly TrustFinding[] => {
  try {
    return rule(facts, questions);
  } catch (error) {
    if (error instanceof ReachUndecided) return [undecided(error)];
    throw error;
  }
};

const undecided = ({ reason, message }: ReachUndecided): TrustFinding =>
  found('ReachUndecided', {
    subject: reason,
    sentence: `Not everything about this policy can be said exactly (${reason}). ${message}`,
    remedy:
      'Write names in full where wildcards are not needed. Until then ask for one identity at a time: `podid trust admits trust.json --cluster-arn ARN --namespace NAMESPACE --service-account NAME`.',
  });
