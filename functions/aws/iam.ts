/** IAM in this account: roles, and the inline policies by which sessions are cut. */
import {
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { failureOf } from '../runtime/aws-failures.ts';
import { answerIfThere, answerOf, CLIENT_SETTINGS, codeOf } from './edge.ts';

let made: { readonly revocation: string | undefined; readonly client: IAMClient } | undefined;

/**
 * A client whose calls carry the revocation's id in the user agent, and so into CloudTrail. A new id makes a new
 * client over the old one's connections.
 */
const iamFor = (revocation?: string): IAMClient => {
  if (made !== undefined && made.revocation === revocation) return made.client;
  const client = new IAMClient({
    ...CLIENT_SETTINGS,
    ...(made !== undefined && { requestHandler: made.client.config.requestHandler }),
    ...(revocation !== undefined && { customUserAgent: [['podid', revocation]] }),
  });
  made = { revocation, client };
  return client;
};

/** Who asks, for CloudTrail: a revocation's id. */
export type Asker = { readonly revocation?: string };

export type Role = { readonly arn: string; readonly path: string; readonly name: string };

/** Undefined when there is no such role. Its real path is in the answer, whatever the ARN that one was given says. */
export const getRole = async (name: string, { revocation }: Asker = {}): Promise<Role | undefined> => {
  const answer = await answerIfThere('iam:GetRole', () =>
    iamFor(revocation).send(new GetRoleCommand({ RoleName: name })),
  );
  const role = answer?.Role;
  return role?.Arn === undefined ? undefined : { arn: role.Arn, path: role.Path ?? '/', name: role.RoleName ?? name };
};

/** The inline policy's JSON; undefined when the role or the policy is missing. */
export const getInlinePolicy = async (
  role: string,
  policy: string,
  { revocation }: Asker = {},
): Promise<string | undefined> => {
  const answer = await answerIfThere('iam:GetRolePolicy', () =>
    iamFor(revocation).send(new GetRolePolicyCommand({ RoleName: role, PolicyName: policy })),
  );
  return answer?.PolicyDocument === undefined ? undefined : decodeURIComponent(answer.PolicyDocument);
};

/** What came of writing an inline policy; the last three are final. */
export type Written = 'written' | 'role-gone' | 'no-room' | 'unmodifiable';

export const putInlinePolicy = async (
  role: string,
  policy: string,
  document: string,
  { revocation }: Asker = {},
): Promise<Written> => {
  const command = new PutRolePolicyCommand({ RoleName: role, PolicyName: policy, PolicyDocument: document });
  try {
    await iamFor(revocation).send(command);
    return 'written';
  } catch (error) {
    const answer = ANSWERS[codeOf(error).replace(/Exception$/, '')];
    if (answer !== undefined) return answer;
    throw failureOf('iam:PutRolePolicy', error);
  }
};

/** Removes an inline policy; it is all right when it, or the role, is gone already. */
export const deleteInlinePolicy = async (role: string, policy: string, { revocation }: Asker = {}): Promise<void> => {
  await answerIfThere('iam:DeleteRolePolicy', () =>
    iamFor(revocation).send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: policy })),
  );
};

/** A role's permissions policies: its inline ones by name, its attached ones by ARN. */
export type PolicyText = { readonly name: string; readonly document: string };

/** Undefined when there is no such role. One call after the other: IAM's rate is low, and shared by the account. */
export const policiesOf = async (role: string): Promise<PolicyText[] | undefined> => {
  const policies: PolicyText[] = [];
  for await (const name of inlineNames(role)) {
    if (name === undefined) return undefined;
    const document = await getInlinePolicy(role, name);
    if (document !== undefined) policies.push({ name, document });
  }
  for await (const arn of attachedArns(role)) {
    if (arn === undefined) return undefined;
    const document = await managedPolicy(arn);
    if (document !== undefined) policies.push({ name: arn, document });
  }
  return policies;
};

/** The ARN of the role in an instance profile; undefined when the profile is missing or empty. */
export const instanceProfileRole = async (profile: string): Promise<string | undefined> => {
  const answer = await answerIfThere('iam:GetInstanceProfile', () =>
    iamFor().send(new GetInstanceProfileCommand({ InstanceProfileName: profile })),
  );
  return answer?.InstanceProfile?.Roles?.[0]?.Arn;
};

const ANSWERS: Readonly<Record<string, Written>> = {
  NoSuchEntity: 'role-gone',
  // The inline policies of a role have 10,240 characters together, white space not counted.
  LimitExceeded: 'no-room',
  UnmodifiableEntity: 'unmodifiable',
};

async function* inlineNames(role: string): AsyncGenerator<string | undefined> {
  let Marker: string | undefined;
  do {
    const command = new ListRolePoliciesCommand({ RoleName: role, Marker });
    const page = await answerIfThere('iam:ListRolePolicies', () => iamFor().send(command));
    if (page === undefined) yield undefined;
    yield* page?.PolicyNames ?? [];
    Marker = page?.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
}

async function* attachedArns(role: string): AsyncGenerator<string | undefined> {
  let Marker: string | undefined;
  do {
    const command = new ListAttachedRolePoliciesCommand({ RoleName: role, Marker });
    const page = await answerIfThere('iam:ListAttachedRolePolicies', () => iamFor().send(command));
    if (page === undefined) yield undefined;
    for (const { PolicyArn } of page?.AttachedPolicies ?? []) if (PolicyArn !== undefined) yield PolicyArn;
    Marker = page?.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
}

const managedPolicy = async (arn: string): Promise<string | undefined> => {
  const policy = await answerIfThere('iam:GetPolicy', () => iamFor().send(new GetPolicyCommand({ PolicyArn: arn })));
  const VersionId = policy?.Policy?.DefaultVersionId;
  if (VersionId === undefined) return undefined;
  const version = await answerOf('iam:GetPolicyVersion', () =>
    iamFor().send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId })),
  );
  const document = version.PolicyVersion?.Document;
  return document === undefined ? undefined : decodeURIComponent(document);
};
