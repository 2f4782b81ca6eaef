/** Counts, from outside of the functions, what they ask of each account. */
import type { InvocationRequest } from '@aws-sdk/client-lambda';
import { functionName } from '../functions/names.ts';
import { parseArn } from '../functions/partition.ts';
import type { AnyOperation, Call, Service } from '../local/contract.ts';
import { HUB } from './provision-fleet.ts';

export type Meter = {
  /** For `startLocal`: stands around Lambda and IAM. */
  readonly around: (service: Service) => Service;
  /** Since the last reset, of the account that had the most. */
  readonly peaks: () => Peaks;
  readonly reset: () => void;
};

export type Peaks = {
  /** Spokes' functions that ran at once. */
  readonly functions: number;
  /** Of one function that writes for grants, how many ran at once. */
  readonly writers: number;
  /** Invocations that were turned away, in all accounts. */
  readonly turnedAway: number;
  /** IAM calls that were served within a second. */
  readonly iamCalls: number;
};

const WRITERS = new Set(['apply-role', 'associate', 'undo-grant'].map(functionName));

export const meter = (): Meter => {
  const ran = new Map<string, Span[]>();
  const seconds = new Map<string, number>();
  let turnedAway = 0;
  const invoked: Wrap = async (input, { account }, run) => {
    const { FunctionName } = input as InvocationRequest;
    const { account: of = account, resource = '' } = parseArn(FunctionName ?? '') ?? {};
    if (of === HUB) return run();
    const began = performance.now();
    const note = (error?: unknown): void => {
      if (error instanceof Error && error.name === 'TooManyRequestsException') turnedAway += 1;
      else add(ran, `${of} ${resource}`, { began, ended: performance.now() });
    };
    try {
      const answer = await run();
      note();
      return answer;
    } catch (error) {
      note(error);
      throw error;
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
    peaks: () => {
      const accounts = new Map<string, Span[]>();
      for (const [key, spans] of ran) for (const span of spans) add(accounts, key.split(' ')[0] ?? '', span);
      const ofWriters = [...ran].filter(([key]) => WRITERS.has(key.split(':').at(-1) ?? ''));
      return {
        functions: Math.max(0, ...[...accounts.values()].map(mostAtOnce)),
        writers: Math.max(0, ...ofWriters.map(([, spans]) => mostAtOnce(spans))),
        turnedAway,
        iamCalls: Math.max(0, ...seconds.values()),
      };
    },
    reset: () => {
      ran.clear();
      turnedAway = 0;
      seconds.clear();
    },
  };
};

type Span = { readonly began: number; readonly ended: number };

const add = (to: Map<string, Span[]>, key: string, span: Span): void => {
  const spans = to.get(key);
  if (spans === undefined) to.set(key, [span]);
  else spans.push(span);
};

/** Who ends at an instant makes room for who begins at it. */
const mostAtOnce = (spans: readonly Span[]): number => {
  const steps = spans.flatMap(({ began, ended }) => [
    { at: began, by: 1 },
    { at: ended, by: -1 },
  ]);
  let [now, most] = [0, 0];
  for (const { by } of steps.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
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
