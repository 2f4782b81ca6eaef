/** IAM in this account: a role read whole, made, and written to, one call at a time. */
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { failureOf } from '../runtime/aws-failures.ts';
import { Failure } from '../runtime/errors.ts';
import { codeOf } from './edge.ts';
import { type DescribedRole, describeRole, getInlinePolicy } from './iam.ts';
import { type Asker, iamFor } from './iam-client.ts';
import { attachedArns, inlineNames } from './iam-policies.ts';

/** A role with everything that decides who gets it and what it gives. */
export type WholeRole = DescribedRole & {
  readonly managedPolicyArns: string[];
  /** JSON text by the policy's name. */
  readonly inline: Record<string, string>;
};

/** Undefined when there is no role of this name. One call after the other: IAM's rate is low, and shared by the account. */
export const readWholeRole = async (name: string, asker?: Asker): Promise<WholeRole | undefined> => {
  const role = await describeRole(name, asker);
  const managedPolicyArns = role && (await attachedArns(name));
  const names = role && (await inlineNames(name));
  if (role === undefined || managedPolicyArns === undefined || names === undefined) return undefined;
  const inline: Record<string, string> = {};
  for (const policy of names) {
    const document = await getInlinePolicy(name, policy, asker);
    if (document !== undefined) inline[policy] = document;
  }
  return { ...role, managedPolicyArns, inline };
};

/** A role as it is made: bounded and tagged from its first moment. */
export type NewRole = {
  readonly name: string;
  readonly path: string;
  readonly trust: string;
  readonly boundary: string;
  readonly tags: Readonly<Record<string, string>>;
};

/** One write to a role that is there. */
export type RoleWrite =
  | { readonly what: 'trust'; readonly document: string }
  | { readonly what: 'boundary'; readonly arn: string }
  | { readonly what: 'attach' | 'detach'; readonly arn: string }
  | { readonly what: 'put-inline'; readonly name: string; readonly document: string }
  | { readonly what: 'delete-inline'; readonly name: string }
  | { readonly what: 'tags'; readonly tags: Readonly<Record<string, string>> }
  | { readonly what: 'delete' };

/**
 * What IAM answered; `because` is what it said.
 * - `exists`: a role of that name is there.
 * - `gone`: the role, the policy or the attachment is not there, or not visible yet.
 * - `invalid-principal`: the trust names a role that IAM doesn't know, or doesn't know yet.
 * - `in-use`: it can't be deleted while others hang on it.
 * - `refused`: it will never be taken in this form.
 */
export type Taken =
  | { readonly status: 'done' }
  | { readonly status: 'exists' | 'gone' | 'invalid-principal' | 'in-use' | 'refused'; readonly because: string };

/** @throws Failure Throttled, ServiceUnavailable, AccessDenied, Conflict */
export const createRole = ({ name, path, trust, boundary, tags }: NewRole, asker: Asker): Promise<Taken> =>
  taken('iam:CreateRole', () =>
    iamFor(asker).send(
      new CreateRoleCommand({
        RoleName: name,
        Path: path,
        AssumeRolePolicyDocument: trust,
        PermissionsBoundary: boundary,
        Tags: tagList(tags),
      }),
    ),
  );

/** @throws Failure Throttled, ServiceUnavailable, AccessDenied, Conflict */
export const writeRole = (name: string, write: RoleWrite, asker: Asker): Promise<Taken> =>
  taken(CALLS[write.what], () => send(iamFor(asker), name, write));

const send = (client: IAMClient, RoleName: string, write: RoleWrite): Promise<unknown> => {
  switch (write.what) {
    case 'trust':
      return client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: write.document }));
    case 'boundary':
      return client.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: write.arn }));
    case 'attach':
      return client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: write.arn }));
    case 'detach':
      return client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: write.arn }));
    case 'put-inline':
      return client.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: write.name, PolicyDocument: write.document }),
      );
    case 'delete-inline':
      return client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: write.name }));
    case 'tags':
      return client.send(new TagRoleCommand({ RoleName, Tags: tagList(write.tags) }));
    case 'delete':
      return client.send(new DeleteRoleCommand({ RoleName }));
  }
};

const CALLS: Readonly<Record<RoleWrite['what'], string>> = {
  trust: 'iam:UpdateAssumeRolePolicy',
  boundary: 'iam:PutRolePermissionsBoundary',
  attach: 'iam:AttachRolePolicy',
  detach: 'iam:DetachRolePolicy',
  'put-inline': 'iam:PutRolePolicy',
  'delete-inline': 'iam:DeleteRolePolicy',
  tags: 'iam:TagRole',
  delete: 'iam:DeleteRole',
};

const taken = async (call: string, write: () => Promise<unknown>): Promise<Taken> => {
  try {
    await write();
    return { status: 'done' };
  } catch (error) {
    // The Query protocol's codes have no "Exception" at their end, the SDK's classes have.
    const code = codeOf(error).replace(/Exception$/, '');
    if (code === 'ConcurrentModification') {
      throw new Failure('Conflict', `${call}: somebody else writes to the same role now`, { cause: error });
    }
    const status = ANSWERS[code];
    if (status === undefined || !(error instanceof Error)) throw failureOf(call, error);
    const isPrincipal = code === 'MalformedPolicyDocument' && /invalid principal/i.test(error.message);
    return { status: isPrincipal ? 'invalid-principal' : status, because: error.message };
  }
};

/** "Errors" of each of these calls (IAM API reference). */
const ANSWERS: Readonly<Record<string, Exclude<Taken['status'], 'done'>>> = {
  EntityAlreadyExists: 'exists',
  NoSuchEntity: 'gone',
  DeleteConflict: 'in-use',
  InvalidInput: 'refused',
  LimitExceeded: 'refused',
  MalformedPolicyDocument: 'refused',
  PolicyNotAttachable: 'refused',
  UnmodifiableEntity: 'refused',
};

const tagList = (tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
