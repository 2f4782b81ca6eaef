/** An execution environment: one worker thread that runs one invocation at a time. */
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Cloud } from '../../contract.ts';
import { backgroundOf } from '../background.ts';
import { logGroup, logGroupArn, writeLog } from '../logs/group.ts';
import { endsSoon, type RoleSession, sessionOf } from '../sessions.ts';
import type { LambdaFunction } from './function.ts';
import type { ErrorShape, FromWorker, Invocation, WorkerStart } from './messages.ts';
import { lambdaLimits } from './settings.ts';

/** What came of an invocation. */
export type Outcome = {
  /** JSON text: the answer, or the error's shape. */
  readonly payload: string;
  readonly failed: boolean;
  /** What was printed. */
  readonly log: string;
};

export type Environment = {
  readonly invoke: (requestId: string, event: string) => Promise<Outcome>;
  /** Whether it can take another invocation: its worker lives and its credentials last. */
  readonly usable: () => boolean;
  readonly end: () => Promise<void>;
};

/** Lambda gives the code this long to load before it counts against the function's timeout (Lambda guide, "init phase"). */
const INIT_MS = 10_000;
const AMONG_LOGS = 4096;

/** Starts an environment with a session of the function's role; the code is loaded at once. */
export const startEnvironment = (cloud: Cloud, target: LambdaFunction): Environment => {
  const began = performance.now();
  const session = sessionOf(cloud, target.roleArn, target.name, 'lambda.amazonaws.com');
  const stream = `${cloud.now().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomBytes(16).toString('hex')}`;
  const log = logOf(cloud, target, session, stream);
  const worker = new Worker(new URL('./runtime.ts', import.meta.url), {
    workerData: { directory: target.directory, handler: target.handler } satisfies WorkerStart,
    env: variablesOf(cloud, target, session, stream),
    execArgv: target.environment.NODE_OPTIONS?.includes('--enable-source-maps') ? ['--enable-source-maps'] : [],
    resourceLimits: { maxOldGenerationSizeMb: target.memoryMb },
    stdout: true,
    stderr: true,
    name: target.name,
  });
  let alive = true;
  let initMs: number | undefined;
  let printed = '';
  let current: { readonly requestId: string; readonly settle: (outcome: Ending) => void } | undefined;
  /** What ended the worker before anybody asked for anything. */
  let early: Ending | undefined;
  const ready = Promise.withResolvers<void>();

  const finish = (ending: Ending): void => {
    if (current === undefined) early ??= ending;
    else current.settle(ending);
  };
  const lost = (error: ErrorShape): void => {
    alive = false;
    ready.resolve();
    finish({ error });
  };
  const line = (text: string): void => {
    printed = (printed + text).slice(-AMONG_LOGS);
    log(text);
  };
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'log') line(message.text);
    else if (message.kind === 'result') finish({ payload: message.payload });
    else if (message.kind === 'error') finish({ error: message.error });
    else if (message.kind === 'crash') lost(message.error);
    else {
      initMs = performance.now() - began;
      ready.resolve();
    }
  });
  worker.on('error', (error: NodeJS.ErrnoException) =>
    lost(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? { errorType: 'Runtime.OutOfMemory', errorMessage: 'Error: Runtime exited with error: signal: killed' }
        : { errorType: error.name, errorMessage: error.message },
    ),
  );
  worker.on('exit', (code) =>
    lost({
      errorType: 'Runtime.ExitError',
      errorMessage:
        code === 0
          ? 'Error: Runtime exited without providing a reason'
          : `Error: Runtime exited with error: exit status ${code}`,
    }),
  );
  // Only what bypasses process.stdout in the thread comes this way: Node's own warnings.
  worker.stdout.on('data', (chunk: Buffer) => log(chunk.toString()));
  worker.stderr.on('data', (chunk: Buffer) => log(chunk.toString()));

  const end = async (): Promise<void> => {
    alive = false;
    await worker.terminate();
  };

  const attempt = async (requestId: string, event: string): Promise<Ending> => {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    current = { requestId, settle: resolve };
    if (early !== undefined) resolve(early);
    const timedOut = (): void => {
      const seconds = target.timeoutSeconds.toFixed(2);
      resolve({
        error: { errorType: 'Sandbox.Timedout', errorMessage: `Error: Task timed out after ${seconds} seconds` },
      });
      void end();
    };
    let timer = setTimeout(
      timedOut,
      initMs === undefined ? INIT_MS + target.timeoutSeconds * 1000 : target.timeoutSeconds * 1000,
    );
    void ready.promise.then(() => {
      if (current?.requestId !== requestId) return;
      clearTimeout(timer);
      if (!alive) return;
      timer = setTimeout(timedOut, target.timeoutSeconds * 1000);
      worker.postMessage(invocationOf(target, stream, requestId, event));
    });
    const ending = await promise;
    clearTimeout(timer);
    current = undefined;
    return ending;
  };

  return {
    usable: () => alive && !endsSoon(session, cloud.now()),
    end,
    invoke: async (requestId, event) => {
      const cold = initMs === undefined;
      printed = '';
      line(`START RequestId: ${requestId} Version: $LATEST\n`);
      const started = performance.now();
      const ending = await attempt(requestId, event);
      const outcome = outcomeOf(ending, requestId);
      if (outcome.failed)
        line(`${new Date(cloud.now()).toISOString()}\t${requestId}\tERROR\tInvoke Error\t${outcome.payload}\n`);
      line(`END RequestId: ${requestId}\n`);
      line(report(target, requestId, performance.now() - started, cold ? initMs : undefined));
      return { ...outcome, log: printed };
    },
  };
};

