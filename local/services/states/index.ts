/** AWS Step Functions: standard workflows on aws-local-stepfunctions. */
import * as schemas from '@aws-sdk/client-sfn';
import type { Service } from '../../contract.ts';
import {
  DescribeExecution,
  DescribeStateMachine,
  DescribeStateMachineForExecution,
  GetExecutionHistory,
  ListExecutions,
  ListStateMachines,
} from './describe.ts';
import { StartExecution, StopExecution } from './run.ts';

export { MachineUnsupported } from './definition.ts';
export { defineMachine, type Machine, type MachineSettings, statesOf } from './machine.ts';
export { type StatesPace, statesPace } from './settings.ts';

export const service: Service = {
  scope: 'states',
  eventSource: 'states.amazonaws.com',
  protocol: 'awsJson1_0',
  schemas,
  operations: {
    DescribeExecution,
    DescribeStateMachine,
    DescribeStateMachineForExecution,
    GetExecutionHistory,
    ListExecutions,
    ListStateMachines,
    StartExecution,
    StopExecution,
  },
};
