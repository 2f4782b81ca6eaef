/** Starting the hub's state machines. */
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { machineArn } from '../names.ts';
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
