/** The associations that have the judged role as their target, and why one of them is not admitted. */
import type { WorkloadIdentity } from '../../../identity.ts';
import { parseArn } from '../../../partition.ts';
import type { Condition } from '../../../policy/condition.ts';
import type { PolicyDocument, Statement } from '../../../policy/index.ts';
import { type Admission, admits, chaining } from '../../reach/index.ts';
import type { RoleUse, TrustFacts } from '../facts.ts';
import { roleFacts } from '../found.ts';

export type TargetUse = RoleUse & { readonly sourceRoleArn: string };

export const targetUses = ({ associations = [] }: TrustFacts): readonly TargetUse[] =>
  associations.filter((use): use is TargetUse => use.sourceRoleArn !== undefined);

export const sourceAccountOf = ({ sourceRoleArn, identity }: TargetUse): string =>
  parseArn(sourceRoleArn)?.account ?? identity.account;

/** The external id that EKS sends for an association with session tags disabled (EKS guide, "Access AWS resources using EKS Pod Identity target IAM roles"). */
export const externalIdOf = ({ region, account, cluster, namespace, serviceAccount }: WorkloadIdentity): string =>
  [region, account, cluster, namespace, serviceAccount].join('/');

/** Whether the target role admits the association: by its own policy or another one; with its external id or without any. */
export const admission = (
  facts: TrustFacts,
  use: TargetUse,
  {
    policy = facts.policy,
    externalId = true,
  }: { readonly policy?: PolicyDocument; readonly externalId?: boolean } = {},
): Admission => {
  const known = roleFacts(facts);
  const request = chaining({
    ...known,
    ...(!externalId && { context: { ...known.context, 'sts:ExternalId': undefined } }),
    sourceAccount: sourceAccountOf(use),
    tagsDisabled: use.tagsDisabled,
  });
  return admits(policy, request, { ...use.identity, sourceRoleArn: use.sourceRoleArn });
};

/** Why an association is not admitted: a more precise rule may know. */
export const causeOf = (facts: TrustFacts, use: TargetUse): 'none' | 'external id' | 'recreated' | 'other' => {
  if (admission(facts, use).admitted !== false) return 'none';
  if (brokenStatement(facts, use) !== undefined) return 'external id';
  const named = { ...facts.policy, statements: facts.policy.statements.map((each) => withSource(each, use)) };
  return admission(facts, use, { policy: named }).admitted === false ? 'other' : 'recreated';
};

/** The values of `sts:ExternalId` that a statement compares with, negations left aside. */
export const externalIdsIn = ({ conditions }: Statement): readonly string[] =>
  conditions.filter(wantsExternalId).flatMap(({ values }) => values);

const wantsExternalId = ({ key, base }: Condition): boolean =>
  key.toLowerCase() === 'sts:externalid' && /^String(?:Equals|Like)/.test(base);

/** The place of the statement that would admit the association if it did not want another external id. */
export const brokenStatement = (facts: TrustFacts, use: TargetUse): number | undefined => {
  if (!use.tagsDisabled) return undefined;
  const policy = { ...facts.policy, statements: facts.policy.statements.map(withAnyExternalId) };
  const { admitted, decidedBy } = admission(facts, use, { policy });
  return admitted === true ? decidedBy?.statement : undefined;
};

const withAnyExternalId = (statement: Statement): Statement =>
  statement.effect === 'Deny'
    ? statement
    : { ...statement, conditions: statement.conditions.filter((condition) => !wantsExternalId(condition)) };

/** A unique id, as IAM shows it for a principal that is gone (`AROA…` a role, `AIDA…` a user). */
export const isUniqueId = (principal: string): boolean => /^A[A-Z]{3}[A-Z0-9]{12,}$/.test(principal);

/** The statement as it was meant, if its unique id was the source role's. */
const withSource = (statement: Statement, { sourceRoleArn }: TargetUse): Statement => {
  const { principal } = statement;
  if (statement.effect !== 'Allow' || principal === undefined || ![...principal.aws].some(isUniqueId)) return statement;
  return { ...statement, principal: { ...principal, aws: new Set([...principal.aws, sourceRoleArn]) } };
};
