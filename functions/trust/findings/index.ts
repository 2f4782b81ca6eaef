/** What is wrong with a role's trust policy: findings with a witness, a remedy, and a reason that is documented. */
import type { TrustFacts } from './facts.ts';
import type { Reason } from './found.ts';
import { judgeBy } from './judge.ts';
import { REASONS_A } from './reasons.ts';
import type { TrustFinding } from './rule.ts';
import { RULES_A } from './rules-a.ts';
import { REASONS_B, RULES_B } from './rules-b.ts';

export type { Chain, KnownCluster, RoleUse, TrustFacts } from './facts.ts';
export { trustFactsOf } from './facts-of.ts';
export { questionsOf } from './judge.ts';
export type { Questions, Rule, StatementPlace, TrustFinding } from './rule.ts';
export { subjectOf } from './subject.ts';

/** What each reason means; docs/findings.md has them as a table, SARIF as its rules. */
export const REASONS: Readonly<Record<string, Reason>> = { ...REASONS_A, ...REASONS_B };

/**
 * Everything that is wrong, worst first; the same facts give the same findings in the same order.
 * @example judgeTrust(trustFactsOf(text, { account: '111122223333', partition: 'aws' }))
 */
export const judgeTrust = (facts: TrustFacts): readonly TrustFinding[] => judgeBy([...RULES_A, ...RULES_B], facts);
