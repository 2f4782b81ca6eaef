/** Invoke: synchronous, asynchronous, and the dry run. */
import {
  InvalidParameterValueException,
  InvalidRequestContentException,
  type InvocationRequest,
  type InvocationResponse,
  RequestTooLargeException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import type { Operation } from '../../contract.ts';
import { backgroundOf } from '../background.ts';
import { invokeLater } from './asynchronous.ts';
import { askFunction, functionNamed } from './function.ts';
import { poolOf } from './pool.ts';

/** Bytes of a payload (Lambda quotas): 6 MB synchronous, 256 KB asynchronous. */
const LARGEST = { RequestResponse: 6 * 1024 * 1024, Event: 256 * 1024, DryRun: 6 * 1024 * 1024 } as const;

export const Invoke: Operation<InvocationRequest, InvocationResponse> = {
  // A data event: CloudTrail's management trail has no record of it.
  readOnly: true,
  asks: (input, call) => [askFunction('InvokeFunction', input.FunctionName, call)],
  run: async (input, call) => {
    const { cloud, requestId } = call;
    const target = functionNamed(input.FunctionName, call);
    const type = input.InvocationType ?? 'RequestResponse';
    const event = eventOf(input.Payload, type);
    const pool = poolOf(cloud, target);
    // Events are queued and wait for their turn, unless there is never one.
    const running = type === 'RequestResponse' ? pool.running() : 0;
    if (running >= (target.reservedConcurrency ?? Number.POSITIVE_INFINITY)) {
      throw new TooManyRequestsException({
        message: 'Rate Exceeded.',
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
        $metadata: {},
      });
    }
    if (type === 'DryRun') return { StatusCode: 204 };
    if (type === 'Event') {
      backgroundOf(cloud).run(target.name, () => invokeLater(cloud, target, requestId, event));
      return { StatusCode: 202 };
    }
    const outcome = await pool.invoke(requestId, event);
    return {
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      Payload: Buffer.from(outcome.payload),
      ...(outcome.failed ? { FunctionError: 'Unhandled' } : {}),
      ...(input.LogType === 'Tail' ? { LogResult: Buffer.from(outcome.log).toString('base64') } : {}),
    };
  },
};

const eventOf = (payload: Uint8Array | undefined, type: string): string => {
  if (type !== 'RequestResponse' && type !== 'Event' && type !== 'DryRun') {
    const message = `Value '${type}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]`;
    throw new InvalidParameterValueException({ message, $metadata: {} });
  }
  const size = payload?.byteLength ?? 0;
  if (size > LARGEST[type]) {
    const message = `${size} byte payload is too large for the ${type} invocation type (limit ${LARGEST[type]} bytes)`;
    throw new RequestTooLargeException({ message, $metadata: {} });
  }
  // Lambda gives an empty object to a function that is invoked with nothing.
  const text = size === 0 ? '{}' : Buffer.from(payload ?? []).toString();
  try {
    JSON.parse(text);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new InvalidRequestContentException({
      message: `Could not parse request body into json: ${because}`,
      $metadata: {},
    });
  }
  return text;
};
