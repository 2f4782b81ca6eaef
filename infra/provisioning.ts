/** Provisioning in a spoke: its functions and what each may do. Roles can be made under one path and with our boundary alone, and passed to EKS's pods alone. */
import { PODS } from '../functions/trust/reach/index.ts';
import type { Permission } from './constructs/permission.ts';
import { addSpokeFunction, type Spoke } from './constructs/spoke.ts';
import { outOfBounds, readAssociations, readPolicies } from './revocation.ts';
import { readRoles } from './trust.ts';

export const provisioningInSpoke = (spoke: Spoke): void => {
  const { rolePath, boundaryName, trustCharacters, writersPerAccount } = spoke.config.grants;
  // IAM's rates are low and an account's alone: reading is for many, writing for a few. Zero would let none run at all.
  const few = writersPerAccount === 0 ? {} : { atOnce: writersPerAccount };
  const environment = {
    PODID_EXCLUDED_ROLES: JSON.stringify(spoke.excludedRoles),
    PODID_MANAGED_ROLES: JSON.stringify(spoke.managedRoles),
    PODID_GRANTS: JSON.stringify({ rolePath, boundaryName, trustCharacters }),
  };
  const reads = [readRoles(spoke), ...readPolicies(spoke)];
  addSpokeFunction(spoke, {
    file: 'survey',
    description: 'Everything that a grant is resolved from: roles, policies, associations, where pods run on Fargate.',
    may: [...reads, ...readAssociations(spoke), ...readFargateProfiles(spoke)],
    // The exact reach of trusts is arithmetic here and below, and memory decides the share of a CPU.
    memory: 1024,
  });
  addSpokeFunction(spoke, {
    environment,
    file: 'list-made',
    description: 'Lists the roles under the path of grants.',
    may: [LIST_ROLES],
  });
  addSpokeFunction(spoke, {
    ...few,
    environment,
    file: 'apply-role',
    description:
      "Makes a grant's role under our path and within our boundary, or writes its part of one that was opted in.",
    may: [...reads, ...makeRoles(spoke), ...writeRoles(spoke, APPLY), neverThese(spoke)],
    memory: 1024,
  });
  addSpokeFunction(spoke, {
    ...few,
    environment,
    file: 'associate',
    description: "Makes or changes a grant's associations, with such roles alone.",
    may: [
      readRoles(spoke),
      ...readAssociations(spoke),
      ...writeAssociations(spoke),
      ...passRoles(spoke),
      neverThese(spoke),
    ],
  });
  addSpokeFunction(spoke, {
    environment,
    file: 'verify-grant',
    description: 'Proves that what a grant asks for is there: associations, trusts, the way to the targets.',
    may: [...reads, ...readAssociations(spoke)],
    memory: 1024,
  });
  addSpokeFunction(spoke, {
    ...few,
    environment,
    file: 'undo-grant',
    description: 'Takes back one thing that bears the mark of a grant.',
    may: [
      ...reads,
      ...removeRoles(spoke),
      ...writeRoles(spoke, UNDO),
      ...readAssociations(spoke),
      ...writeAssociations(spoke),
      ...removeAssociations(spoke),
      ...passRoles(spoke),
      neverThese(spoke),
    ],
    memory: 1024,
  });
};

/** As the associations: also of clusters that the configuration doesn't name. */
const readFargateProfiles = (spoke: Spoke): Permission[] => [
  {
    sid: 'ReadFargateProfiles',
    actions: ['eks:ListFargateProfiles', 'eks:DescribeFargateProfile'],
    resources: [eksArn(spoke, 'cluster/*'), eksArn(spoke, 'fargateprofile/*')],
    because: "Reads of this account's and region's Fargate profiles, whose names and ids nobody knows beforehand.",
  },
];

const LIST_ROLES: Permission = {
  sid: 'ListRoles',
  actions: ['iam:ListRoles'],
  resources: ['*'],
  because: 'iam:ListRoles has no resource types (service authorization reference); the function asks for one path.',
};

const GRANT = { StringLike: { 'aws:RequestTag/podid:grant': 'g-*' } } as const;
/** No other tag can be set along: not one that a policy of somebody else's trusts. */
const OUR_TAGS = { 'ForAllValues:StringLike': { 'aws:TagKeys': 'podid:*' } } as const;
const MADE = { StringLike: { 'aws:ResourceTag/podid:made-by': 'g-*' } } as const;

const rolesUnderPath = ({ partition, account, config }: Spoke): string =>
  `arn:${partition}:iam::${account}:role${config.grants.rolePath}*`;
const UNDER_PATH =
  'The path under which the roles of grants are made, and nothing else is; their names are of the grants.';

const boundary = ({ partition, account, config }: Spoke) => ({
  StringEquals: { 'iam:PermissionsBoundary': `arn:${partition}:iam::${account}:policy/${config.grants.boundaryName}` },
});

const makeRoles = (spoke: Spoke): Permission[] => [
  {
    sid: 'MakeBoundedRoles',
    actions: ['iam:CreateRole'],
    resources: [rolesUnderPath(spoke)],
    conditions: { ...boundary(spoke), ...GRANT, ...OUR_TAGS },
    because: UNDER_PATH,
  },
  {
    sid: 'TagRoles',
    actions: ['iam:TagRole'],
    resources: [rolesUnderPath(spoke)],
    conditions: OUR_TAGS,
    because: UNDER_PATH,
  },
  {
    sid: 'BoundRoles',
    actions: ['iam:PutRolePermissionsBoundary'],
    resources: [rolesUnderPath(spoke)],
    conditions: boundary(spoke),
    because: UNDER_PATH,
  },
];

