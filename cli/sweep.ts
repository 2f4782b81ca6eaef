/** `podid sweep`: looks at every association of every configured cluster now, without waiting for the schedule. */
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Command } from 'commander';
import { hubMachines } from './hub.ts';
import { print } from './output.ts';

export const sweepCommand = () =>
  new Command('sweep')
    .description('list all associations of the configured clusters now; the schedule does it anyway')
    .action(async () => {
      const { client, machine } = await hubMachines('sweep');
      const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: machine, input: '{}' }));
      print(
        `Started ${executionArn}.\nFollow it: aws stepfunctions describe-execution --execution-arn ${executionArn}`,
      );
    });
