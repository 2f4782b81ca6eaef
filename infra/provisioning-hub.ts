/** Provisioning in the hub: its functions and what each may do, its machine, what begins it anew, and the bus on which grants are told of. */
import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { LIFECYCLE_BUS, machineArn, PREFIX } from '../functions/names.ts';
import { addHubFunction, type Hub } from './constructs/hub.ts';
import { named } from './constructs/logical-id.ts';
import { addMachine } from './constructs/machine.ts';
import type { Permission } from './constructs/permission.ts';
import { tellWorld } from './constructs/tell-world.ts';

const MACHINE = 'provision';
/** How often what has come due is looked at. */
const DUE_MINUTES = 5;
/** How often all grants are compared with their due rows, and all accounts asked what is there. */
const SWEEP_HOURS = 1;

export const provisioningInHub = (hub: Hub): void => {
  named(new EventBus(hub.stack, 'Lifecycle', { eventBusName: LIFECYCLE_BUS }), 'Lifecycle');
  const transitions = [startProvision(hub), tellWorld(hub)];
  const machine = addMachine(hub, {
    file: MACHINE,
    description: 'Makes a version of a grant true in every account and proves it; or takes back what was made.',
    hubFunctions: {
      'open-work': addHubFunction(hub, {
        file: 'open-work',
        description: 'Begins the work on a grant: one execution at a time.',
        table: { puts: ['LEASE', 'PLAN'] },
        may: [],
      }),
      'keep-survey': addHubFunction(hub, {
        file: 'keep-survey',
        description: 'Keeps what one account was seen to hold.',
        table: { puts: ['PLAN'] },
        may: [],
      }),
      'plan-grant': addHubFunction(hub, {
        file: 'plan-grant',
        description: 'Resolves a version, has the guardrails judge it, keeps the plan.',
        table: { indexes: ['byRole'], puts: ['PLAN', 'GRANT'] },
        may: [],
        // Cedar's WebAssembly is 4.3 MB, and memory decides the share of a CPU.
        memory: 1024,
      }),
      'next-wave': addHubFunction(hub, {
        file: 'next-wave',
        description: 'Which wave is next.',
        table: { puts: [] },
        may: [],
      }),
      intend: addHubFunction(hub, {
        file: 'intend',
        description: 'Puts the intent of a write on record, and says what the spoke is told.',
        table: { indexes: ['byRole'], puts: ['LEASE', 'JOURNAL'] },
        may: [],
      }),
      'keep-outcome': addHubFunction(hub, {
        file: 'keep-outcome',
        description: 'Puts on record what came of a write, and how far the restart of pods has come.',
        table: { puts: ['LEASE', 'JOURNAL', 'PLAN'] },
        may: [],
      }),
      'record-grant': addHubFunction(hub, {
        file: 'record-grant',
        description: 'Ends the work on a grant: its state, findings, and who is told.',
        table: { puts: ['GRANT', 'CLAIM', 'DUE', 'FINDING', 'LEASE', 'TOLD'] },
        may: transitions,
      }),
    },
  });
  beginAnew(hub, machine, transitions);
  comeDue(hub, transitions);
  sweepGrants(hub, transitions);
};

/** Executions that end without a result. */
const beginAnew = (hub: Hub, machine: StateMachine, may: readonly Permission[]): void => {
  const answer = addHubFunction(hub, {
    file: 'on-work-stopped',
    description: 'Has what a stopped execution has half made undone.',
    table: { puts: ['GRANT', 'CLAIM', 'DUE', 'LEASE', 'TOLD'] },
    may,
    deadLetters: hub.deadLetters,
  });
  const rule = new Rule(hub.stack, 'OnWorkStoppedRule', {
    ruleName: `${PREFIX}-on-work-stopped`,
    description: 'Executions of provision that were aborted, ran out of time or failed.',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [machine.stateMachineArn] },
    },
    targets: [
      new FunctionTarget(answer, {
        deadLetterQueue: hub.deadLetters,
        maxEventAge: Duration.hours(24),
        retryAttempts: 185,
      }),
    ],
  });
  named(rule, 'OnWorkStoppedRule');
};

const comeDue = (hub: Hub, may: readonly Permission[]): void => {
  const due = addHubFunction(hub, {
    file: 'come-due',
    description: 'Warns, lapses and expires what has come due; takes up work that nobody does any more.',
    table: { indexes: ['due', 'byTime'], puts: ['GRANT', 'CLAIM', 'DUE', 'LEASE', 'TOLD'] },
    may,
    timeoutSeconds: 240,
    deadLetters: hub.deadLetters,
  });
  const rule = new Rule(hub.stack, 'ComeDueSchedule', {
    ruleName: `${PREFIX}-come-due`,
    description: 'What has come due of grants.',
    schedule: Schedule.rate(Duration.minutes(DUE_MINUTES)),
    targets: [new FunctionTarget(due, { deadLetterQueue: hub.deadLetters })],
  });
  named(rule, 'ComeDueSchedule');
};

const sweepGrants = (hub: Hub, may: readonly Permission[]): void => {
  const sweep = addHubFunction(hub, {
    file: 'sweep-grants',
    description: 'Puts back due rows that were lost, and has orphans of executions collected.',
    table: { indexes: ['byTime'], puts: ['DUE', 'FINDING', 'JOURNAL', 'TOLD'] },
    may: [...may, { sid: 'AskSpokes', actions: ['lambda:InvokeFunction'], resources: [hub.callSpoke.functionArn] }],
    // Every account is asked, one after the other; what is left comes with the next sweep.
    timeoutSeconds: 840,
    deadLetters: hub.deadLetters,
  });
  const rule = new Rule(hub.stack, 'SweepGrantsSchedule', {
    ruleName: `${PREFIX}-sweep-grants`,
    description: 'What was lost of grants, and what they have left behind.',
    schedule: Schedule.rate(Duration.hours(SWEEP_HOURS)),
    targets: [new FunctionTarget(sweep, { deadLetterQueue: hub.deadLetters })],
  });
  named(rule, 'SweepGrantsSchedule');
};

/** Also what the API's function needs. */
export const startProvision = ({ config: { hub } }: Hub): Permission => ({
  sid: 'StartProvision',
  actions: ['states:StartExecution'],
  resources: [machineArn(MACHINE, hub.account, hub.region)],
});
