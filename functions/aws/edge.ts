/** Where AWS's errors become ours, and what all clients have in common. */
import { types } from 'node:util';
import { failureOf } from '../runtime/aws-failures.ts';
import { Failure } from '../runtime/errors.ts';

/**
 * Settings of every client. The standard strategy retries throttling and faults with jittered, growing waits
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html); six attempts end within 20 s, well
 * before a spoke's timeout. Silence counts as a fault after 10 s.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 6,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

/** Makes a client at its first use, so that a cold start pays only for what it needs. */
export const lazily = <Made>(make: () => Made): (() => Made) => {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/**
 * Sends a request and turns what it fails with into one of ours; `call` names it for a person.
 * @throws Failure Throttled, ServiceUnavailable, AccessDenied, NotFound, or Refused for everything else
 */
export const answerOf = async <Answer>(call: string, send: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await send();
  } catch (error) {
    if (NOT_THERE.has(codeOf(error))) {
      throw new Failure('NotFound', `${call} found nothing there`, { cause: error });
    }
    throw failureOf(call, error);
  }
};

/** The same, where the thing may be missing: then the answer is undefined. */
export const answerIfThere = async <Answer>(call: string, send: () => Promise<Answer>): Promise<Answer | undefined> => {
  try {
    return await send();
  } catch (error) {
    if (NOT_THERE.has(codeOf(error))) return undefined;
    throw failureOf(call, error);
  }
};

/** The error's name as AWS's code, for the few that are an answer rather than a failure. */
export const codeOf = (error: unknown): string => (types.isNativeError(error) ? error.name : '');

// The Query services leave "Exception" out of their codes; the SDK's classes have it.
const NOT_THERE: ReadonlySet<string> = new Set([
  'NoSuchEntity',
  'NoSuchEntityException',
  'NotFoundException',
  'ResourceNotFoundException',
]);
