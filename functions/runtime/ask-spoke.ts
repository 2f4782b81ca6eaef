/** Asking a spoke's function from a function of the hub, by way of `call-spoke`: that is the only one which the spokes let in. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { functionName } from '../names.ts';
import { failureOf } from './aws-failures.ts';
import { type CallSpoke, readAnswer } from './spoke-call.ts';

let client: LambdaClient | undefined;

/**
 * The function's answer, which its own schema has to read.
 * @throws SpokeFailure what the function threw; Failure ServiceUnavailable when it did not finish; Throttled, AccessDenied
 */
export const askSpoke = async (call: CallSpoke): Promise<unknown> => {
  // `call-spoke` has 65 s; trying again is for those who know whether it is safe.
  client ??= new LambdaClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 70_000, throwOnRequestTimeout: true },
  });
  const through = functionName('call-spoke');
  const command = new InvokeCommand({ FunctionName: through, Payload: JSON.stringify(call) });
  const answer = await client.send(command).catch((error: unknown) => {
    throw failureOf(`invoking ${through}`, error);
  });
  return readAnswer(through, answer);
};
