/** IAM in this account: what roles are permitted, and which roles bear a managed policy. */
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  paginateListAttachedRolePolicies,
  paginateListEntitiesForPolicy,
  paginateListRolePolicies,
} from '@aws-sdk/client-iam';
import { answerIfThere, answerOf } from './edge.ts';
import { getInlinePolicy } from './iam.ts';
import { iamFor } from './iam-client.ts';

/** A role's permissions policies: its inline ones by name, its attached ones by ARN. */
export type PolicyText = { readonly name: string; readonly document: string };

/** Undefined when there is no such role. One call after the other: IAM's rate is low, and shared by the account. */
export const policiesOf = async (role: string): Promise<PolicyText[] | undefined> => {
  const names = await inlineNames(role);
  const arns = names === undefined ? undefined : await attachedArns(role);
  if (names === undefined || arns === undefined) return undefined;
  const policies: PolicyText[] = [];
  for (const name of names) {
    const document = await getInlinePolicy(role, name);
    if (document !== undefined) policies.push({ name, document });
  }
  for (const arn of arns) {
    const document = await managedPolicy(arn);
    if (document !== undefined) policies.push({ name: arn, document });
  }
  return policies;
};

/** The JSON of a managed policy's default version; undefined when there is no such policy. */
export const managedPolicy = async (arn: string): Promise<string | undefined> => {
  const policy = await answerIfThere('iam:GetPolicy', () => iamFor().send(new GetPolicyCommand({ PolicyArn: arn })));
  const VersionId = policy?.Policy?.DefaultVersionId;
  if (VersionId === undefined) return undefined;
  const version = await answerOf('iam:GetPolicyVersion', () =>
    iamFor().send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId })),
  );
  const document = version.PolicyVersion?.Document;
  return document === undefined ? undefined : decodeURIComponent(document);
};

/** The names of the roles that bear a managed policy, as permissions policy or as boundary, each once; none when the policy is gone. */
export const rolesBearing = async (policyArn: string): Promise<string[]> => {
  const pages = await answerIfThere('iam:ListEntitiesForPolicy', () =>
    everyPage(paginateListEntitiesForPolicy({ client: iamFor() }, { PolicyArn: policyArn, EntityFilter: 'Role' })),
  );
  const names = (pages ?? []).flatMap(({ PolicyRoles = [] }) => PolicyRoles.flatMap(({ RoleName }) => RoleName ?? []));
  return [...new Set(names)];
};

/** The names of a role's inline policies; undefined when there is no such role. */
export const inlineNames = async (role: string): Promise<string[] | undefined> => {
  const pages = await answerIfThere('iam:ListRolePolicies', () =>
    everyPage(paginateListRolePolicies({ client: iamFor() }, { RoleName: role })),
  );
  return pages?.flatMap(({ PolicyNames = [] }) => PolicyNames);
};

/** The ARNs of the managed policies that a role has; undefined when there is no such role. */
export const attachedArns = async (role: string): Promise<string[] | undefined> => {
  const pages = await answerIfThere('iam:ListAttachedRolePolicies', () =>
    everyPage(paginateListAttachedRolePolicies({ client: iamFor() }, { RoleName: role })),
  );
  return pages?.flatMap(({ AttachedPolicies = [] }) => AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []));
};

const everyPage = async <Page>(paginator: AsyncIterable<Page>): Promise<Page[]> => {
  const pages: Page[] = [];
  for await (const page of paginator) pages.push(page);
  return pages;
};
