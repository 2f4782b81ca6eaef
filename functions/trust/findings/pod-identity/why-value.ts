/** Why a condition's value can't be that of any request of EKS, though the key is there, and what was probably meant. */
import { requestTag } from '../../../abac/session-tags.ts';
import { parseArn } from '../../../partition.ts';
import { type Condition, parseConditions } from '../../../policy/condition.ts';
import type { Statement } from '../../../policy/index.ts';
import { textTest } from '../../reach/text-test.ts';
import type { TrustFacts } from '../facts.ts';
import { as, isNeverMet, requestOf } from './statements.ts';
import type { Cause } from './why-key.ts';

/** Whether the key can be this value for anybody; negation and set operators are left aside. */
export const canBe = (
  facts: TrustFacts,
  statement: Statement,
  { base, key }: Pick<Condition, 'base' | 'key'>,
  value: string,
): boolean => {
  const variables = facts.policy.version === '2012-10-17';
  const conditions = parseConditions({ [base.replace('Not', '')]: { [key]: value } }, '$', variables);
  return !isNeverMet(facts, { ...as('Allow', statement), conditions });
};

/** Whether the key holds the ARN of the cluster. */
export const holdsClusterArn = (key: string): boolean => CLUSTER_ARN_KEYS.has(key.toLowerCase());

/** Of several values, for one; what is said of it, holds for all when the condition never holds. */
export const whyValue = (facts: TrustFacts, statement: Statement, condition: Condition, value: string): Cause => {
  const { base, key } = condition;
  if (base === 'Null') return { because: 'every request of EKS has the key', remedy: 'Leave the condition out' };
  const why = textTest(base) === undefined ? undefined : whyText(facts, statement, condition, value);
  const source = requestOf(facts, 'tags').sourceOf(key.toLowerCase());
  if (why !== undefined) return why;
  return source.is === 'known'
    ? { because: `it is always \`${source.values?.join('`, `')}\``, remedy: 'Compare it with that' }
    : { because: 'EKS and Kubernetes allow no such value', remedy: 'Write a value that can be' };
};

const CLUSTER_ARN_KEYS: ReadonlySet<string> = new Set(['aws:requesttag/eks-cluster-arn', 'aws:sourcearn']);

const whyText = (
  facts: TrustFacts,
  statement: Statement,
  { base, key }: Condition,
  value: string,
): Cause | undefined => {
  const can = (operator: string, text: string): boolean => canBe(facts, statement, { base: operator, key }, text);
  if (/Equals/.test(base) && base.startsWith('String') && /[*?]/.test(value) && can('StringLike', value)) {
    const like = base.includes('Not') ? 'StringNotLike' : 'StringLike';
    return { because: `${base} takes \`*\` and \`?\` to the letter`, remedy: `Use ${like}` };
  }
  const lower = value.toLowerCase();
  if (lower !== value && can(base, lower)) {
    return { because: 'upper and lower case count, and it is in lower case', remedy: `Write \`${lower}\`` };
  }
  if (holdsClusterArn(key)) return whyArn(facts, value);
  if (key.toLowerCase() === 'aws:sourceaccount') {
    return {
      because: `a role is associated only in its own account, ${facts.account}`,
      remedy: `Write \`${facts.account}\``,
    };
  }
  if (parseArn(value) !== undefined) {
    return { because: 'it is a name and no ARN', remedy: `Use ${requestTag('eks-cluster-arn')}` };
  }
  const [, namespace, name] = /^(?:system:serviceaccount:)?([^:/]+)[:/]([^:/]+)$/.exec(value) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  return {
    because: 'it is one name, and namespace and service account have a tag each',
    remedy: `Use ${requestTag('kubernetes-namespace')} \`${namespace}\` and ${requestTag('kubernetes-service-account')} \`${name}\``,
  };
};

const whyArn = ({ account, partition }: TrustFacts, value: string): Cause => {
  const own = (region: string, name: string): string => `arn:${partition}:eks:${region}:${account}:cluster/${name}`;
  const arn = parseArn(value);
  if (arn === undefined) {
    const name = /^[0-9A-Za-z][\w-]*$/.test(value) ? value : 'NAME';
    return { because: 'it is the ARN of a cluster', remedy: `Write \`${own('REGION', name)}\`` };
  }
  const plain = (text: string): boolean => !/[*?]/.test(text);
  if (plain(arn.partition) && arn.partition !== partition) {
    return {
      because: `the role is in the partition ${partition}, not ${arn.partition}`,
      remedy: `Write \`arn:${partition}:…\``,
    };
  }
  if (plain(arn.account) && arn.account !== account) {
    return {
      because: `it is a cluster of account ${arn.account || '(none)'}, and a role is associated only in its own account, ${account}`,
      remedy: `Name a cluster of ${account}; for one of another account make this a target role`,
    };
  }
  const name = arn.resource.slice(arn.resource.lastIndexOf('/') + 1);
  return {
    because: 'it is the ARN of a cluster, and no cluster can have this one',
    remedy: `Write \`${own(arn.region || 'REGION', arn.resource.startsWith('cluster/') ? name : 'NAME')}\``,
  };
};
