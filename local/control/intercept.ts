/** What stands in the way of a call when the control endpoint says so: throttling and faults. */
import type { AnyOperation, Call, Service } from '../contract.ts';
import { ApiError, modelledError, NoAnswer, refusal } from '../wire/errors.ts';
import type { What } from './fault-rule.ts';
import { strike } from './faults.ts';
import { isThrottled } from './rates.ts';

/** The two sides of a call; either throws what the caller gets instead of what the call gives. */
export type Intercepted = {
  /** Before anything is done. @throws the service's exceptions, NoAnswer */
  readonly before: () => void;
  /** After the call worked. @throws the service's exceptions, NoAnswer */
  readonly after: () => void;
};

/** Counts the call, and says what it suffers. */
export const intercept = (
  service: Service,
  name: string,
  operation: AnyOperation,
  input: object,
  call: Call,
): Intercepted => {
  const throttled = isThrottled(service, operation, call);
  const what = throttled ? undefined : strike(service.scope, name, input, call)?.what;
  const suffer = (when: 'before' | 'after'): void => {
    if (what !== undefined && whenOf(what) === when) throw blow(service, what);
  };
  return {
    before: () => {
      if (throttled) throw rateExceeded(service);
      suffer('before');
    },
    after: () => suffer('after'),
  };
};

const whenOf = (what: What): 'before' | 'after' => (what.kind === 'throttle' ? 'before' : what.when);

const blow = (service: Service, what: What): Error => {
  switch (what.kind) {
    case 'error':
      return (
        (what.status === undefined ? modelledError(service, what.code, what.message) : undefined) ??
        new ApiError(what.code, what.status ?? 400, what.message)
      );
    case 'throttle':
      return rateExceeded(service);
    case 'lost':
      return new NoAnswer('closed');
    case 'timeout':
      return new NoAnswer('silent');
  }
};

/** Services that have an exception of their own for it. */
const THROTTLED: Readonly<Record<string, string>> = { lambda: 'TooManyRequestsException', sqs: 'RequestThrottled' };

const rateExceeded = (service: Service): Error => {
  const own = THROTTLED[service.scope];
  const message = 'Rate exceeded';
  return (
    (own === undefined ? undefined : modelledError(service, own, message)) ??
    refusal(service.protocol, 'throttled', message)
  );
};
