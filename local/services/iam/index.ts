/** IAM: a table of its operations. */
import * as schemas from '@aws-sdk/client-iam';
import type { Service } from '../../contract.ts';
import * as attachments from './attachments.ts';
import { GetAccountAuthorizationDetails } from './authorization-details.ts';
import { DeleteRolePermissionsBoundary, PutRolePermissionsBoundary } from './boundaries.ts';
import * as inlinePolicies from './inline-policies.ts';
import * as instanceProfiles from './instance-profiles.ts';
import * as managedPolicies from './managed-policies.ts';
import * as oidcProviderTags from './oidc-provider-tags.ts';
import * as oidcProviders from './oidc-providers.ts';
import { keepIam } from './past.ts';
import * as policyVersions from './policy-versions.ts';
import * as roleTags from './role-tags.ts';
import {
  CreateRole,
  DeleteRole,
  GetRole,
  ListRoles,
  UpdateAssumeRolePolicy,
  UpdateRole,
  UpdateRoleDescription,
} from './roles.ts';
import { SimulateCustomPolicy, SimulatePrincipalPolicy } from './simulate.ts';
import * as users from './users.ts';

export const service: Service = {
  scope: 'iam',
  eventSource: 'iam.amazonaws.com',
  global: true,
  protocol: 'awsQuery',
  xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  schemas,
  keepPast: keepIam,
  operations: {
    CreateRole,
    GetRole,
    ListRoles,
    UpdateRole,
    UpdateRoleDescription,
    UpdateAssumeRolePolicy,
    DeleteRole,
    ...inlinePolicies,
    ...attachments,
    ...managedPolicies,
    ...policyVersions,
    ...roleTags,
    PutRolePermissionsBoundary,
    DeleteRolePermissionsBoundary,
    ...instanceProfiles,
    ...oidcProviders,
    ...oidcProviderTags,
    ...users,
    GetAccountAuthorizationDetails,
    SimulatePrincipalPolicy,
    SimulateCustomPolicy,
  },
};
