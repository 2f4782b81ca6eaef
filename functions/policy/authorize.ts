/** AWS's evaluation logic: identity policies, boundary, session policies and the resource's own policy together. */
import type { NamedPolicy } from './document.ts';
import {
  type Considered,
  conclude,
  type Decision,
  firstOf,
  NO,
  type PolicyType,
  survey,
  type Verdict,
} from './evaluate.ts';
import { type AccessRequest, questionOf, type RequestPrincipal } from './request.ts';
import { and } from './truth.ts';

export type AuthorizationInput = {
  readonly request: AccessRequest;
  readonly identityPolicies: readonly NamedPolicy[];
  /** Limits what identity policies, and resource policies that name the role, can give. */
  readonly boundary?: NamedPolicy;
  /** Passed when the session was made; none, or an empty list, limits nothing. */
  readonly sessionPolicies?: readonly NamedPolicy[];
  readonly resourcePolicy?: NamedPolicy;
  /** The account that owns the resource. */
  readonly resourceAccount: string;
  /** Trust policies and KMS key policies: without their word, no identity policy is enough. */
  readonly resourcePolicyRequired?: boolean;
};

/**
 * Whether AWS would allow the request (IAM guide, "Policy evaluation logic" and "Cross-account policy evaluation
 * logic"; organization policies are not looked at).
 *
 * - A Deny that applies, in any policy, wins.
 * - Services and federated callers have no identity policies: the resource's policy decides alone.
 * - In another account, the identity side (identity policies within boundary and session policies) and the
 *   resource's policy must both allow.
 * - In the same account either is enough, but how the resource's policy reaches the caller counts: naming the
 *   user, the session or everybody is limited by nothing; naming the role is limited by boundary and session
 *   policies; naming the account only hands the question to the identity policies.
 */
export const authorize = (input: AuthorizationInput): Decision => {
  const { request, boundary, sessionPolicies = [], resourceAccount } = input;
  const { principal } = request;
  const question = { ...questionOf(request), bounded: boundary !== undefined };
  const identity = survey(input.identityPolicies, question, 'identity-based policy');
  const limit = survey(boundary === undefined ? [] : [boundary], question, 'permissions boundary');
  const session = survey(sessionPolicies, question, 'session policy');
  const resource = survey(input.resourcePolicy ? [input.resourcePolicy] : [], question, 'resource-based policy');

  const considered = [identity, limit, session, resource].flatMap((each) => each.considered);
  const denies = firstOf([identity.denies, limit.denies, session.denies, resource.denies]);
  const sides: Sides = {
    identity: isRoot(principal) ? YES : identity.allows.direct,
    boundary: boundary === undefined ? YES : limit.allows.direct,
    session: sessionPolicies.length === 0 ? YES : session.allows.direct,
    named: resource.allows.direct,
    role: resource.allows.role,
    resource: firstOf([resource.allows.direct, resource.allows.role, resource.allows.account]),
  };
  const elsewhere = principal.kind === 'aws' && principal.account !== resourceAccount;
  const resourceNeeded = elsewhere || principal.kind !== 'aws' || input.resourcePolicyRequired === true;
  const allowed =
    principal.kind !== 'aws'
      ? sides.named
      : elsewhere
        ? both(sides.resource, ownSide(sides))
        : firstOf([
            sides.named,
            both(sides.role, sides.boundary, sides.session),
            resourceNeeded ? both(sides.resource, ownSide(sides)) : ownSide(sides),
          ]);
  return conclude(denies, allowed, considered, refusal(request.action, sides, resourceNeeded, principal));
};

/**
 * The message of AWS's AccessDenied for a request that was not allowed (IAM guide, "Access denied error messages").
 * An undecided request is refused too, and the message says what nobody knew.
 */
export const accessDeniedMessage = ({ action, resource, principal }: AccessRequest, decision: Decision): string => {
  const sentence = `User: ${nameOf(principal)} is not authorized to perform: ${action} on resource: ${resource}`;
  if (decision.effect !== 'explicitDeny') return `${sentence} because ${decision.because}`;
  const article = decision.policyType === 'identity-based policy' ? 'an' : 'a';
  return `${sentence} with an explicit deny in ${article} ${decision.policyType ?? 'policy'}`;
};

type Sides = {
  readonly identity: Verdict;
  readonly boundary: Verdict;
  readonly session: Verdict;
  /** The resource's policy, naming the caller itself; its role; or reaching it at all. */
  readonly named: Verdict;
  readonly role: Verdict;
  readonly resource: Verdict;
};

const YES: Verdict = { truth: true };

const ownSide = ({ identity, boundary, session }: Sides): Verdict => both(identity, boundary, session);

/** All must hold; the first that bears a statement is the one to name. */
const both = (...verdicts: readonly Verdict[]): Verdict => {
  const truth = and(...verdicts.map((verdict) => verdict.truth));
  const by = verdicts.find((verdict): verdict is Verdict & { by: Considered } => verdict.by !== undefined)?.by;
  return truth === false ? NO : { truth, ...(by !== undefined && { by }) };
};

const refusal = (
  action: string,
  { identity, boundary, session, resource }: Sides,
  resourceNeeded: boolean,
  principal: RequestPrincipal,
): Pick<Decision, 'because' | 'policyType'> => {
  const own: ReadonlyArray<readonly [PolicyType, Verdict]> = [
    ['identity-based policy', identity],
    ['permissions boundary', boundary],
    ['session policy', session],
  ];
  const theirs = ['resource-based policy', resource] as const;
  const order = principal.kind !== 'aws' ? [theirs] : resourceNeeded ? [theirs, ...own] : own;
  const policyType = order.find(([, { truth }]) => truth === false)?.[0] ?? 'identity-based policy';
  return { policyType, because: `no ${policyType} allows the ${action} action` };
};

/** "…with the exception of the AWS account root user, which has full access." */
const isRoot = (principal: RequestPrincipal): boolean =>
  principal.kind === 'aws' && principal.arn.endsWith(`:iam::${principal.account}:root`);

const nameOf = (principal: RequestPrincipal): string =>
  principal.kind === 'aws' ? principal.arn : principal.kind === 'service' ? principal.service : principal.provider;
