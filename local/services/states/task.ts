/**
 * A Task state's call of a Lambda function: as the machine's role, with Step Functions' names for its errors. Of another account, too, but never of
 * another region: Lambda in the machine's own region is asked, and says that it can't reach it (Step Functions guide, "Accessing resources in other AWS accounts").
 */
import type { Cloud } from '../../contract.ts';
import { sessionOf } from '../sessions.ts';
import type { Machine } from './machine.ts';

/** An error that Retry and Catch see: `name` is ASL's Error, the message its Cause. */
export class TaskError extends Error {
  override readonly name: string;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Ends a run without Retry or Catch; the engine reads the two flags. */
export class Terminal extends Error {
  override readonly name: string;
  readonly isRetryable = false;
  readonly isCatchable = false;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** What Lambda's SDK models; anything else is `Lambda.AWSLambdaException` (Step Functions guide, "Handling errors"). */
const MODELLED: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'RequestTooLargeException',
  'ServiceException',
  'TooManyRequestsException',
]);

/** Invokes what the task names and gives the task's result. */
export const invokeTask = async (
  cloud: Cloud,
  machine: Machine,
  execution: string,
  resource: string,
  payload: unknown,
): Promise<unknown> => {
  const optimized = resource.endsWith(':states:::lambda:invoke');
  const { FunctionName, Payload, InvocationType } = optimized
    ? requestOf(payload)
    : { FunctionName: resource, Payload: payload };
  const { caller } = sessionOf(cloud, machine.roleArn, execution, 'states.amazonaws.com');
  const input = {
    FunctionName,
    Payload: Buffer.from(JSON.stringify(Payload ?? {})),
    ...(InvocationType === undefined ? {} : { InvocationType }),
  };
  const answer = await cloud
    .call('lambda', 'Invoke', input, { caller, region: machine.region })
    .catch((error: unknown) => {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      throw new TaskError(`Lambda.${MODELLED.has(name) ? name : 'AWSLambdaException'}`, message);
    });
  const { StatusCode, FunctionError, Payload: bytes } = answer as Answer;
  const body = bytes === undefined ? '' : Buffer.from(bytes).toString();
  if (FunctionError !== undefined) throw new TaskError(errorType(body), body);
  const result: unknown = body === '' ? null : JSON.parse(body);
  if (!optimized) return result;
  return {
    ...(body === '' ? {} : { ExecutedVersion: '$LATEST', Payload: result }),
    SdkHttpMetadata: { HttpStatusCode: StatusCode },
    StatusCode,
  };
};

/** What Invoke gives back. */
type Answer = { readonly StatusCode: number; readonly FunctionError?: string; readonly Payload?: Uint8Array };

const requestOf = (payload: unknown) => {
  const field = (name: string): unknown =>
    typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined;
  const FunctionName = field('FunctionName');
  if (typeof FunctionName !== 'string') throw new Terminal('States.Runtime', 'The Parameters have no FunctionName.');
  const type = field('InvocationType');
  return { FunctionName, Payload: field('Payload'), InvocationType: typeof type === 'string' ? type : undefined };
};

const errorType = (body: string): string => {
  const error: unknown = JSON.parse(body);
  const type = typeof error === 'object' && error !== null && 'errorType' in error ? error.errorType : undefined;
  return typeof type === 'string' && type !== '' ? type : 'Lambda.Unknown';
};
