/** The environments of a function: reused, started when they are needed, ended when they are not. */
import type { Cloud } from '../../contract.ts';
import { backgroundOf } from '../background.ts';
import { type Environment, type Outcome, startEnvironment } from './environment.ts';
import type { LambdaFunction } from './function.ts';
import { lambdaLimits } from './settings.ts';

export type Pool = {
  /** Runs an event; waits while all environments are busy. */
  readonly invoke: (requestId: string, event: string) => Promise<Outcome>;
  /** How many run, or wait for an environment of this machine: on AWS they would all run. */
  readonly running: () => number;
};

/** The one pool of a function. */
export const poolOf = (cloud: Cloud, target: LambdaFunction): Pool =>
  cloud.state('lambda-pool', target.arn, () => create(cloud, target));

const create = (cloud: Cloud, target: LambdaFunction): Pool => {
  const idle: Array<{ readonly environment: Environment; readonly ends: NodeJS.Timeout }> = [];
  const all = new Set<Environment>();
  const waiting: Array<() => void> = [];
  let running = 0;
  const { signal, onClose } = backgroundOf(cloud);
  onClose(async () => {
    for (const { ends } of idle) clearTimeout(ends);
    for (const wake of waiting.splice(0)) wake();
    await Promise.all([...all].map((environment) => environment.end()));
  });

  const drop = (environment: Environment): void => {
    all.delete(environment);
    void environment.end();
  };

  const acquire = async (): Promise<Environment> => {
    for (;;) {
      signal.throwIfAborted();
      const last = idle.pop();
      if (last !== undefined) {
        clearTimeout(last.ends);
        if (last.environment.usable()) return last.environment;
        drop(last.environment);
        continue;
      }
      if (all.size < mostEnvironments(cloud, target)) {
        const environment = startEnvironment(cloud, target);
        all.add(environment);
        return environment;
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };

  const release = (environment: Environment): void => {
    if (!environment.usable() || signal.aborted) drop(environment);
    else {
      const ends = setTimeout(() => {
        idle.splice(
          idle.findIndex((entry) => entry.environment === environment),
          1,
        );
        drop(environment);
      }, lambdaLimits(cloud).idleMs);
      idle.push({ environment, ends: ends.unref() });
    }
    waiting.shift()?.();
  };

  return {
    invoke: async (requestId, event) => {
      running += 1;
      try {
        const environment = await acquire();
        try {
          return await environment.invoke(requestId, event);
        } finally {
          release(environment);
        }
      } finally {
        running -= 1;
      }
    },
    running: () => running,
  };
};

const mostEnvironments = (cloud: Cloud, target: LambdaFunction): number =>
  Math.min(lambdaLimits(cloud).maxEnvironments, target.reservedConcurrency ?? Number.POSITIVE_INFINITY);
