/** Managed policies on roles, and who bears a policy. */
import type {
  AttachedPolicy,
  AttachRolePolicyCommandInput,
  DetachRolePolicyCommandInput,
  ListAttachedRolePoliciesCommandInput,
  ListEntitiesForPolicyCommandInput,
  ListEntitiesForPolicyCommandOutput,
} from '@aws-sdk/client-iam';
import type { Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { iamOfCall, iamPage, limitExceeded, noSuchEntity, onPolicy, onRole, roleNamed } from './lookup.ts';
import { managedPolicy } from './policies.ts';
import type { Principal } from './state.ts';

/** IAM's default quota, "Managed policies attached to an IAM role". */
const MAX_ATTACHED = 10;

export const AttachRolePolicy: Operation<AttachRolePolicyCommandInput, object> = {
  readOnly: false,
  asks: (input, call) =>
    onRole('iam:AttachRolePolicy', () => ({ 'iam:PolicyARN': input.PolicyArn ?? '' }))(input, call),
  run: ({ RoleName, PolicyArn }, call) => {
    const role = roleNamed(call, RoleName);
    const arn = required(PolicyArn);
    if (managedPolicy(call.cloud, arn) === undefined) {
      throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    }
    if (!role.attached.has(arn) && role.attached.size >= MAX_ATTACHED) {
      throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${MAX_ATTACHED}`);
    }
    role.attached.add(arn);
    return {};
  },
};

export const DetachRolePolicy: Operation<DetachRolePolicyCommandInput, object> = {
  readOnly: false,
  asks: (input, call) =>
    onRole('iam:DetachRolePolicy', () => ({ 'iam:PolicyARN': input.PolicyArn ?? '' }))(input, call),
  run: ({ RoleName, PolicyArn }, call) => {
    if (!roleNamed(call, RoleName).attached.delete(required(PolicyArn))) {
      throw noSuchEntity(`Policy ${PolicyArn} was not found.`);
    }
    return {};
  },
};

export const ListAttachedRolePolicies: Operation<
  ListAttachedRolePoliciesCommandInput,
  { AttachedPolicies: AttachedPolicy[]; IsTruncated: boolean }
> = {
  readOnly: true,
  asks: onRole('iam:ListAttachedRolePolicies'),
  run: ({ RoleName, PathPrefix = '/', ...paging }, call) => {
    const arns = [...roleNamed(call, RoleName).attached].filter((arn) =>
      (arn.split(':policy')[1] ?? '').startsWith(PathPrefix),
    );
    const page = iamPage(arns, (arn) => arn, paging);
    return {
      AttachedPolicies: page.items.map((arn) => ({ PolicyName: arn.split('/').at(-1), PolicyArn: arn })),
      ...page.paging,
    };
  },
};

export const ListEntitiesForPolicy: Operation<
  ListEntitiesForPolicyCommandInput,
  Omit<ListEntitiesForPolicyCommandOutput, '$metadata'>
> = {
  readOnly: true,
  asks: onPolicy('iam:ListEntitiesForPolicy'),
  run: ({ PolicyArn, EntityFilter, PathPrefix = '/', PolicyUsageFilter: usage, ...paging }, call) => {
    const arn = required(PolicyArn);
    if (managedPolicy(call.cloud, arn) === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
    const bears = ({ attached, boundary, path }: Principal): boolean =>
      path.startsWith(PathPrefix) &&
      ((usage !== 'PermissionsBoundary' && attached.has(arn)) || (usage !== 'PermissionsPolicy' && boundary === arn));
    const { users, roles } = iamOfCall(call);
    const wanted = (kind: string) => EntityFilter === undefined || EntityFilter === kind;
    // There are no groups here. A page can have entities of both kinds.
    const page = iamPage(
      [...(wanted('Role') ? roles.values() : []), ...(wanted('User') ? users.values() : [])].filter(bears),
      ({ id }) => id,
      paging,
    );
    const ofKind = (prefix: string) => page.items.filter(({ id }) => id.startsWith(prefix));
    return {
      PolicyGroups: [],
      PolicyUsers: ofKind('AIDA').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: ofKind('AROA').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...page.paging,
    };
  },
};
