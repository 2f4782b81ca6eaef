/** IAM in this account: roles, their trust, and the inline policies by which sessions are cut. */
import {
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
  type Role as RoleShape,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { failureOf } from '../runtime/aws-failures.ts';
import { Failure } from '../runtime/errors.ts';
import { answerIfThere, codeOf } from './edge.ts';
import { type Asker, iamFor } from './iam-client.ts';

export type Role = { readonly arn: string; readonly path: string; readonly name: string };

/** Undefined when there is no such role. Its real path is in the answer, whatever the ARN that one was given says. */
export const getRole = async (name: string, asker?: Asker): Promise<Role | undefined> => {
  const role = await readRole(name, asker);
  return role?.Arn === undefined ? undefined : { arn: role.Arn, path: role.Path ?? '/', name: role.RoleName ?? name };
};

export type DescribedRole = {
  readonly arn: string;
  /** `AROA…`: another one means that the role was deleted and made again. */
  readonly id: string;
  /** The trust policy's JSON. */
  readonly trust: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The managed policy that limits what its permissions policies can give. */
  readonly boundaryArn?: string;
};

/** The role with its trust and tags; undefined when there is none of this name. @throws Failure Refused for an answer that lacks them */
export const describeRole = async (name: string, asker?: Asker): Promise<DescribedRole | undefined> => {
  const role = await readRole(name, asker);
  if (role === undefined) return undefined;
  const { Arn: arn, RoleId: id, AssumeRolePolicyDocument: trust, Tags, PermissionsBoundary } = role;
  if (!arn || !id || !trust)
    throw new Failure('Refused', `IAM described role ${name} without its ARN, id or trust policy`);
  const boundaryArn = PermissionsBoundary?.PermissionsBoundaryArn;
  return {
    arn,
    id,
    trust: decodeURIComponent(trust),
    tags: Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
    ...(boundaryArn !== undefined && { boundaryArn }),
  };
};

/** What came of writing a trust policy; all but `written` are final, and `because` is what IAM said. */
export type TrustWritten =
  | { readonly status: 'written' }
  | { readonly status: 'role-gone' | 'too-long' | 'unmodifiable' | 'malformed'; readonly because: string };

export const putTrust = async (role: string, document: string, asker?: Asker): Promise<TrustWritten> => {
  const command = new UpdateAssumeRolePolicyCommand({ RoleName: role, PolicyDocument: document });
  try {
    await iamFor(asker).send(command);
    return { status: 'written' };
  } catch (error) {
    const status = TRUST_ANSWERS[plainCode(error)];
    if (status === undefined) throw failureOf('iam:UpdateAssumeRolePolicy', error);
    return { status, because: error instanceof Error ? error.message : status };
  }
};

/** The inline policy's JSON; undefined when the role or the policy is missing. */
export const getInlinePolicy = async (role: string, policy: string, asker?: Asker): Promise<string | undefined> => {
  const answer = await answerIfThere('iam:GetRolePolicy', () =>
    iamFor(asker).send(new GetRolePolicyCommand({ RoleName: role, PolicyName: policy })),
  );
  return answer?.PolicyDocument === undefined ? undefined : decodeURIComponent(answer.PolicyDocument);
};

/** What came of writing an inline policy; the last three are final. */
export type Written = 'written' | 'role-gone' | 'no-room' | 'unmodifiable';

export const putInlinePolicy = async (
  role: string,
  policy: string,
  document: string,
  asker?: Asker,
): Promise<Written> => {
  const command = new PutRolePolicyCommand({ RoleName: role, PolicyName: policy, PolicyDocument: document });
  try {
    await iamFor(asker).send(command);
    return 'written';
  } catch (error) {
    const answer = ANSWERS[plainCode(error)];
    if (answer !== undefined) return answer;
    throw failureOf('iam:PutRolePolicy', error);
  }
};

/** Removes an inline policy; it is all right when it, or the role, is gone already. */
export const deleteInlinePolicy = async (role: string, policy: string, asker?: Asker): Promise<void> => {
  await answerIfThere('iam:DeleteRolePolicy', () =>
    iamFor(asker).send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: policy })),
  );
};

/** The ARN of the role in an instance profile; undefined when the profile is missing or empty. */
export const instanceProfileRole = async (profile: string): Promise<string | undefined> => {
  const answer = await answerIfThere('iam:GetInstanceProfile', () =>
    iamFor().send(new GetInstanceProfileCommand({ InstanceProfileName: profile })),
  );
  return answer?.InstanceProfile?.Roles?.[0]?.Arn;
};

const readRole = async (name: string, asker?: Asker): Promise<RoleShape | undefined> =>
  (await answerIfThere('iam:GetRole', () => iamFor(asker).send(new GetRoleCommand({ RoleName: name }))))?.Role;

/** The Query protocol's codes have no "Exception" at their end, the SDK's classes have. */
const plainCode = (error: unknown): string => codeOf(error).replace(/Exception$/, '');

const ANSWERS: Readonly<Record<string, Written>> = {
  NoSuchEntity: 'role-gone',
  // The inline policies of a role have 10,240 characters together, white space not counted.
  LimitExceeded: 'no-room',
  UnmodifiableEntity: 'unmodifiable',
};

const TRUST_ANSWERS: Readonly<Record<string, Exclude<TrustWritten['status'], 'written'>>> = {
  NoSuchEntity: 'role-gone',
  // "Role trust policy length": 2,048 characters unless it was raised, white space not counted.
  LimitExceeded: 'too-long',
  UnmodifiableEntity: 'unmodifiable',
  // A principal that was deleted stands there as its unique id, and IAM shows that but doesn't take it back.
  MalformedPolicyDocument: 'malformed',
};
