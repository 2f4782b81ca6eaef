/** The sweep: roles, associations and CloudTrail's history, looked at now and then, to find what no event told. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { executionArn, hubRoleName, machineArn, PREFIX } from '../functions/names.ts';
import { addHubFunction, type Hub } from './constructs/hub.ts';
import { named } from './constructs/logical-id.ts';
import { addMachine } from './constructs/machine.ts';
import type { Permission } from './constructs/permission.ts';
import { addSpokeFunction, type Spoke } from './constructs/spoke.ts';
import { tellWorld } from './constructs/tell-world.ts';
import { describeTagged, discoveryInSpoke } from './discovery.ts';
import { describeClusters, readAssociations } from './revocation.ts';

const MACHINE = 'sweep';

export const sweepInHub = (hub: Hub): void => {
  const { stack, config } = hub;
  const spokesAndReconcile = [askSpokes(hub), startReconcile(hub)];
  const machine = addMachine(hub, {
    file: MACHINE,
    description: 'Looks at everything that podid has to do with, to find what no event told.',
    hubFunctions: {
      'list-clusters': addHubFunction(hub, {
        ...LONG,
        file: 'list-clusters',
        description: 'The accounts and clusters to sweep, those that bear the tag among them.',
        table: { puts: ['FINDING', 'LEASE', 'OBJECT', 'SWEEP', 'TOLD'] },
        may: [...spokesAndReconcile, tellWorld(hub), lookAtSweeps(hub), startSlices(hub)],
      }),
      'keep-lookups': addHubFunction(hub, {
        ...LONG,
        file: 'keep-lookups',
        description: "What CloudTrail's history shows of one account, and no event told.",
        table: { indexes: ['byRole', 'byTime'], puts: ['OBJECT', 'SWEEP'] },
        may: spokesAndReconcile,
      }),
      'keep-roles': addHubFunction(hub, {
        ...LONG,
        file: 'keep-roles',
        description: "Which of one account's roles differ from what was last read of them.",
        table: { indexes: ['byRole', 'byTime'], puts: ['OBJECT', 'ROLE', 'SWEEP'] },
        may: spokesAndReconcile,
      }),
      'keep-associations': addHubFunction(hub, {
        ...LONG,
        file: 'keep-associations',
        description:
          'Lists the associations of one cluster and who uses IRSA there, and keeps what is new, due or changed.',
        table: { puts: ['CLUSTER', 'OBJECT', 'ROLE', 'SWEEP'] },
        may: spokesAndReconcile,
      }),
      'conclude-sweep': addHubFunction(hub, {
        file: 'conclude-sweep',
        description: "What became of a sweep, and how well each account's events come through.",
        table: { indexes: ['due', 'byTime'], puts: ['FINDING', 'LEASE', 'OBJECT', 'SWEEP', 'TOLD'] },
        may: [startReconcile(hub), tellWorld(hub), lookAtSweeps(hub), ...resumeRevocations(hub)],
        timeoutSeconds: 300,
      }),
    },
  });
  const role = named(
    new Role(stack, 'SweepScheduleRole', {
      roleName: hubRoleName('sweep-schedule'),
      description: 'EventBridge starts the sweep.',
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': config.hub.account } },
      }),
      inlinePolicies: {
        [PREFIX]: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'Start',
              actions: ['states:StartExecution'],
              resources: [machine.stateMachineArn],
            }),
          ],
        }),
      },
    }),
    'SweepScheduleRole',
  );
  const rule = new Rule(stack, 'SweepSchedule', {
    ruleName: `${PREFIX}-${MACHINE}`,
    description: 'Starts the sweep.',
    schedule: Schedule.rate(Duration.hours(config.sweepHours)),
    targets: [new SfnStateMachine(machine, { role: role.withoutPolicyUpdates(), deadLetterQueue: hub.deadLetters })],
  });
  named(rule, 'SweepSchedule');
};

/** Minutes at the pace of the spokes; what is left then is gone on with in the next call. A full cluster's rows are some ten MB. */
const LONG = { timeoutSeconds: 870, memory: 512 } as const;

const askSpokes = ({ callSpoke }: Hub): Permission => ({
  sid: 'AskSpokes',
  actions: ['lambda:InvokeFunction'],
  resources: [callSpoke.functionArn],
});

const startReconcile = ({ config: { hub } }: Hub): Permission => ({
  sid: 'StartReconcile',
  actions: ['states:StartExecution'],
  resources: [machineArn('reconcile', hub.account, hub.region)],
});

/** Of a sweep with more clusters than an execution takes. */
const startSlices = ({ config: { hub } }: Hub): Permission => ({
  sid: 'StartSlices',
  actions: ['states:StartExecution'],
  resources: [machineArn(MACHINE, hub.account, hub.region)],
});

/** Whether the execution that has the lease has ended, or those that were started for slices. */
const lookAtSweeps = ({ config: { hub } }: Hub): Permission => ({
  sid: 'LookAtSweeps',
  actions: ['states:DescribeExecution'],
  resources: [executionArn(MACHINE, '*', hub.account, hub.region)],
  because: 'The executions of this one machine, whose names nobody knows beforehand; a read.',
});

/** Whether a revocation's execution is over, and its start where that was lost. */
const resumeRevocations = ({ config: { hub } }: Hub): Permission[] => [
  {
    sid: 'LookAtRevocations',
    actions: ['states:DescribeExecution'],
    resources: [executionArn('revoke', '*', hub.account, hub.region)],
    because: 'The executions of this one machine, whose names nobody knows beforehand; a read.',
  },
  {
    sid: 'StartRevocations',
    actions: ['states:StartExecution'],
    resources: [machineArn('revoke', hub.account, hub.region)],
  },
];

export const sweepInSpoke = (spoke: Spoke): void => {
  discoveryInSpoke(spoke);
  addSpokeFunction(spoke, {
    file: 'list-associations',
    description: "Pages of a cluster's associations, and the cluster's OIDC issuer.",
    may: [...readAssociations(spoke), ...describeClusters(spoke), ...describeTagged(spoke)],
  });
  addSpokeFunction(spoke, {
    file: 'describe-associations',
    description: 'What associations of a cluster give.',
    may: readAssociations(spoke),
  });
  addSpokeFunction(spoke, {
    file: 'list-service-accounts',
    description: 'The service accounts of a cluster that ask for a role by IRSA.',
    may: describeClusters(spoke),
    // As assess: the Kubernetes client is the most of its start, and memory decides the share of a CPU.
    memory: 1024,
  });
  addSpokeFunction(spoke, {
    file: 'list-roles',
    description: "A page of the account's roles, as digests.",
    may: [ACCOUNT_DETAILS],
    // Policies in their canonical form are arithmetic, and memory decides the share of a CPU.
    memory: 1024,
  });
  addSpokeFunction(spoke, {
    file: 'lookup-events',
    description: "Calls in CloudTrail's event history.",
    may: [LOOK_UP],
  });
};

const ACCOUNT_DETAILS: Permission = {
  sid: 'ListRolesWhole',
  actions: ['iam:GetAccountAuthorizationDetails'],
  resources: ['*'],
  because: 'GetAccountAuthorizationDetails has no resource types (Service Authorization Reference, IAM); a read.',
};

const LOOK_UP: Permission = {
  sid: 'LookUpEvents',
  actions: ['cloudtrail:LookupEvents'],
  resources: ['*'],
  because: 'LookupEvents has no resource types (Service Authorization Reference, CloudTrail); a read.',
};
