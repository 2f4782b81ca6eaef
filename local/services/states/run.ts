/** StartExecution, StopExecution. */
import { randomUUID } from 'node:crypto';
import {
  ExecutionAlreadyExists,
  InvalidExecutionInput,
  InvalidName,
  type StartExecutionInput,
  type StartExecutionOutput,
  type StopExecutionInput,
  type StopExecutionOutput,
} from '@aws-sdk/client-sfn';
import type { Operation } from '../../contract.ts';
import { startExecution } from './execution.ts';
import { askArn, executionNamed, machineNamed } from './lookup.ts';
import { statesOf } from './machine.ts';

const LARGEST = 262_144;
/** For this long the name of a closed execution stays taken. */
const NAME_DAYS = 90;
const NAME = /^[^\s[\]{}<>?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

export const StartExecution: Operation<StartExecutionInput, StartExecutionOutput> = {
  readOnly: false,
  asks: (input) => [askArn('StartExecution', input.stateMachineArn)],
  run: (request, { cloud, now }) => {
    const machine = machineNamed(cloud, request.stateMachineArn);
    const name = request.name ?? randomUUID();
    const input = request.input ?? '{}';
    if (!NAME.test(name)) throw new InvalidName({ message: `Invalid Name: '${name}'`, $metadata: {} });
    checkInput(input);
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const known = statesOf(cloud, machine.account, machine.region).executions.get(arn);
    if (known?.status === 'RUNNING' && known.input === input) return { executionArn: arn, startDate: known.startedAt };
    const free = (known?.stoppedAt?.getTime() ?? Number.POSITIVE_INFINITY) + NAME_DAYS * 86_400_000 < now.getTime();
    if (known !== undefined && !free) {
      throw new ExecutionAlreadyExists({ message: `Execution Already Exists: '${arn}'`, $metadata: {} });
    }
    const { startedAt } = startExecution(cloud, machine, name, input);
    return { executionArn: arn, startDate: startedAt };
  },
};

export const StopExecution: Operation<StopExecutionInput, StopExecutionOutput> = {
  readOnly: false,
  asks: (input) => [askArn('StopExecution', input.executionArn)],
  run: (input, { cloud, now }) => {
    const execution = executionNamed(cloud, input.executionArn);
    execution.stop(input.error, input.cause);
    return { stopDate: execution.stoppedAt ?? now };
  },
};

const checkInput = (input: string): void => {
  const refuse = (because: string) =>
    new InvalidExecutionInput({ message: `Invalid State Machine Execution Input: '${because}'`, $metadata: {} });
  if (Buffer.byteLength(input) > LARGEST) throw refuse(`larger than ${LARGEST} bytes`);
  try {
    JSON.parse(input);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
};
