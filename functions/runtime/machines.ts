/** Starting the hub's state machines, and whether an execution has ended. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { executionArn, machineArn } from '../names.ts';
import { failureOf } from './aws-failures.ts';
import { config } from './config.ts';

let client: SFNClient | undefined;

/**
 * Starts an execution under a name, which makes it safe to repeat: false when one of that name has run and closed. (While it runs, the
 * same name with the same input is answered as if it had just been started: Step Functions API, StartExecution.)
 * @throws Throttled, ServiceUnavailable, AccessDenied, NotFound
 */
export const startMachine = async (file: string, name: string, input: unknown): Promise<boolean> => {
  const { account, region } = config().hub;
  client ??= new SFNClient({ maxAttempts: 6 });
  const command = new StartExecutionCommand({
    stateMachineArn: machineArn(file, account, region),
    name,
    input: JSON.stringify(input),
  });
  return client.send(command).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw failureOf(`the start of ${file} as ${name}`, error);
    },
  );
};

/**
 * Whether an execution has come to its end. One that Step Functions doesn't show has not: it shows new ones late (API reference,
 * DescribeExecution: eventually consistent).
 * @throws Throttled, ServiceUnavailable, AccessDenied
 */
export const hasEnded = async (file: string, name: string): Promise<boolean> => {
  const { account, region } = config().hub;
  client ??= new SFNClient({ maxAttempts: 6 });
  const command = new DescribeExecutionCommand({ executionArn: executionArn(file, name, account, region) });
  return client.send(command).then(
    ({ status }) => status !== 'RUNNING' && status !== 'PENDING_REDRIVE',
    (error: unknown) => {
      if (error instanceof ExecutionDoesNotExist) return false;
      throw failureOf(`a look at ${file}'s execution ${name}`, error);
    },
  );
};
