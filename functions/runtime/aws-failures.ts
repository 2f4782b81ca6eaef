/** The SDK's errors turned into ours. */
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { Failure } from './errors.ts';

/** IAM and EC2 speak the Query protocol, whose codes have no "Exception" at their end. */
const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);
const MISSING = new Set(['ResourceNotFoundException', 'StateMachineDoesNotExist']);

/** The failure for what the SDK threw, after its own retries, while it did `what` (`a write of …`). */
export const failureOf = (what: string, error: unknown): Failure => {
  const options = { cause: error };
  if (!isSdkError(error)) return new Failure('ServiceUnavailable', `${what} failed: ${String(error)}`, options);
  const because = `${error.name}: ${error.message}`;
  if (isThrottlingError(error)) return new Failure('Throttled', `${what} was throttled: ${because}`, options);
  if (DENIED.has(error.name)) return new Failure('AccessDenied', `${what} is not allowed: ${because}`, options);
  if (MISSING.has(error.name)) {
    return new Failure(
      'NotFound',
      `${what} found nothing there; is the hub deployed in this account and region? ${because}`,
      options,
    );
  }
  // Without an HTTP status there was no answer: refused connections, timeouts, broken names.
  if (isTransientError(error) || isServerError(error) || error.$metadata === undefined) {
    return new Failure('ServiceUnavailable', `${what} was not answered: ${because}`, options);
  }
  return new Failure('Refused', `${what} was refused: ${because}`, options);
};

const isSdkError = (error: unknown): error is Parameters<typeof isThrottlingError>[0] => error instanceof Error;
