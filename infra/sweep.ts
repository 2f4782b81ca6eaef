/** The sweep: every association, listed now and then, to find what no event told. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { hubRoleName, PREFIX } from '../functions/names.ts';
import { addHubFunction, type Hub } from './constructs/hub.ts';
import { named } from './constructs/logical-id.ts';
import { addMachine } from './constructs/machine.ts';
import { addSpokeFunction, type Spoke } from './constructs/spoke.ts';
import { describeClusters, readAssociations } from './revocation.ts';

const MACHINE = 'sweep';

export const sweepInHub = (hub: Hub): void => {
  const { stack, config } = hub;
  const machine = addMachine(hub, {
    file: MACHINE,
    description: 'Lists every association of every configured cluster and keeps what it finds.',
    hubFunctions: {
      'list-clusters': addHubFunction(hub, { file: 'list-clusters', description: 'The clusters to sweep.', may: [] }),
      'keep-associations': addHubFunction(hub, {
        file: 'keep-associations',
        description: 'Keeps one page of listed associations.',
        table: { puts: ['CLUSTER', 'ROLE'] },
        may: [],
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

export const sweepInSpoke = (spoke: Spoke): void => {
  addSpokeFunction(spoke, {
    file: 'list-associations',
    description: "One page of a cluster's associations, and the cluster's OIDC issuer.",
    may: [...readAssociations(spoke), ...describeClusters(spoke)],
  });
};
