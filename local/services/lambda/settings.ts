/** What can be set about the local Lambda, above all by tests. */
import type { Cloud } from '../../contract.ts';

export type LambdaLimits = {
  /** Environments of one function that live at the same time; more invocations wait. A worker is about 31 MB. */
  maxEnvironments: number;
  /** An environment that did nothing for this long is ended. */
  idleMs: number;
  /** Before the second, third attempt of an asynchronous invocation. AWS waits one minute and two; here nobody has that patience. */
  asyncDelaysMs: readonly number[];
  /** Variables that every function gets besides its own. */
  environment: Readonly<Record<string, string>>;
};

/** The settings of a cloud's Lambda; they may be changed at any time. */
export const lambdaLimits = (cloud: Cloud): LambdaLimits =>
  cloud.state('lambda', 'limits', () => ({
    maxEnvironments: 4,
    idleMs: 60_000,
    asyncDelaysMs: [1000, 2000],
    environment: {},
  }));