type Writes = {
  /** On roles under our path, while they bear our boundary. */
  readonly policies: readonly string[];
  /** On roles that were opted in, and on ours. */
  readonly optedIn: readonly string[];
};

const APPLY: Writes = {
  policies: ['iam:AttachRolePolicy', 'iam:DeleteRolePolicy', 'iam:DetachRolePolicy', 'iam:PutRolePolicy'],
  optedIn: ['iam:DeleteRolePolicy', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy'],
};
const UNDO: Writes = {
  policies: ['iam:DeleteRolePolicy', 'iam:DetachRolePolicy'],
  optedIn: ['iam:DeleteRolePolicy', 'iam:UpdateAssumeRolePolicy'],
};

/** IAM can't limit what a policy says: the functions render the trust, and judge the permissions that they write. */
const writeRoles = (spoke: Spoke, { policies, optedIn }: Writes): Permission[] => [
  {
    sid: 'WriteBoundedRoles',
    actions: policies,
    resources: [rolesUnderPath(spoke)],
    conditions: boundary(spoke),
    because: UNDER_PATH,
  },
  {
    sid: 'WriteTrust',
    actions: ['iam:UpdateAssumeRolePolicy'],
    resources: [rolesUnderPath(spoke)],
    because: UNDER_PATH,
  },
  ...(spoke.managedRoles.length === 0
    ? []
    : [
        {
          sid: 'WriteOptedIn',
          actions: optedIn,
          resources: optedInRoles(spoke),
          because:
            'Roles that the configuration puts under management by a pattern; those that may not be written are denied below.',
        },
      ]),
];

const removeRoles = (spoke: Spoke): Permission[] => [
  {
    sid: 'RemoveOurRoles',
    actions: ['iam:DeleteRole'],
    resources: [rolesUnderPath(spoke)],
    conditions: MADE,
    because: UNDER_PATH,
  },
];

const optedInRoles = ({ partition, account, managedRoles }: Spoke): string[] =>
  managedRoles.map((glob) => `arn:${partition}:iam::${account}:role/${glob}`);

/** EKS asks for this and for `iam:GetRole` of whoever makes an association (service authorization reference). */
const passRoles = (spoke: Spoke): Permission[] => [
  {
    sid: 'PassToPods',
    actions: ['iam:PassRole'],
    resources: [rolesUnderPath(spoke), ...optedInRoles(spoke)],
    conditions: { StringEquals: { 'iam:PassedToService': PODS } },
    because: 'Roles under our path, and those that the configuration puts under management by a pattern.',
  },
];

/** Only in clusters that the configuration names. */
const writeAssociations = (spoke: Spoke): Permission[] =>
  spoke.clusters.length === 0
    ? []
    : [
        {
          sid: 'Associate',
          actions: ['eks:CreatePodIdentityAssociation'],
          resources: spoke.clusters.map((name) => eksArn(spoke, `cluster/${name}`)),
          conditions: { ...GRANT, ...OUR_TAGS },
        },
        {
          sid: 'ChangeAssociations',
          actions: ['eks:UpdatePodIdentityAssociation'],
          resources: associationsOf(spoke),
          conditions: MADE,
          because: IDS,
        },
        {
          sid: 'TagAssociations',
          actions: ['eks:TagResource'],
          resources: associationsOf(spoke),
          conditions: OUR_TAGS,
          because: IDS,
        },
      ];

const removeAssociations = (spoke: Spoke): Permission[] =>
  spoke.clusters.length === 0
    ? []
    : [
        {
          sid: 'RemoveAssociations',
          actions: ['eks:DeletePodIdentityAssociation'],
          resources: associationsOf(spoke),
          conditions: MADE,
          because: IDS,
        },
        {
          sid: 'UntagAssociations',
          actions: ['eks:UntagResource'],
          resources: associationsOf(spoke),
          conditions: { ...MADE, ...OUR_TAGS },
          because: IDS,
        },
      ];

const IDS = 'Associations of the configured clusters, whose ids nobody knows beforehand.';

const associationsOf = (spoke: Spoke): string[] =>
  spoke.clusters.map((name) => eksArn(spoke, `podidentityassociation/${name}/*`));

const eksArn = ({ partition, region, account }: Spoke, resource: string): string =>
  `arn:${partition}:eks:${region}:${account}:${resource}`;

/** Whatever pattern of the configuration matches them: neither written to, nor handed to anybody. */
const neverThese = (spoke: Spoke): Permission => ({
  sid: 'NeverThese',
  effect: 'Deny',
  actions: [
    'iam:AttachRolePolicy',
    'iam:CreateRole',
    'iam:DeleteRole',
    'iam:DeleteRolePolicy',
    'iam:DetachRolePolicy',
    'iam:PassRole',
    'iam:PutRolePermissionsBoundary',
    'iam:PutRolePolicy',
    'iam:TagRole',
    'iam:UpdateAssumeRolePolicy',
  ],
  resources: outOfBounds(spoke),
});
