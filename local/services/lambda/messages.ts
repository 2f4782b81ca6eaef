/** What Lambda and the worker thread of an environment tell each other. */

export type WorkerStart = {
  /** The folder of the asset. */
  readonly directory: string;
  /** `index.handler` */
  readonly handler: string;
};

/** To the worker. */
export type Invocation = {
  readonly requestId: string;
  /** The event as JSON text. */
  readonly event: string;
  /** Milliseconds since the epoch: getRemainingTimeInMillis counts down to it. */
  readonly deadline: number;
  readonly traceId: string;
  readonly context: {
    readonly functionName: string;
    readonly functionVersion: string;
    readonly invokedFunctionArn: string;
    readonly memoryLimitInMB: string;
    readonly logGroupName: string;
    readonly logStreamName: string;
  };
};

/** As Lambda shows an error to its caller. */
export type ErrorShape = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
};

/** From the worker. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'error'; readonly error: ErrorShape }
  /** The module could not be loaded, or something was thrown that nobody awaited: the environment is lost. */
  | { readonly kind: 'crash'; readonly error: ErrorShape };
