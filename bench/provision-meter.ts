/** Counts, from outside of the functions, what they ask of each account. */
import type { InvocationRequest } from '@aws-sdk/client-lambda';
import { parseArn } from '../functions/partition.ts';
import type { AnyOperation, Call, Service } from '../local/contract.ts';
import { HUB } from './provision-fleet.ts';

export type Meter = {
  /** For `startLocal`: stands around Lambda and IAM. */
  readonly around: (service: Service) => Service;
  /** Since the last reset: the most spokes' functions that ran at once in one account, and the most IAM calls in one of its seconds. */
  readonly peaks: () => { readonly functions: number; readonly iamCalls: number };
  readonly reset: () => void;
};

export const meter = (): Meter => {
  const running = new Map<string, number>();
  const seconds = new Map<string, number>();
  let functions = 0;
  const invoked: Wrap = async (input, { account }, run) => {
    const { FunctionName } = input as InvocationRequest;
    const of = parseArn(FunctionName ?? '')?.account ?? account;
    if (of === HUB) return run();
    const now = (running.get(of) ?? 0) + 1;
    running.set(of, now);
    functions = Math.max(functions, now);
    try {
      return await run();
    } finally {
      running.set(of, (running.get(of) ?? 1) - 1);
    }
  };
  const counted: Wrap = async (_, { account, now }, run) => {
    const key = `${account} ${Math.floor(now.getTime() / 1000)}`;
    seconds.set(key, (seconds.get(key) ?? 0) + 1);
    return run();
  };
  return {
    around: (service) => {
      if (service.scope === 'lambda') return wrapped(service, (name) => (name === 'Invoke' ? invoked : undefined));
      return service.scope === 'iam' ? wrapped(service, () => counted) : service;
    },
    peaks: () => ({ functions, iamCalls: Math.max(0, ...seconds.values()) }),
    reset: () => {
      functions = 0;
      seconds.clear();
    },
  };
};

type Wrap = (input: unknown, call: Call, run: () => unknown) => Promise<unknown>;

const wrapped = (service: Service, wrapOf: (operation: string) => Wrap | undefined): Service => ({
  ...service,
  operations: Object.fromEntries(
    Object.entries(service.operations).map(([name, operation]): [string, AnyOperation] => {
      const wrap = wrapOf(name);
      if (wrap === undefined) return [name, operation];
      return [
        name,
        { ...operation, run: (input: never, call: Call) => wrap(input, call, () => operation.run(input, call)) },
      ];
    }),
  ),
});
