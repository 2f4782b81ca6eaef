/** What a task of a machine calls: a hub function by its ARN, or, through `call-spoke`, a spoke's. */
import * as z from 'zod';
import { spokeFunctionArn } from '../../functions/names.ts';
import { CallSpoke } from '../../functions/runtime/spoke-call.ts';

const Invoke = z.strictObject({ FunctionName: z.string(), Payload: z.unknown() });

/** The function that gets the payload in the end. */
export const calledBy = (invoke: unknown): { functionName: string; payload: unknown } => {
  const { FunctionName: functionName, Payload: payload } = Invoke.parse(invoke);
  if (!functionName.endsWith('CallSpoke')) return { functionName, payload };
  const call = CallSpoke.parse(payload);
  return { functionName: spokeFunctionArn(call.function, call.account, call.region), payload: call.input };
};
