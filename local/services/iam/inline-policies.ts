/** Inline policies of roles, within the one budget that all of a role's share. */
import type {
  DeleteRolePolicyCommandInput,
  GetRolePolicyCommandInput,
  GetRolePolicyCommandOutput,
  ListRolePoliciesCommandInput,
  PutRolePolicyCommandInput,
} from '@aws-sdk/client-iam';
import type { Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import {
  checkName,
  iamPage,
  limitExceeded,
  noSuchEntity,
  onRole,
  policySize,
  readPolicy,
  roleNamed,
} from './lookup.ts';

/** "Role inline policies: 10,240 characters" together, white space not counted (IAM and STS quotas). */
const MAX_CHARACTERS = 10_240;

export const PutRolePolicy: Operation<PutRolePolicyCommandInput, object> = {
  readOnly: false,
  asks: onRole('iam:PutRolePolicy'),
  run: (input, call) => {
    const role = roleNamed(call, input.RoleName);
    const name = required(input.PolicyName);
    const text = required(input.PolicyDocument);
    checkName('policyName', name, 128);
    const policy = readPolicy(name, text);
    const others = [...role.inline].filter(([other]) => other !== name);
    if (others.reduce((sum, [, other]) => sum + policySize(other.text), policySize(text)) > MAX_CHARACTERS) {
      throw limitExceeded(`Maximum policy size of ${MAX_CHARACTERS} bytes exceeded for role ${role.name}`);
    }
    role.inline.set(name, policy);
    return {};
  },
};

export const GetRolePolicy: Operation<GetRolePolicyCommandInput, Omit<GetRolePolicyCommandOutput, '$metadata'>> = {
  readOnly: true,
  asks: onRole('iam:GetRolePolicy'),
  run: ({ RoleName, PolicyName }, call) => {
    const policy = roleNamed(call, RoleName).inline.get(required(PolicyName));
    if (policy === undefined) throw missing(PolicyName);
    return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(policy.text) };
  },
};

export const ListRolePolicies: Operation<
  ListRolePoliciesCommandInput,
  { PolicyNames: string[]; IsTruncated: boolean }
> = {
  readOnly: true,
  asks: onRole('iam:ListRolePolicies'),
  run: ({ RoleName, ...paging }, call) => {
    const page = iamPage(roleNamed(call, RoleName).inline.keys(), (name) => name, paging);
    return { PolicyNames: [...page.items], ...page.paging };
  },
};

export const DeleteRolePolicy: Operation<DeleteRolePolicyCommandInput, object> = {
  readOnly: false,
  asks: onRole('iam:DeleteRolePolicy'),
  run: ({ RoleName, PolicyName }, call) => {
    if (!roleNamed(call, RoleName).inline.delete(required(PolicyName))) throw missing(PolicyName);
    return {};
  },
};

const missing = (name: string | undefined) => noSuchEntity(`The role policy with name ${name} cannot be found.`);
