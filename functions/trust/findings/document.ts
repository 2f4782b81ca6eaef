/** Rules about the document as such: its length and its version. */
import { BY_PREFIX, partitionOf } from '../../partition.ts';
import { inStatements, list, rewrite, show } from './found.ts';
import { found } from './reasons.ts';
import type { Rule } from './rule.ts';

/** "Role trust policy length" (IAM guide, "IAM and AWS STS quotas"); it can be raised. */
const DEFAULT_QUOTA = 2048;
const MOST = 8192;

/** The share of the quota from which on it is near. */
const NEAR = 0.9;

export const trustLength: Rule = ({ characters, partition, quota = DEFAULT_QUOTA }) => {
  if (characters < quota * NEAR) return [];
  const remedy = `Have it written shorter: \`podid trust tighten trust.json --identities identities.txt\`; or raise the quota: \`${raise(partition, quota)}\`; or give some service accounts a role of their own.`;
  if (characters > quota) {
    const sentence = `The policy has ${characters} characters without white space, ${characters - quota} more than the quota of ${quota}.`;
    return [found('TrustOverQuota', { sentence, remedy })];
  }
  const sentence = `The policy has ${characters} of ${quota} characters: there is room for ${quota - characters} more.`;
  return [found('TrustNearQuota', { sentence, remedy })];
};

/** The code of the quota is AWS's (general reference, "IAM endpoints and quotas"). IAM's quotas are raised where IAM is at home. */
const raise = (partition: string, quota: number): string => {
  const { iamRegion } = BY_PREFIX.find(([, { name }]) => name === partition)?.[1] ?? partitionOf('');
  const wanted = Math.min(quota * 2, MOST);
  return `aws service-quotas request-service-quota-increase --region ${iamRegion} --service-code iam --quota-code L-C07B4B0D --desired-value ${wanted}`;
};

/** "Before the 2012 version variables are treated as literal strings" (IAM guide, "Variables and tags"). */
export const policyVersionOld: Rule = (facts) => {
  if (facts.policy.version === '2012-10-17') return [];
  return inStatements(facts, (statement) => {
    const variables = statement.conditions.flatMap(({ values }) => values.filter((value) => value.includes('${')));
    if (variables.length === 0) return undefined;
    return found('PolicyVersionOld', {
      statement,
      sentence: `${show(statement)} compares with ${list(variables)} as plain text: the policy's version, ${facts.policy.version}, knows no variables.`,
      witness: variables[0],
      remedy: `Write "Version": "2012-10-17": ${rewrite(facts)}.`,
    });
  });
};
