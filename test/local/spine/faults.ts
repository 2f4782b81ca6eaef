/** Faults on purpose: a service's operation that fails before it ran, or after it ran, so that its answer is lost. */
import { ServiceException } from '@aws-sdk/client-lambda';
import type { AnyOperation, Call, Service } from '../../../local/contract.ts';
import { ApiError } from '../../../local/wire/errors.ts';

/** Runs in an operation's stead; `run` is the operation itself. */
export type Instead = (input: object, call: Call, run: () => Promise<unknown>) => Promise<unknown>;

/** A service with one operation put behind another function. */
export const instead = (service: Service, scope: string, name: string, behind: Instead): Service => {
  const operation = service.scope === scope ? service.operations[name] : undefined;
  if (operation === undefined) return service;
  const replaced: AnyOperation = {
    ...operation,
    run: (input, call) => behind(input, call, async () => operation.run(input, call)),
  };
  return { ...service, operations: { ...service.operations, [name]: replaced } };
};

/** How a function can end without an answer, in Lambda's words. */
export type Crash =
  /** Invoke itself fails. */
  'ServiceException' | 'Sandbox.Timedout' | 'Runtime.ExitError' | 'Runtime.OutOfMemory';

export type Fault = {
  /** The function, by its file. */
  readonly file: string;
  readonly when: 'before' | 'after';
  readonly crash: Crash;
  /** Only invocations whose payload names it. */
  readonly about: string;
};

/** Lambda with faults; each strikes once, and then stands in `struck`. */
export const crashing =
  (faults: readonly Fault[], struck: Set<Fault>) =>
  (service: Service): Service =>
    instead(service, 'lambda', 'Invoke', async (input, _call, run) => {
      const fault = faults.find((one) => !struck.has(one) && concerns(one, input));
      if (fault === undefined) return run();
      struck.add(fault);
      if (fault.when === 'after') await run();
      if (fault.crash === 'ServiceException') {
        throw new ServiceException({ message: 'Lambda had an internal error.', $metadata: {} });
      }
      const error = { errorType: fault.crash, errorMessage: `RequestId: 0 ${fault.crash} on purpose` };
      return { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify(error)) };
    });

/** Whether an Invoke is of a function, and about somebody. */
export const concerns = ({ file, about }: Pick<Fault, 'file' | 'about'>, input: object): boolean => {
  const { FunctionName = '', Payload = new Uint8Array() } = input as { FunctionName?: string; Payload?: Uint8Array };
  // With a quote or the role's slash before it, and a quote behind: names may begin alike.
  return FunctionName.endsWith(`:podid-${file}`) && Buffer.from(Payload).toString().includes(`${about}"`);
};

/** How one AWS call goes wrong. */
export const BLOWS = [
  /** Refused with an error that no client repeats; nothing was done. */
  'refused',
  /** Done, but the answer is an error of the service's own. */
  'lost',
  /** Refused for its rate: the first time, or each time. */
  'throttled',
  'throttled for ever',
  /** No answer ever comes, and nothing was done; or it was. Who waits runs out of time. */
  'silent',
  'silent, done',
] as const;
export type Blow = (typeof BLOWS)[number];

/** Stands for no answer at all: whoever gets it has to wait until its time is over. */
export class Silence extends Error {}

/** Runs a call that goes wrong. @throws Silence, or what AWS answers */
export const suffer = async (blow: Blow, run: () => Promise<unknown>): Promise<never> => {
  if (blow === 'lost' || blow === 'silent, done') await run();
  switch (blow) {
    case 'refused':
      throw new ApiError('AccessDenied', 403, 'Refused on purpose.');
    case 'lost':
      throw new ApiError('ServiceFailure', 500, 'The answer is lost on purpose.');
    case 'throttled':
    case 'throttled for ever':
      throw new ApiError('Throttling', 400, 'Rate exceeded on purpose.');
    case 'silent':
    case 'silent, done':
      throw new Silence('No answer, on purpose.');
  }
};
