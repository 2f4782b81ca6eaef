/** Drift in a spoke: the look at one object, and the taking away of what nobody asked for; neither can give anybody anything. */
import type { Permission } from './constructs/permission.ts';
import { addSpokeFunction, type Spoke } from './constructs/spoke.ts';
import { describeClusters, outOfBounds, readAssociations, readPolicies } from './revocation.ts';
import { readRoles } from './trust.ts';

export const driftInSpoke = (spoke: Spoke): void => {
  const { rolePath, boundaryName } = spoke.config.grants;
  addSpokeFunction(spoke, {
    file: 'read-object',
    description: "A role whole, an identity's association, or a cluster's agent and our access entries.",
    may: [
      readRoles(spoke),
      ...readPolicies(spoke),
      ...readAssociations(spoke),
      ...describeClusters(spoke),
      ...readControl(spoke),
    ],
  });
  addSpokeFunction(spoke, {
    environment: {
      PODID_EXCLUDED_ROLES: JSON.stringify(spoke.excludedRoles),
      PODID_MANAGED_ROLES: JSON.stringify(spoke.managedRoles),
      PODID_GRANTS: JSON.stringify({ rolePath, boundaryName }),
    },
    file: 'mend-role',
    description: "Takes away of a grant's role, or of one that was opted in, what nobody asked for; it gives nothing.",
    may: [readRoles(spoke), ...readPolicies(spoke), ...mendRolesOfGrants(spoke), ...mendOptedIn(spoke), never(spoke)],
    // The exact reach of trusts is arithmetic, and memory decides the share of a CPU.
    memory: 1024,
  });
};

/** Only of clusters that the configuration names. */
const readControl = ({ partition, region, account, clusters }: Spoke): Permission[] =>
  clusters.length === 0
    ? []
    : [
        {
          sid: 'ReadControl',
          actions: ['eks:DescribeAccessEntry', 'eks:DescribeAddon'],
          resources: clusters.flatMap((name) => [
            `arn:${partition}:eks:${region}:${account}:access-entry/${name}/*`,
            `arn:${partition}:eks:${region}:${account}:addon/${name}/eks-pod-identity-agent/*`,
          ]),
          because:
            'Access entries and the agent of the configured clusters, whose ids nobody knows beforehand; reads only.',
        },
      ];

const TAKE_AWAY = ['iam:DeleteRolePolicy', 'iam:DetachRolePolicy', 'iam:UpdateAssumeRolePolicy'];
const WRITES = [...TAKE_AWAY, 'iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'];

/**
 * IAM can't limit what a policy says, so the function proves it against the present one. What can be limited: our boundary and no other, and
 * inline policies while it is there.
 */
const mendRolesOfGrants = ({ partition, account, config: { grants } }: Spoke): Permission[] => {
  const resources = [`arn:${partition}:iam::${account}:role${grants.rolePath}*`];
  const because =
    'The path under which the roles of grants are made, and nothing else is; their names are of the grants.';
  const conditions = {
    StringEquals: { 'iam:PermissionsBoundary': `arn:${partition}:iam::${account}:policy/${grants.boundaryName}` },
  };
  return [
    { sid: 'TakeAway', actions: TAKE_AWAY, resources, because },
    {
      sid: 'MendBounded',
      actions: ['iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'],
      resources,
      conditions,
      because,
    },
  ];
};

const mendOptedIn = ({ partition, account, managedRoles }: Spoke): Permission[] =>
  managedRoles.length === 0
    ? []
    : [
        {
          sid: 'MendOptedIn',
          actions: WRITES,
          resources: managedRoles.map((glob) => `arn:${partition}:iam::${account}:role/${glob}`),
          because:
            'Roles that the configuration puts under management by a pattern; those that may not be written are denied below.',
        },
      ];

/** Whatever pattern of the configuration matches them. */
const never = (spoke: Spoke): Permission => ({
  sid: 'NeverThese',
  effect: 'Deny',
  actions: WRITES,
  resources: outOfBounds(spoke),
});
