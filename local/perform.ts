/** The one path of every call: authorize, run, record. From the wire and from inside alike. */
import { isIP } from 'node:net';
import { denial } from './authorize.ts';
import type { Ask, Call, Service } from './contract.ts';
import { asSeen } from './control/as-seen.ts';
import { intercept } from './control/intercept.ts';
import { recordCall } from './trail.ts';
import { checkRequired } from './wire/check.ts';
import { checkConstraints } from './wire/constraints/check.ts';
import { NoAnswer, notImplemented, refusal, wireError } from './wire/errors.ts';
import { operationSchema } from './wire/schema.ts';

/**
 * Runs an operation with a decoded input and gives its output.
 * @throws the service's exceptions; AccessDenied in its own form; NotImplemented for what isn't here; NoAnswer when a fault wants it.
 */
export const perform = async (service: Service, name: string, input: object, call: Call): Promise<object> => {
  const schema = operationSchema(service.schemas, name);
  if (schema === undefined) {
    throw refusal(service.protocol, 'unknownOperation', `Could not find operation ${name} for ${service.scope}.`);
  }
  const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (operation === undefined) throw notImplemented(service.scope, name);
  // Tables of operations have forgotten the type of their inputs; the schema by which this one was decoded has it.
  const typed = input as never;
  const intercepted = intercept(service, name, operation, input, call);
  let authorized = false;
  let shown: object;
  try {
    intercepted.before();
    checkRequired(schema.input, input, service.protocol);
    checkConstraints(service, name, input);
    for (const ask of operation.asks(typed, call)) authorizeCall(service, ask, call);
    authorized = true;
    if (!operation.readOnly) service.keepPast?.(input, call);
    const output: unknown = await operation.run(
      typed,
      operation.readOnly ? { ...call, cloud: asSeen(call.cloud) } : call,
    );
    shown = typeof output === 'object' && output !== null ? output : {};
    recordCall(service, operation, schema, call, input, { output: shown });
  } catch (error) {
    // Whatever swallowed the request, the service never saw it.
    if (error instanceof NoAnswer) throw error;
    const { name: errorCode, message: errorMessage } = wireError(error, service);
    const denied = DENIALS.has(errorCode);
    recordCall(service, operation, schema, call, input, {
      errorCode: denied ? 'AccessDenied' : errorCode,
      errorMessage,
      refused: denied && !authorized,
    });
    throw error;
  }
  intercepted.after();
  return shown;
};

// What CloudTrail calls AccessDenied has other names on the wire.
const DENIALS: ReadonlySet<string> = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']);

const authorizeCall = (service: Service, ask: Ask, call: Call): void => {
  const origin = isIP(call.sourceIp) === 0 ? undefined : { sourceIp: call.sourceIp, userAgent: call.userAgent };
  const message = denial(call.cloud, call.caller, ask, call.region, origin);
  if (message !== undefined) throw refusal(service.protocol, 'accessDenied', message);
};
