/** What EKS checks of an association's roles and session policy before it takes them. */
import { AccessDeniedException } from '@aws-sdk/client-eks';
import { PolicyMalformed, parsePolicy } from '../../../functions/policy/index.ts';
import type { Ask, Call } from '../../contract.ts';
import { trustPolicy } from '../iam/policies.ts';
import { accountOf, roleByArn } from '../iam/state.ts';
import { invalid } from './lookup.ts';

const PODS = 'pods.eks.amazonaws.com';

/** Handing a role to EKS needs `iam:PassRole`, and `iam:GetRole` (service authorization reference). @throws AccessDeniedException for another account's */
export const passRole = (call: Call, roleArn: string, service = PODS): readonly Ask[] => {
  if (accountOf(roleArn) !== call.account) {
    throw new AccessDeniedException({ message: 'Cross-account pass role is not allowed.', $metadata: {} });
  }
  return [
    { action: 'iam:GetRole', resource: roleArn },
    { action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': service } },
  ];
};

/** The role must exist, and its trust must name EKS's service at all. @throws InvalidParameterException */
export const checkRole = ({ cloud }: Pick<Call, 'cloud'>, roleArn: string): void => {
  const role = roleByArn(cloud, roleArn);
  if (role === undefined) throw invalid('Role provided in the request does not exist.');
  const named = trustPolicy(cloud, role).document.statements.some(
    ({ effect, principal }) =>
      effect === 'Allow' &&
      principal !== undefined &&
      (principal.anybody || principal.services.has(PODS) || principal.services.has('*')),
  );
  if (!named) throw invalid('Trust policy of the role provided is invalid');
};

/** Only its form: EKS can't look into another account. @throws InvalidParameterException */
export const checkTargetRole = (arn: string | undefined): void => {
  if (arn === undefined || arn === '' || /^arn:[^:]+:iam::\d{12}:role\/.+$/.test(arn)) return;
  throw invalid(`Invalid targetRoleArn: ${arn}`);
};

/** @throws InvalidParameterException */
export const checkSessionPolicy = (policy: string | undefined, disableSessionTags: boolean): void => {
  if (policy === undefined || policy === '') return;
  if (!disableSessionTags) throw invalid('disableSessionTags must be true when a policy is given.');
  try {
    parsePolicy(policy, { kind: 'identity', maxCharacters: 2048 });
  } catch (error) {
    if (!(error instanceof PolicyMalformed)) throw error;
    throw invalid(`The policy is invalid: ${error.message}`);
  }
};
