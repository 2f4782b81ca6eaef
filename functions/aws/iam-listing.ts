/** IAM in this account: which roles there are under a path. */
import { ListRolesCommand } from '@aws-sdk/client-iam';
import { answerOf } from './edge.ts';
import { iamFor } from './iam-client.ts';

export type ListedRole = { readonly roleArn: string; readonly createdAt: string };
export type RolesPage = { readonly roles: readonly ListedRole[]; readonly next?: string };

/**
 * A page of at most 1,000 roles; their tags are not in it (IAM API, ListRoles).
 * @param next Where the page begins, as the page before it has said.
 * @throws Failure Throttled, ServiceUnavailable, AccessDenied
 */
export const listRolesUnder = async (path: string, next?: string): Promise<RolesPage> => {
  const command = new ListRolesCommand({ PathPrefix: path, MaxItems: 1_000, ...(next && { Marker: next }) });
  const { Roles = [], IsTruncated, Marker } = await answerOf('iam:ListRoles', () => iamFor().send(command));
  const roles = Roles.flatMap(({ Arn, CreateDate }) =>
    Arn === undefined || CreateDate === undefined ? [] : [{ roleArn: Arn, createdAt: CreateDate.toISOString() }],
  );
  return { roles, ...(IsTruncated && Marker !== undefined && { next: Marker }) };
};
