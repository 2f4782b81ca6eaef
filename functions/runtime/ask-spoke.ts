/** Asking a spoke's function from a function of the hub, by way of `call-spoke`: that is the only one which the spokes let in. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { functionName } from '../names.ts';
import { failureOf } from './aws-failures.ts';
import { type CallSpoke, readAnswer } from './spoke-call.ts';

export type AskSpoke = (call: CallSpoke, signal?: AbortSignal) => Promise<unknown>;

/**
 * Asks and gives the function's answer, which its own schema has to read. `millis`: `call-spoke` itself has 65 s; `attempts`: more than one only
 * for what is safe to ask twice.
 * @throws SpokeFailure what the function threw; Failure ServiceUnavailable when it did not finish; Throttled, AccessDenied
 */
export const spokeAsker = ({ millis, attempts }: { readonly millis: number; readonly attempts: number }): AskSpoke => {
  const client = new LambdaClient({
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: millis, throwOnRequestTimeout: true },
  });
  const through = functionName('call-spoke');
  return async (call, signal) => {
    const command = new InvokeCommand({ FunctionName: through, Payload: JSON.stringify(call) });
    const answer = await client
      .send(command, signal === undefined ? {} : { abortSignal: signal })
      .catch((error: unknown) => {
        throw failureOf(`invoking ${through}`, error);
      });
    return readAnswer(through, answer);
  };
};
