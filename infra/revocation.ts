/** Revocation: which events it answers, its functions and what each may do, its machine. */
import { PREFIX } from '../functions/names.ts';
import { addEventAnswer } from './constructs/event-answer.ts';
import { addHubFunction, type Hub } from './constructs/hub.ts';
import { addMachine } from './constructs/machine.ts';
import type { Permission } from './constructs/permission.ts';
import { addSpokeFunction, type Spoke } from './constructs/spoke.ts';

const MACHINE = 'revoke';

/** The function that answers a change of an association, and the call that makes the change. */
export const ASSOCIATION_CHANGES = {
  'on-association-created': 'CreatePodIdentityAssociation',
  'on-association-updated': 'UpdatePodIdentityAssociation',
  'on-association-deleted': 'DeletePodIdentityAssociation',
} as const;

export const revocationInHub = (hub: Hub): void => {
  for (const [file, eventName] of Object.entries(ASSOCIATION_CHANGES)) {
    addEventAnswer(hub, {
      file,
      description: `Answers ${eventName}.`,
      service: 'eks',
      eventNames: [eventName],
      table: { puts: ['CLUSTER', 'REVOCATION', 'JOURNAL', 'BREAKER'], adds: ['BREAKER'] },
      machine: MACHINE,
    });
  }
  addMachine(hub, {
    file: MACHINE,
    description: 'An identity lost its role: cut its sessions, restart its pods, prove that nothing is left.',
    hubFunctions: {
      'plan-cuts': addHubFunction(hub, {
        file: 'plan-cuts',
        description: 'Which denies to write or lift now.',
        table: { indexes: ['byRole'], puts: ['CLUSTER', 'IDENTITY', 'JOURNAL'] },
        may: [],
      }),
      'plan-restart': addHubFunction(hub, {
        file: 'plan-restart',
        description: 'Which workloads to restart now, and how long to wait.',
        table: { puts: ['JOURNAL'] },
        may: [],
      }),
      record: addHubFunction(hub, {
        file: 'record',
        description: 'Concludes a revocation and records its result.',
        table: { indexes: ['byRole'], puts: ['REVOCATION', 'IDENTITY', 'JOURNAL'] },
        may: [],
      }),
    },
  });
};

export const revocationInSpoke = (spoke: Spoke): void => {
  const environment = { PODID_EXCLUDED_ROLES: JSON.stringify(spoke.excludedRoles) };
  const restarting = { memory: 1024 };
  addSpokeFunction(spoke, {
    file: 'read-associations',
    description: 'The association that an identity has now.',
    may: readAssociations(spoke),
  });
  addSpokeFunction(spoke, {
    environment,
    file: 'cut-sessions',
    description: "Denies an identity's sessions on one role; it can write nothing else.",
    may: writeRoles(spoke, ['iam:GetRole', 'iam:GetRolePolicy', 'iam:PutRolePolicy']),
  });
  addSpokeFunction(spoke, {
    environment,
    file: 'lift-deny',
    description: 'Removes a deny of ours; it removes nothing else.',
    may: writeRoles(spoke, ['iam:GetRolePolicy', 'iam:DeleteRolePolicy']),
  });
  addSpokeFunction(spoke, {
    file: 'trace-roles',
    description: "Which roles a role's policies let it assume.",
    may: readPolicies(spoke),
  });
  addSpokeFunction(spoke, {
    ...restarting,
    file: 'assess',
    description: 'Who runs with an identity, and what their pods could fall back on.',
    may: [...describeClusters(spoke), ...readNodes(spoke)],
  });
  addSpokeFunction(spoke, {
    ...restarting,
    file: 'restart',
    description: 'Replaces the pods that were given the credentials.',
    may: describeClusters(spoke),
  });
  addSpokeFunction(spoke, {
    ...restarting,
    file: 'verify',
    description: 'Whether a pod with the old credentials lives, and what the new ones use.',
    may: describeClusters(spoke),
  });
};

/** Also of clusters that the configuration doesn't name: a role may be associated there, and reading is how we find out. */
export const readAssociations = ({ partition, region, account }: Spoke): Permission[] => [
  {
    sid: 'ReadAssociations',
    actions: ['eks:ListPodIdentityAssociations', 'eks:DescribePodIdentityAssociation'],
    resources: [
      `arn:${partition}:eks:${region}:${account}:cluster/*`,
      `arn:${partition}:eks:${region}:${account}:podidentityassociation/*`,
    ],
    because: "Reads of this account's and region's associations, whose ids nobody knows beforehand.",
  },
];

/** IAM can't limit what a policy says, so the function renders one fixed form; which roles, IAM can: all but the excluded, AWS's own, and ours. */
const writeRoles = (spoke: Spoke, actions: readonly string[]): Permission[] => [
  {
    sid: 'WriteDenies',
    actions,
    resources: [`arn:${spoke.partition}:iam::${spoke.account}:role/*`],
    because: 'Any role of the account can be associated; those that may not be written are denied below.',
  },
  {
    sid: 'NeverThese',
    effect: 'Deny',
    actions: ['iam:PutRolePolicy', 'iam:DeleteRolePolicy'],
    resources: outOfBounds(spoke),
  },
];

/** Roles that no function of ours may ever write to. */
export const outOfBounds = ({ partition, account, excludedRoles }: Spoke): string[] =>
  ['aws-service-role/*', 'aws-reserved/*', `${PREFIX}-*`, ...excludedRoles].map(
    (glob) => `arn:${partition}:iam::${account}:role/${glob}`,
  );

export const readPolicies = ({ partition, account }: Spoke): Permission[] => [
  {
    sid: 'ReadPolicies',
    actions: ['iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
    resources: [`arn:${partition}:iam::${account}:role/*`],
    because: 'Any role of the account can be associated, or reached from one that is; reads only.',
  },
  {
    sid: 'ReadManagedPolicies',
    actions: ['iam:GetPolicy', 'iam:GetPolicyVersion'],
    resources: [`arn:${partition}:iam::${account}:policy/*`, `arn:${partition}:iam::aws:policy/*`],
    because: 'Any managed policy can be attached to such a role; reads only.',
  },
];

/** Only clusters that the configuration names. */
export const describeClusters = ({ partition, region, account, clusters }: Spoke): Permission[] =>
  clusters.length === 0
    ? []
    : [
        {
          sid: 'FindCluster',
          actions: ['eks:DescribeCluster'],
          resources: clusters.map((name) => `arn:${partition}:eks:${region}:${account}:cluster/${name}`),
        },
      ];

const readNodes = ({ partition, account }: Spoke): Permission[] => [
  {
    sid: 'ReadInstances',
    actions: ['ec2:DescribeInstances'],
    resources: ['*'],
    because: 'EC2 has no resource-level permission for DescribeInstances.',
  },
  {
    sid: 'ReadNodeRoles',
    actions: ['iam:GetInstanceProfile'],
    resources: [`arn:${partition}:iam::${account}:instance-profile/*`],
    because: "The nodes' instance profiles, whose names nobody knows beforehand; reads only.",
  },
];
