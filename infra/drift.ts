/** Drift in the hub: which events it answers, its functions and what each may do, its machine, and the clock of what is due. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { eventNamesFrom } from '../functions/changes/index.ts';
import { machineArn, PREFIX } from '../functions/names.ts';
import { addEventAnswer } from './constructs/event-answer.ts';
import { addHubFunction, type Hub } from './constructs/hub.ts';
import { named, pascal } from './constructs/logical-id.ts';
import { addMachine } from './constructs/machine.ts';
import type { Permission } from './constructs/permission.ts';
import { tellWorld } from './constructs/tell-world.ts';

const MACHINE = 'reconcile';
/** How often what is due is woken. */
const DUE_MINUTES = 5;

export const driftInHub = (hub: Hub): void => {
  addEventAnswer(hub, {
    file: 'on-object-changed',
    description: 'Answers changes of associations, roles and clusters: which of them are to be looked at.',
    service: 'eks',
    eventNames: eventNamesFrom('eks'),
    also: { service: 'iam', eventNames: eventNamesFrom('iam') },
    table: { indexes: ['byRole', 'byTime'], puts: ['OBJECT'] },
    machine: MACHINE,
    // It reads all that hangs on an object, to know whether anybody looks after it.
    timeoutSeconds: 60,
  });
  addMachine(hub, {
    file: MACHINE,
    description: 'Looks at one object, puts right what may be put right, and looks again when it is time.',
    hubFunctions: {
      'look-at-object': addHubFunction(hub, {
        file: 'look-at-object',
        description: 'One look at one object: reads, judges, keeps the findings, and has written what may be.',
        table: {
          indexes: ['byRole', 'byTime'],
          puts: [
            'OBJECT',
            'FINDING',
            'JOURNAL',
            'TOLD',
            'LEASE',
            'BREAKER',
            'IDENTITY',
            'REVOCATION',
            'CLUSTER',
            'DECISION',
            'SNAPSHOT',
          ],
          adds: ['BREAKER'],
        },
        may: [
          { sid: 'AskSpokes', actions: ['lambda:InvokeFunction'], resources: [hub.callSpoke.functionArn] },
          // An association that went with its add-on or its cluster: no event of a deletion may come.
          start('revoke', hub),
          // The cluster whose breaker has tripped is looked at, too.
          start(MACHINE, hub),
          tellWorld(hub),
        ],
        // It reads, and reads again under the lease, and writes, each through a spoke.
        timeoutSeconds: 300,
        memory: 1024,
      }),
    },
  });
  wakeObjects(hub);
};

const wakeObjects = (hub: Hub): void => {
  const wake = addHubFunction(hub, {
    file: 'wake-objects',
    description: 'Wakes the objects that are due to be looked at.',
    table: { indexes: ['due'], puts: ['OBJECT'] },
    may: [start(MACHINE, hub)],
    timeoutSeconds: 240,
    deadLetters: hub.deadLetters,
  });
  const rule = new Rule(hub.stack, 'WakeObjectsSchedule', {
    ruleName: `${PREFIX}-wake-objects`,
    description: 'Objects that are due to be looked at.',
    schedule: Schedule.rate(Duration.minutes(DUE_MINUTES)),
    targets: [new FunctionTarget(wake, { deadLetterQueue: hub.deadLetters })],
  });
  named(rule, 'WakeObjectsSchedule');
};

const start = (machine: string, { config: { hub } }: Hub): Permission => ({
  sid: `Start${pascal(machine)}`,
  actions: ['states:StartExecution'],
  resources: [machineArn(machine, hub.account, hub.region)],
});
