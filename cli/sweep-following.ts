/** Waiting for a sweep: for the one that was started, or for the one that was under way already. */
import { setTimeout } from 'node:timers/promises';
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';

/** What an execution answers that left the sweep to another one. */
const LeftToAnother = z.object({ underWay: z.string().min(1) });

/** Whether it succeeded, or the one to which it was left. A full fleet takes minutes: who waits is told that it goes on. */
export const followSweep = async (client: SFNClient, started: string | undefined): Promise<boolean> => {
  let executionArn = started;
  for (let asked = 1; ; asked += 1) {
    const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
    const another = status === 'SUCCEEDED' ? leftTo(executionArn, output) : undefined;
    if (another !== undefined) {
      console.error(`Another sweep is under way: waiting for ${another}.`);
      executionArn = another;
      continue;
    }
    if (status !== 'RUNNING') return status === 'SUCCEEDED';
    if (asked % 30 === 0) console.error(`Still at it after ${asked} s.`);
    await setTimeout(1000);
  }
};

/** An execution's ARN ends with its name. */
const leftTo = (executionArn: string | undefined, output: string | undefined): string | undefined => {
  const { data } = LeftToAnother.safeParse(JSON.parse(output ?? 'null'));
  return data && executionArn?.replace(/[^:]+$/, data.underWay);
};
