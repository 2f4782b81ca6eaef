/**
 * Invokes a spoke's function in whatever account and region it is. Step Functions reaches other accounts but no other region (Step Functions guide,
 * "Accessing resources in other AWS accounts"), so the machines ask this function instead.
 */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { spokeFunctionArn } from '../names.ts';
import { failureOf } from './aws-failures.ts';
import { config } from './config.ts';
import { entry } from './entry.ts';
import { assertConfigured, CallSpoke, readAnswer } from './spoke-call.ts';

const clients = new Map<string, LambdaClient>();

/** A spoke's function has 60 s; ours ends after 65. Trying again is the machine's decision, so that its history shows it. */
const clientIn = (region: string): LambdaClient => {
  const client =
    clients.get(region) ??
    new LambdaClient({ region, maxAttempts: 1, requestHandler: { connectionTimeout: 3_000, requestTimeout: 62_000 } });
  clients.set(region, client);
  return client;
};

export const handler = entry(CallSpoke, async (call) => {
  assertConfigured(call, config());
  const arn = spokeFunctionArn(call.function, call.account, call.region);
  const command = new InvokeCommand({ FunctionName: arn, Payload: JSON.stringify(call.input) });
  const answer = await clientIn(call.region)
    .send(command)
    .catch((error: unknown) => {
      throw failureOf(`invoking ${arn}`, error);
    });
  return readAnswer(arn, answer);
});
