/** Trust: which events it answers, its functions and what each may do, its machine. */
import { machineArn } from '../functions/names.ts';
import { addEventAnswer } from './constructs/event-answer.ts';
import { addHubFunction, type Hub } from './constructs/hub.ts';
import { addMachine } from './constructs/machine.ts';
import type { Permission } from './constructs/permission.ts';
import { addSpokeFunction, type Spoke } from './constructs/spoke.ts';
import { tellWorld } from './constructs/tell-world.ts';
import { ASSOCIATION_CHANGES, outOfBounds, readPolicies } from './revocation.ts';
import { ROLE_CHANGES } from './role-changes.ts';

const MACHINE = 'trust';

export const trustInHub = (hub: Hub): void => {
  const byRole = { indexes: ['byRole'] } as const;
  addEventAnswer(hub, {
    file: 'on-role-changed',
    description: 'Answers changes of roles: whose trust is to be judged.',
    service: 'iam',
    eventNames: ROLE_CHANGES['on-role-changed'],
    table: { ...byRole, puts: ['ROLE'] },
    machine: MACHINE,
  });
  addEventAnswer(hub, {
    file: 'on-policy-changed',
    description: 'Answers changes of managed policies: whose bearers are to be judged.',
    service: 'iam',
    eventNames: ROLE_CHANGES['on-policy-changed'],
    machine: MACHINE,
  });
  addEventAnswer(hub, {
    file: 'on-association-changed',
    description: 'Answers changes of associations: whose roles are to be judged.',
    service: 'eks',
    eventNames: Object.values(ASSOCIATION_CHANGES),
    table: { ...byRole, puts: ['CLUSTER', 'ROLE'] },
    machine: MACHINE,
  });
  addMachine(hub, {
    file: MACHINE,
    description: 'Who can get a role now, what is wrong with that, and, where podid may, the narrowing of it.',
    hubFunctions: {
      'gather-uses': addHubFunction(hub, {
        file: 'gather-uses',
        description: 'Which roles to read to judge one.',
        table: { ...byRole, puts: [] },
        may: [],
      }),
      'judge-role': addHubFunction(hub, {
        file: 'judge-role',
        description: 'Judges a role, keeps and tells the findings, decides whether its trust is narrowed.',
        table: { ...byRole, puts: ['FINDING', 'LEASE', 'ROLE', 'JOURNAL', 'TOLD'] },
        may: [tellWorld(hub)],
        // The exact reach of a policy full of wildcards is arithmetic, and memory decides the share of a CPU.
        memory: 1024,
      }),
      'record-tightening': addHubFunction(hub, {
        file: 'record-tightening',
        description: 'What came of a tightening; gives the lease back.',
        table: { puts: ['LEASE', 'JOURNAL'] },
        may: [],
      }),
      'start-judgements': addHubFunction(hub, {
        file: 'start-judgements',
        description: 'Judges the roles that bear a managed policy.',
        table: { ...byRole, puts: [] },
        may: [startTrust(hub)],
      }),
    },
  });
};

const startTrust = ({ config: { hub } }: Hub): Permission => ({
  sid: 'StartTrust',
  actions: ['states:StartExecution'],
  resources: [machineArn(MACHINE, hub.account, hub.region)],
});

export const trustInSpoke = (spoke: Spoke): void => {
  addSpokeFunction(spoke, {
    file: 'read-role',
    description: "A role's trust and tags, and whether its permissions let it get certain other roles.",
    may: [readRoles(spoke), ...readPolicies(spoke)],
  });
  addSpokeFunction(spoke, {
    file: 'roles-of-policy',
    description: 'Which roles bear a managed policy.',
    may: [readRoles(spoke), listRolesOfPolicies(spoke)],
  });
  addSpokeFunction(spoke, {
    environment: {
      PODID_EXCLUDED_ROLES: JSON.stringify(spoke.excludedRoles),
      PODID_MANAGED_ROLES: JSON.stringify(spoke.managedRoles),
    },
    file: 'tighten-trust',
    description: "Narrows a managed role's trust to the identities that it is given; it can't widen any.",
    may: [readRoles(spoke), ...narrowTrust(spoke)],
  });
};

export const readRoles = ({ partition, account }: Spoke): Permission => ({
  sid: 'ReadRoles',
  actions: ['iam:GetRole'],
  resources: [`arn:${partition}:iam::${account}:role/*`],
  because: 'Any role of the account can be associated or trusted; reads only.',
});

const listRolesOfPolicies = ({ partition, account }: Spoke): Permission => ({
  sid: 'ListRolesOfPolicies',
  actions: ['iam:ListEntitiesForPolicy'],
  resources: [`arn:${partition}:iam::${account}:policy/*`, `arn:${partition}:iam::aws:policy/*`],
  because: 'Any managed policy can be attached to such a role; reads only.',
});

/** IAM can't limit what a trust policy says, so the function renders it and proves it narrower; which roles, IAM can: those that were opted in. */
const narrowTrust = (spoke: Spoke): Permission[] => {
  const { partition, account, managedRoles } = spoke;
  if (managedRoles.length === 0) return [];
  const actions = ['iam:UpdateAssumeRolePolicy'];
  return [
    {
      sid: 'NarrowTrust',
      actions,
      resources: managedRoles.map((glob) => `arn:${partition}:iam::${account}:role/${glob}`),
      because:
        'Roles that the configuration puts under management by a pattern; those that may not be written are denied below.',
    },
    { sid: 'NeverThese', effect: 'Deny', actions, resources: outOfBounds(spoke) },
  ];
};
