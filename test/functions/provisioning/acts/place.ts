/** The account that the tests of the acts judge for, and questions to what they would write. */
import { contextOf, evaluate, parsePolicy } from '../../../../functions/policy/index.ts';
import { type Bounds, boundsFrom } from '../../../../functions/provisioning/acts/bounds.ts';
import { ACCOUNT, REGION } from '../../revocation/spoke.ts';

export const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:podid-apply-role`;
export const EXCLUDED = ['break-glass', 'podid/secret-*', 'team/lead'];
export const MANAGED = ['orders', 'team/*'];

export const bounds: Bounds = boundsFrom(
  {
    PODID_EXCLUDED_ROLES: JSON.stringify(EXCLUDED),
    PODID_MANAGED_ROLES: JSON.stringify(MANAGED),
    PODID_GRANTS: '{"rolePath":"/podid/","boundaryName":"podid-boundary","trustCharacters":8192}',
  },
  FUNCTION,
);

export const role = (name: string, account = ACCOUNT): string => `arn:aws:iam::${account}:role/${name}`;

/** What a permissions policy allows, as IAM would say. */
export const allowing = (document: string) => {
  const policies = [{ name: 'p', document: parsePolicy(document) }];
  return (action: string, resource: string): boolean =>
    evaluate(policies, {
      action,
      resource,
      principal: { kind: 'aws', arn: role('podid/web'), account: ACCOUNT },
      context: contextOf({}),
    }).effect === 'allow';
};
