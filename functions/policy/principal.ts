/** The Principal and NotPrincipal elements: whom a statement of a resource policy is about. */
import { parseArn } from '../partition.ts';
import { memberPath, PolicyMalformed } from './malformed.ts';
import type { RequestPrincipal } from './request.ts';
import { membersOf, stringsOf } from './shape.ts';

/**
 * How a statement reaches the caller, because that decides which other policies can still limit it:
 * `direct` names the caller itself (user, session, service, or everybody); `role` names the session's role;
 * `account` hands the decision to the identity policies of the caller's account.
 */
export type Grade = 'direct' | 'role' | 'account';

export type PrincipalElement = {
  readonly negated: boolean;
  /** `"*"` or `{"AWS": "*"}`, which the IAM guide calls equivalent. Whether they include services is undocumented: here they do. */
  readonly anybody: boolean;
  /** ARNs of users, roles and sessions, and unique ids. */
  readonly aws: ReadonlySet<string>;
  /** Account ids, and the ARNs of their roots. */
  readonly accounts: ReadonlySet<string>;
  /** Names of services, and `*`. */
  readonly services: ReadonlySet<string>;
  /** ARNs and names of identity providers, and `*`. */
  readonly federated: ReadonlySet<string>;
  /** S3's own account ids; no caller here has one, so they never match. */
  readonly canonicalUsers: ReadonlySet<string>;
};

/** @throws PolicyMalformed when it is not `"*"` or a map of well-formed principals. */
export const parsePrincipal = (element: unknown, path: string, negated: boolean): PrincipalElement => {
  const [aws, accounts] = [new Set<string>(), new Set<string>()];
  const [services, federated, canonicalUsers] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const kinds = new Map([
    ['AWS', aws],
    ['Service', services],
    ['Federated', federated],
    ['CanonicalUser', canonicalUsers],
  ]);
  for (const [kind, values] of element === '*' ? [['AWS', '*'] as const] : membersOf(element, path)) {
    const kindPath = memberPath(path, kind);
    const set = kinds.get(kind);
    if (set === undefined) throw new PolicyMalformed(kindPath, `Invalid principal in policy: "${kind}"`);
    for (const [value, valuePath] of stringsOf(values, kindPath)) {
      if (kind === 'AWS' && !isAwsPrincipal(value)) {
        throw new PolicyMalformed(valuePath, `Invalid principal in policy: "AWS":"${value}"`);
      }
      (kind === 'AWS' && isAccount(value) ? accounts : set).add(value);
    }
  }
  if ([...kinds.values(), accounts].every((set) => set.size === 0)) {
    throw new PolicyMalformed(path, 'Missing required field Principal');
  }
  return { negated, anybody: aws.has('*'), aws, accounts, services, federated, canonicalUsers };
};

/**
 * How the element reaches the caller; undefined when it does not.
 *
 * NotPrincipal: a Deny spares only callers that are named themselves, a session only when its role is named too;
 * naming the account spares its root and nobody else. An Allow leaves out everybody whom the names could reach.
 * The IAM guide ("NotPrincipal") says of both that more might be denied: in doubt this denies. A Deny spares nobody
 * who is `bounded`: it "will always deny any IAM principal that has a permissions boundary policy attached,
 * regardless of the values specified in the NotPrincipal element" (IAM guide, "Permissions boundaries").
 */
export const gradeOf = (
  element: PrincipalElement,
  principal: RequestPrincipal,
  effect: 'Allow' | 'Deny',
  bounded = false,
): Grade | undefined => {
  if (!element.negated) return reach(element, principal);
  if (bounded && effect === 'Deny') return 'direct';
  const spared = effect === 'Deny' ? isNamed(element, principal) : reach(element, principal) !== undefined;
  return spared ? undefined : 'direct';
};

const reach = (element: PrincipalElement, principal: RequestPrincipal): Grade | undefined => {
  if (element.anybody) return 'direct';
  if (principal.kind === 'service') return has(element.services, principal.service) ? 'direct' : undefined;
  if (principal.kind === 'federated') return has(element.federated, principal.provider) ? 'direct' : undefined;
  const { arn, account, roleArn, uniqueId } = principal;
  if (element.aws.has(arn) || (roleArn === undefined && hasId(element, uniqueId))) return 'direct';
  if (roleArn !== undefined && (element.aws.has(roleArn) || hasId(element, uniqueId))) return 'role';
  if (element.accounts.size === 0) return undefined;
  const root = rootOf(arn, account);
  if (!element.accounts.has(account) && !element.accounts.has(root)) return undefined;
  return arn === root ? 'direct' : 'account';
};

const isNamed = (element: PrincipalElement, principal: RequestPrincipal): boolean => {
  const grade = reach(element, principal);
  if (principal.kind !== 'aws' || element.anybody) return grade === 'direct';
  const named = grade === 'direct';
  return principal.roleArn === undefined ? named : named && element.aws.has(principal.roleArn);
};

const has = (names: ReadonlySet<string>, name: string): boolean => names.has(name) || names.has('*');

const hasId = (element: PrincipalElement, uniqueId: string | undefined): boolean =>
  uniqueId !== undefined && element.aws.has(uniqueId);

const rootOf = (arn: string, account: string): string => `arn:${arn.split(':', 2)[1]}:iam::${account}:root`;

const isAccount = (value: string): boolean => /^\d{12}$/.test(value) || /^arn:[^:]+:iam::\d{12}:root$/.test(value);

/** "You cannot use a wildcard to match part of a principal name or ARN" (IAM guide, "Principal"). */
const isAwsPrincipal = (value: string): boolean => {
  if (value === '*' || isAccount(value) || /^A[A-Z0-9]{15,127}$/.test(value)) return true;
  const arn = parseArn(value);
  return arn !== undefined && /^(?:iam|sts)$/.test(arn.service) && /^\d{12}$/.test(arn.account) && !/[*?]/.test(value);
};