type Ending = { readonly payload: string } | { readonly error: ErrorShape };

const outcomeOf = (ending: Ending, requestId: string): Omit<Outcome, 'log'> => {
  if ('payload' in ending) return { payload: ending.payload, failed: false };
  const { error } = ending;
  // What ends the sandbox itself is told with the request's id, not with a trace.
  const prefix = /^(Sandbox|Runtime\.(ExitError|OutOfMemory))/.test(error.errorType) ? `RequestId: ${requestId} ` : '';
  return { payload: JSON.stringify({ ...error, errorMessage: prefix + error.errorMessage }), failed: true };
};

const report = (target: LambdaFunction, requestId: string, ms: number, initMs: number | undefined): string => {
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${ms.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(ms)} ms`,
    `Memory Size: ${target.memoryMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
  ];
  return `${parts.join('\t')}\n`;
};

const invocationOf = (target: LambdaFunction, stream: string, requestId: string, event: string): Invocation => ({
  requestId,
  event,
  // The handler counts down on the machine's clock, as its own timers run on it.
  deadline: Date.now() + target.timeoutSeconds * 1000,
  traceId: `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`,
  context: {
    functionName: target.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: target.arn,
    memoryLimitInMB: String(target.memoryMb),
    logGroupName: groupName(target),
    logStreamName: stream,
  },
});

const groupName = (target: LambdaFunction): string => target.logGroupName ?? `/aws/lambda/${target.name}`;

/** What Lambda sets (guide, "Defined runtime environment variables"), over the template's own; nothing of this process. */
const variablesOf = (
  cloud: Cloud,
  target: LambdaFunction,
  { credentials }: RoleSession,
  stream: string,
): Record<string, string> => {
  // Node reads it when the thread starts; the only option with a meaning here is passed as an argument.
  const { NODE_OPTIONS: _, ...own } = target.environment;
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: process.env.PATH ?? '',
    ...lambdaLimits(cloud).environment,
    ...own,
    _HANDLER: target.handler,
    AWS_REGION: target.region,
    AWS_DEFAULT_REGION: target.region,
    AWS_ENDPOINT_URL: cloud.endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
    AWS_EXECUTION_ENV: `AWS_Lambda_${target.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: target.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(target.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: groupName(target),
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    LAMBDA_TASK_ROOT: target.directory,
  };
};

/** Where the lines go; nowhere, and said once, when the function's role may not write them. */
const logOf = (
  cloud: Cloud,
  target: LambdaFunction,
  session: RoleSession,
  stream: string,
): ((text: string) => void) => {
  const { account, region } = target;
  const group = logGroup(cloud, account, region, groupName(target));
  const resource = `${logGroupArn(cloud, account, region, group.name)}:log-stream:${stream}`;
  if (cloud.decide(session.caller, { action: 'logs:PutLogEvents', resource }, region).effect !== 'allow') {
    backgroundOf(cloud).report(`${target.name} has no logs: its role may not logs:PutLogEvents on ${resource}`);
    return () => undefined;
  }
  return (text) => writeLog(group, stream, cloud.now(), text);
};
