/** AWS::IAM::Role, AWS::IAM::Policy, AWS::IAM::ManagedPolicy. */
import type { Deploy } from '../contract.ts';

type Inline = { readonly PolicyName: string; readonly PolicyDocument: object };

type RoleProperties = {
  readonly RoleName?: string;
  readonly Path?: string;
  readonly Description?: string;
  readonly AssumeRolePolicyDocument: object;
  readonly ManagedPolicyArns?: readonly string[];
  readonly PermissionsBoundary?: string;
  readonly Policies?: readonly Inline[];
  readonly Tags?: readonly { Key: string; Value: string }[];
  readonly MaxSessionDuration?: number;
};

export const role: Deploy<RoleProperties> = async (properties, { call }, id) => {
  const { RoleName = id, AssumeRolePolicyDocument, ManagedPolicyArns = [], Policies = [], ...rest } = properties;
  const { Role } = (await call('iam', 'CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify(AssumeRolePolicyDocument),
    ...rest,
  })) as { Role: { Arn: string; RoleId: string } };
  for (const { PolicyName, PolicyDocument } of Policies) {
    await call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) });
  }
  for (const PolicyArn of ManagedPolicyArns) await call('iam', 'AttachRolePolicy', { RoleName, PolicyArn });
  return { ref: RoleName, attributes: { Arn: Role.Arn, RoleId: Role.RoleId } };
};

export const policy: Deploy<Inline & { readonly Roles?: readonly string[] }> = async (properties, { call }) => {
  const { PolicyName, PolicyDocument, Roles = [] } = properties;
  for (const RoleName of Roles) {
    await call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) });
  }
  return { ref: PolicyName, attributes: { Id: PolicyName } };
};

type ManagedProperties = {
  readonly ManagedPolicyName?: string;
  readonly Path?: string;
  readonly Description?: string;
  readonly PolicyDocument: object;
  readonly Roles?: readonly string[];
};

export const managedPolicy: Deploy<ManagedProperties> = async (properties, { call }, id) => {
  const { ManagedPolicyName: PolicyName = id, PolicyDocument, Roles = [], ...rest } = properties;
  const { Policy } = (await call('iam', 'CreatePolicy', {
    PolicyName,
    PolicyDocument: JSON.stringify(PolicyDocument),
    ...rest,
  })) as { Policy: { Arn: string } };
  for (const RoleName of Roles) await call('iam', 'AttachRolePolicy', { RoleName, PolicyArn: Policy.Arn });
  return { ref: Policy.Arn, attributes: { PolicyArn: Policy.Arn } };
};
