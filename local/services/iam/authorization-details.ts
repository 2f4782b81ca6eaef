/** GetAccountAuthorizationDetails: all users, roles and policies of an account, with their documents, in one paged list. */
import type {
  EntityType,
  GetAccountAuthorizationDetailsCommandInput,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  UserDetail,
} from '@aws-sdk/client-iam';
import type { Call, Operation } from '../../contract.ts';
import { iamOfCall, iamPage } from './lookup.ts';
import { type AwsPolicy, awsManagedPolicies } from './managed.ts';
import { basics, tagsAndBoundary } from './roles.ts';
import { shownAwsPolicy, shownInstanceProfile, shownPolicy, shownUser, shownVersion, usageOf } from './shown.ts';
import type { ManagedPolicy, PolicyVersion, Principal, Role, User } from './state.ts';

/** A boundary's kind is told in other words than the SDK's enum. */
type Shown<T> = Omit<T, 'PermissionsBoundary'> & Pick<ReturnType<typeof tagsAndBoundary>, 'PermissionsBoundary'>;

type Output = {
  readonly UserDetailList: Shown<UserDetail>[];
  readonly GroupDetailList: [];
  readonly RoleDetailList: Shown<RoleDetail>[];
  readonly Policies: ManagedPolicyDetail[];
  readonly IsTruncated: boolean;
  readonly Marker?: string;
};

/** There are no groups here. Of AWS's own policies those that something of the account bears. */
export const GetAccountAuthorizationDetails: Operation<GetAccountAuthorizationDetailsCommandInput, Output> = {
  readOnly: true,
  asks: () => [{ action: 'iam:GetAccountAuthorizationDetails', resource: '*' }],
  run: ({ Filter = [], ...paging }, call) => {
    const page = iamPage(
      entitiesOf(call).filter(({ type }) => Filter.length === 0 || Filter.includes(type)),
      ({ key }) => key,
      paging,
    );
    return {
      UserDetailList: page.items.flatMap(({ user }) => user ?? []),
      GroupDetailList: [],
      RoleDetailList: page.items.flatMap(({ role }) => role ?? []),
      Policies: page.items.flatMap(({ policy }) => policy ?? []),
      ...page.paging,
    };
  },
};

type Entity = {
  readonly type: EntityType;
  /** Where it comes in the pages: users, then roles, then policies. */
  readonly key: string;
  readonly user?: Shown<UserDetail>;
  readonly role?: Shown<RoleDetail>;
  readonly policy?: ManagedPolicyDetail;
};

const entitiesOf = (call: Call): Entity[] => {
  const { users, roles, policies } = iamOfCall(call);
  const used = awsManagedPolicies(call.cloud.partition).filter((policy) => {
    const { AttachmentCount, PermissionsBoundaryUsageCount } = usageOf(call, policy);
    return AttachmentCount + PermissionsBoundaryUsageCount > 0;
  });
  return [
    ...[...users.values()].map((user) => ({ type: 'User' as const, key: `1 ${user.name}`, user: userDetail(user) })),
    ...[...roles.values()].map((role) => ({
      type: 'Role' as const,
      key: `2 ${role.name}`,
      role: roleDetail(call, role),
    })),
    ...[...policies.values()].map((policy) => ({
      type: 'LocalManagedPolicy' as const,
      key: `3 ${policy.arn}`,
      policy: localDetail(call, policy),
    })),
    ...used.map((policy) => ({
      type: 'AWSManagedPolicy' as const,
      key: `4 ${policy.arn}`,
      policy: awsDetail(call, policy),
    })),
  ];
};

const userDetail = (user: User): Shown<UserDetail> => ({
  ...shownUser(user),
  UserPolicyList: inlineOf(user),
  GroupList: [],
  AttachedManagedPolicies: attachedOf(user),
  ...tagsAndBoundary(user),
});

const roleDetail = (call: Call, role: Role): Shown<RoleDetail> => ({
  ...basics(call, role),
  InstanceProfileList: [...iamOfCall(call).instanceProfiles.values()]
    .filter((profile) => profile.role === role.name)
    .map((profile) => shownInstanceProfile(call, profile)),
  RolePolicyList: inlineOf(role),
  AttachedManagedPolicies: attachedOf(role),
  ...tagsAndBoundary(role),
  RoleLastUsed: {},
});

const inlineOf = ({ inline }: Principal): PolicyDetail[] =>
  [...inline].map(([PolicyName, { text }]) => ({ PolicyName, PolicyDocument: encodeURIComponent(text) }));

const attachedOf = ({ attached }: Principal) =>
  [...attached].map((arn) => ({ PolicyName: arn.split('/').at(-1), PolicyArn: arn }));

const localDetail = (call: Call, policy: ManagedPolicy): ManagedPolicyDetail => {
  const { Tags: _tags, ...shown } = shownPolicy(call, policy);
  return {
    ...shown,
    PolicyVersionList: [...policy.versions.values()].map((version) => versionDetail(policy, version)),
  };
};

const awsDetail = (call: Call, policy: AwsPolicy): ManagedPolicyDetail => ({
  ...shownAwsPolicy(policy),
  ...usageOf(call, policy),
  PolicyVersionList: [versionDetail({ defaultVersion: policy.version.id }, policy.version)],
});

const versionDetail = (policy: Pick<ManagedPolicy, 'defaultVersion'>, version: PolicyVersion) => ({
  ...shownVersion(policy, version),
  Document: encodeURIComponent(version.text),
});
