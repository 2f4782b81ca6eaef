/** Runs in the worker thread of an environment: loads the bundle, runs the handler, as Lambda's Node.js runtime does. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorShape, FromWorker, Invocation, WorkerStart } from './messages.ts';

/** The largest answer of a synchronous invocation, and some room for its envelope (Lambda quotas). */
const LARGEST_ANSWER = 6_291_556;

type Handler = (event: unknown, context: object) => unknown;

const tell = (message: FromWorker): void => parentPort?.postMessage(message);

const shape = (error: unknown): ErrorShape =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

const crash = (error: ErrorShape): void => {
  tell({ kind: 'crash', error });
  process.exit(1);
};

// One channel for logs and results: then a line printed before the answer arrives before it.
const logTo = (stream: NodeJS.WriteStream): void => {
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    tell({ kind: 'log', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    const written = rest.at(-1);
    if (typeof written === 'function') written();
    return true;
  };
};

let requestId = '';

/** `console` prints time, request and level before the text; loggers that write to stdout are left alone. */
const labelConsole = (): void => {
  const labels = { debug: 'DEBUG', error: 'ERROR', info: 'INFO', log: 'INFO', trace: 'TRACE', warn: 'WARN' } as const;
  for (const [method, level] of Object.entries(labels)) {
    Reflect.set(console, method, (...values: unknown[]) => {
      tell({ kind: 'log', text: `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...values)}\n` });
    });
  }
};

const load = async ({ directory, handler }: WorkerStart): Promise<Handler> => {
  const dot = handler.lastIndexOf('.');
  const base = path.join(directory, handler.slice(0, dot));
  const file = ['.mjs', '.js', '.cjs'].map((suffix) => base + suffix).find(existsSync);
  if (file === undefined) {
    throw named('Runtime.ImportModuleError', `Error: Cannot find module '${path.basename(base)}'`);
  }
  const module: unknown = await import(pathToFileURL(file).href);
  const name = handler.slice(dot + 1);
  const found = typeof module === 'object' && module !== null ? Reflect.get(module, name) : undefined;
  if (typeof found !== 'function') {
    throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  return (event, context) => Reflect.apply(found, undefined, [event, context]);
};

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

const run = async (handler: Handler, invocation: Invocation): Promise<FromWorker> => {
  const { deadline, context } = invocation;
  requestId = invocation.requestId;
  process.env._X_AMZN_TRACE_ID = invocation.traceId;
  const event: unknown = JSON.parse(invocation.event);
  const answer = await handler(event, {
    ...context,
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  });
  const payload = JSON.stringify(answer) ?? 'null';
  if (Buffer.byteLength(payload) <= LARGEST_ANSWER) return { kind: 'result', payload };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${LARGEST_ANSWER} bytes).`;
  return { kind: 'error', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
};

const begin = async (): Promise<void> => {
  logTo(process.stdout);
  logTo(process.stderr);
  labelConsole();
  process.on('uncaughtException', (error) => crash(shape(error)));
  process.on('unhandledRejection', (reason) => {
    const { errorMessage, errorType, trace = [] } = shape(reason);
    crash({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: `${errorType}: ${errorMessage}`, trace });
  });
  const start: WorkerStart = workerData;
  const handler = await load(start);
  parentPort?.on('message', (invocation: Invocation) => {
    run(handler, invocation).then(tell, (error: unknown) => tell({ kind: 'error', error: shape(error) }));
  });
  tell({ kind: 'ready' });
};

begin().catch((error: unknown) => crash(shape(error)));
