/** Drift in a spoke: the look at one object, and the taking away of what nobody asked for; none of them can give anybody anything. */
import type { Permission } from './constructs/permission.ts';
import { addSpokeFunction, type Spoke } from './constructs/spoke.ts';
import { describeTagged, readAgents } from './discovery.ts';
import { describeClusters, outOfBounds, readAssociations, readPolicies } from './revocation.ts';
import { readRoles } from './trust.ts';

export const driftInSpoke = (spoke: Spoke): void => {
  const { rolePath, boundaryName } = spoke.config.grants;
  const environment = {
    PODID_EXCLUDED_ROLES: JSON.stringify(spoke.excludedRoles),
    PODID_MANAGED_ROLES: JSON.stringify(spoke.managedRoles),
    PODID_GRANTS: JSON.stringify({ rolePath, boundaryName }),
  };
  addSpokeFunction(spoke, {
    file: 'read-object',
    description: "A role whole, an identity's association, or a cluster's agent and our access entries.",
    may: [
      readRoles(spoke),
      ...readPolicies(spoke),
      ...readAssociations(spoke),
      ...describeClusters(spoke),
      ...describeTagged(spoke),
      ...readControl(spoke),
      ...readAgents(spoke),
    ],
  });
  addSpokeFunction(spoke, {
    file: 'read-cluster',
    description: "A cluster's agent as its API server knows it, and what it lets podid do.",
    may: describeClusters(spoke),
    // The Kubernetes client is large, and memory decides the share of a CPU that loads it.
    memory: 1024,
  });
  addSpokeFunction(spoke, {
    environment,
    file: 'mend-role',
    description: "Takes away of a grant's role, or of one that was opted in, what nobody asked for; it gives nothing.",
    may: [readRoles(spoke), ...readPolicies(spoke), ...mendRolesOfGrants(spoke), ...mendOptedIn(spoke), never(spoke)],
    // The exact reach of trusts is arithmetic, and memory decides the share of a CPU.
    memory: 1024,
  });
  addSpokeFunction(spoke, {
    environment,
    file: 'drop-association',
    description: 'Deletes an association that nobody was granted, with a role of grants or one that was opted in.',
    may: dropAssociations(spoke),
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

/**
 * Which role it gives, IAM can't ask, so the function does. What can be asked: that it bears no mark of a grant, whose own function takes it back.
 * Tags of the association are the one condition that EKS has for its deletion (service authorization reference).
 */
const dropAssociations = ({ partition, region, account, clusters }: Spoke): Permission[] => {
  if (clusters.length === 0) return [];
  const resources = clusters.map(
    (name) => `arn:${partition}:eks:${region}:${account}:podidentityassociation/${name}/*`,
  );
  const because = 'Associations of the configured clusters, whose ids nobody knows beforehand.';
  return [
    { sid: 'ReadAssociations', actions: ['eks:DescribePodIdentityAssociation'], resources, because },
    {
      sid: 'DropUngranted',
      actions: ['eks:DeletePodIdentityAssociation'],
      resources,
      conditions: { Null: { 'aws:ResourceTag/podid:grant': 'true', 'aws:ResourceTag/podid:made-by': 'true' } },
      because,
    },
  ];
};

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
