/** Permissions that no role gets from these functions, whatever the guardrails say: a short list, for when the hub is not what it should be. Pure. */
import { type Permission, permissionsOf } from '../../grants/guardrails/permissions.ts';
import { targetsPolicy } from '../../grants/index.ts';
import { type Bounds, refusedTarget } from './bounds.ts';

/** Undefined text: nobody could read it. */
export type PolicyGiven = { readonly name: string; readonly document: string | undefined };

/**
 * Why a policy is not written or attached, as a sentence.
 * @param grantId The policy named after the grant may assume the roles of the plan, and nothing else; no other policy may assume any.
 */
export const forbiddenIn = (policy: PolicyGiven, grantId: string, bounds: Bounds): string | undefined => {
  const judge = policy.name === targetsPolicy(grantId) ? beyondTargets : beyondSelfService;
  for (const permission of permissionsOf(policy)) {
    const why = judge(permission, bounds);
    if (why !== undefined) return `${permission.text}: ${why}`;
  }
  return undefined;
};

/** The first that is forbidden. */
export const forbiddenAmong = (policies: readonly PolicyGiven[], grantId: string, bounds: Bounds): string | undefined =>
  policies.map((policy) => forbiddenIn(policy, grantId, bounds)).find((why) => why !== undefined);

const beyondTargets = (
  { action, notAction, unreadable, openRoles, resources }: Permission,
  bounds: Bounds,
): string | undefined => {
  if (unreadable) return 'it can not be judged';
  if (notAction || !CHAIN.has(action.toLowerCase()))
    return 'the policy for the targets may assume roles and nothing else';
  if (openRoles || resources.length === 0) return 'the targets must be named one by one';
  return resources.map((arn) => refusedTarget(arn, bounds)).find((why) => why !== undefined);
};

const CHAIN: ReadonlySet<string> = new Set(['sts:assumerole', 'sts:tagsession']);

const beyondSelfService = (permission: Permission): string | undefined => {
  if (permission.unreadable) return 'it can not be judged';
  if (permission.everyService) return 'it holds for every service';
  if (permission.notAction) return 'it allows whatever it does not name';
  if (NOT_FOR_PODS.has(permission.service)) return `nothing of ${permission.service} is given by a grant`;
  if (permission.escalates) return 'whoever has it gives permissions';
  return undefined;
};

/**
 * The services by which accounts, people and roles are ruled; the boundary denies them as well. `sts`: which roles may be assumed is in the
 * policy for the targets alone.
 */
const NOT_FOR_PODS: ReadonlySet<string> = new Set([
  'account',
  'eks-auth',
  'iam',
  'identitystore',
  'organizations',
  'sso',
  'sso-directory',
  'sts',
]);
