/** A sweep to its end. One that was under way already began too early to see what was changed since: it is waited for, and then it is our turn. */
import { setTimeout } from 'node:timers/promises';
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';

/** What an execution answers that left the sweep to another one. */
const LeftToAnother = z.object({ underWay: z.string().min(1) });

/** Starts a sweep, and waits for its end. Whether it was a complete one. */
export const sweepToItsEnd = async (client: SFNClient, stateMachineArn: string): Promise<boolean> => {
  for (;;) {
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
    const { succeeded, output } = await itsEnd(client, executionArn);
    const another = succeeded ? leftTo(executionArn, output) : undefined;
    if (another === undefined) return succeeded;
    console.error(`Another sweep is under way, and this one begins when it is over: ${another}.`);
    await itsEnd(client, another);
  }
};

/** A full fleet takes minutes: who waits is told that it goes on. */
const itsEnd = async (
  client: SFNClient,
  executionArn: string | undefined,
): Promise<{ succeeded: boolean; output: string | undefined }> => {
  for (let asked = 1; ; asked += 1) {
    const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return { succeeded: status === 'SUCCEEDED', output };
    if (asked % 30 === 0) console.error(`Still at it after ${asked} s.`);
    await setTimeout(1000);
  }
};

/** An execution's ARN ends with its name. */
const leftTo = (executionArn: string | undefined, output: string | undefined): string | undefined => {
  const { data } = LeftToAnother.safeParse(JSON.parse(output ?? 'null'));
  return data && executionArn?.replace(/[^:]+$/, data.underWay);
};
