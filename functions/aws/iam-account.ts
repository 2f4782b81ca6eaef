/** IAM in this account: all its roles, whole, many in one answer. A role read by itself costs six calls of IAM's low rate. */
import {
  GetAccountAuthorizationDetailsCommand,
  type ManagedPolicyDetail,
  type PolicyDetail,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import { Failure } from '../runtime/errors.ts';
import { answerOf } from './edge.ts';
import { type Asker, iamFor } from './iam-client.ts';
import type { WholeRole } from './iam-roles.ts';

export type AccountRole = WholeRole & {
  /** ISO 8601. */
  readonly createdAt: string;
};

export type RoleDetails = {
  readonly roles: readonly AccountRole[];
  /** Of the account's own managed policies: the JSON of the default version by the policy's ARN. AWS's own are not among them. */
  readonly policies: Readonly<Record<string, string>>;
  /** Where the next page begins. */
  readonly next?: string;
};

/**
 * A page of the account's roles and of its own managed policies, which stand in pages of their own, mostly the last. The pages are no snapshot:
 * what is written between two of them may be in either.
 * @param page `limit`: entities of a page, 1 to 1,000; IAM may give fewer. `next`: what the page before it has said.
 * @example
 * const first = await roleDetails();
 * const second = first.next && (await roleDetails({ next: first.next }));
 * @throws Failure Throttled, ServiceUnavailable, AccessDenied; Refused for a role that lacks what every role has
 */
export const roleDetails = async (
  { next, limit = 1_000 }: { readonly next?: string; readonly limit?: number } = {},
  asker?: Asker,
): Promise<RoleDetails> => {
  const command = new GetAccountAuthorizationDetailsCommand({
    Filter: ['Role', 'LocalManagedPolicy'],
    MaxItems: limit,
    ...(next !== undefined && { Marker: next }),
  });
  const page = await answerOf('iam:GetAccountAuthorizationDetails', () => iamFor(asker).send(command));
  return {
    roles: (page.RoleDetailList ?? []).map(roleOf),
    policies: Object.fromEntries((page.Policies ?? []).flatMap(defaultDocument)),
    ...(page.IsTruncated && page.Marker !== undefined && { next: page.Marker }),
  };
};

const roleOf = (role: RoleDetail): AccountRole => {
  const { Arn: arn, RoleId: id, AssumeRolePolicyDocument: trust, CreateDate } = role;
  if (!arn || !id || !trust || CreateDate === undefined) {
    throw new Failure(
      'Refused',
      `IAM told of role ${arn ?? '?'} without its ARN, id, trust policy or date of creation`,
    );
  }
  const boundaryArn = role.PermissionsBoundary?.PermissionsBoundaryArn;
  return {
    arn,
    id,
    createdAt: CreateDate.toISOString(),
    trust: decodeURIComponent(trust),
    tags: Object.fromEntries((role.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
    ...(boundaryArn !== undefined && { boundaryArn }),
    managedPolicyArns: (role.AttachedManagedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []),
    inline: Object.fromEntries((role.RolePolicyList ?? []).flatMap((policy) => inlineDocument(arn, policy))),
  };
};

const inlineDocument = (arn: string, { PolicyName, PolicyDocument }: PolicyDetail): [name: string, json: string][] => {
  if (PolicyName === undefined || PolicyDocument === undefined) {
    throw new Failure(
      'Refused',
      `IAM told of an inline policy ${PolicyName ?? '?'} of ${arn} without its name or document`,
    );
  }
  return [[PolicyName, decodeURIComponent(PolicyDocument)]];
};

const defaultDocument = ({ Arn, PolicyVersionList = [] }: ManagedPolicyDetail): [arn: string, json: string][] => {
  const document = PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion)?.Document;
  if (Arn === undefined || document === undefined) {
    throw new Failure(
      'Refused',
      `IAM told of policy ${Arn ?? '?'} without its ARN or the document of its default version`,
    );
  }
  return [[Arn, decodeURIComponent(document)]];
};
