/** Actions that give more than they say: whoever has them gets other permissions, or acts with those of others. */

/**
 * Who may call one of these changes who may do what: in IAM, in the clusters, in the organisation. Sources: the service authorization
 * reference's access levels; Rhino Security Labs' "AWS IAM Privilege Escalation" methods that need no PassRole; for `eks`, the EKS guide:
 * an association or an access entry hands out a role or a cluster. `DeleteRolePolicy` and its like would take podid's own denies away.
 */
const IDENTITY_CHANGING = {
  iam: [
    'AcquireRole',
    'AddClientIDToOpenIDConnectProvider',
    'AddRoleToInstanceProfile',
    'AddUserToGroup',
    'AttachGroupPolicy',
    'AttachRolePolicy',
    'AttachUserPolicy',
    'CreateAccessKey',
    'CreateLoginProfile',
    'CreateOpenIDConnectProvider',
    'CreatePolicyVersion',
    'CreateRole',
    'CreateSAMLProvider',
    'CreateServiceSpecificCredential',
    'CreateUser',
    'DeactivateMFADevice',
    'DeletePolicyVersion',
    'DeleteRolePermissionsBoundary',
    'DeleteRolePolicy',
    'DeleteUserPermissionsBoundary',
    'DeleteUserPolicy',
    'DetachRolePolicy',
    'DetachUserPolicy',
    'PutGroupPolicy',
    'PutRolePermissionsBoundary',
    'PutRolePolicy',
    'PutUserPermissionsBoundary',
    'PutUserPolicy',
    'ResetServiceSpecificCredential',
    'SetDefaultPolicyVersion',
    'TagRole',
    'TagUser',
    'UntagRole',
    'UntagUser',
    'UpdateAccessKey',
    'UpdateAssumeRolePolicy',
    'UpdateLoginProfile',
    'UpdateOpenIDConnectProviderThumbprint',
    'UpdateSAMLProvider',
    'UploadSigningCertificate',
    'UploadSSHPublicKey',
  ],
  eks: [
    'AssociateAccessPolicy',
    'AssociateIdentityProviderConfig',
    'CreateAccessEntry',
    'CreateAddon',
    'CreatePodIdentityAssociation',
    'UpdateAccessEntry',
    'UpdateAddon',
    'UpdatePodIdentityAssociation',
  ],
  'eks-auth': ['AssumeRoleForPodIdentity'],
  organizations: [
    'AttachPolicy',
    'CreateAccount',
    'DeletePolicy',
    'DetachPolicy',
    'DisablePolicyType',
    'LeaveOrganization',
    'MoveAccount',
    'RegisterDelegatedAdministrator',
    'UpdatePolicy',
  ],
  sso: [
    'AttachCustomerManagedPolicyReferenceToPermissionSet',
    'AttachManagedPolicyToPermissionSet',
    'CreateAccountAssignment',
    'PutInlinePolicyToPermissionSet',
    'ProvisionPermissionSet',
  ],
  identitystore: ['CreateGroupMembership'],
} as const;

/** Who may call one of these runs code, or opens a shell, with a role that somebody else was given (same sources). */
const ACTING_AS_OTHERS = {
  cloudformation: ['CreateChangeSet', 'ExecuteChangeSet', 'UpdateStack', 'UpdateStackSet'],
  codebuild: ['StartBuild', 'StartBuildBatch', 'UpdateProject'],
  datapipeline: ['PutPipelineDefinition'],
  ec2: ['AssociateIamInstanceProfile', 'ModifyInstanceAttribute', 'ReplaceIamInstanceProfileAssociation'],
  'ec2-instance-connect': ['SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey'],
  ecs: ['ExecuteCommand'],
  glue: ['UpdateDevEndpoint', 'UpdateJob'],
  lambda: ['UpdateFunctionCode', 'UpdateFunctionConfiguration', 'PublishLayerVersion'],
  sagemaker: ['CreatePresignedDomainUrl', 'CreatePresignedNotebookInstanceUrl'],
  ssm: ['ResumeSession', 'SendCommand', 'StartAutomationExecution', 'StartSession'],
  states: ['UpdateStateMachine'],
} as const;

const actionsOf = (table: Readonly<Record<string, readonly string[]>>): readonly string[] =>
  Object.entries(table).flatMap(([service, names]) => names.map((name) => `${service}:${name}`.toLowerCase()));

/** `service:action`, in lower case. */
export const ESCALATING: readonly string[] = actionsOf(IDENTITY_CHANGING);
export const AS_OTHERS: readonly string[] = actionsOf(ACTING_AS_OTHERS);
