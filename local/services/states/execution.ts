/** Runs an execution on the local engine: tasks call Lambda, limits are Step Functions' own, and the end is what the history says. */

import { setMaxListeners } from 'node:events';
import { setImmediate as events } from 'node:timers/promises';
import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import { StateMachine } from 'aws-local-stepfunctions';
import type { Cloud } from '../../contract.ts';
import { backgroundOf } from '../background.ts';
import { createHistory, type Lane } from './history.ts';
import { type Execution, keepExecution, type Machine } from './machine.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { statesPace } from './settings.ts';
import { tellStatus } from './status-event.ts';
import { invokeTask, TaskError, Terminal } from './task.ts';

/** Bytes of any state's input, output or payload (Step Functions quotas). */
const LARGEST = 262_144;

/** Starts an execution; it runs by itself. */
export const startExecution = (cloud: Cloud, machine: Machine, name: string, input: string): Execution => {
  const history = createHistory(cloud.now);
  const stopped = new AbortController();
  // Every task under way listens to it.
  setMaxListeners(0, stopped.signal);
  const root: Lane = { previous: 0, input: undefined };

  const finish = (status: ExecutionStatus, record: () => void, result: Partial<Execution>): void => {
    if (execution.status !== 'RUNNING') return;
    root.previous = history.events.length;
    record();
    Object.assign(execution, result, { status, stoppedAt: cloud.now() });
    stopped.abort();
    // With the cloud everything ends: nobody is left to hear it.
    if (!backgroundOf(cloud).signal.aborted) tellStatus(cloud, execution);
  };
  const fail = (error: string, cause: string): void =>
    finish('FAILED', () => history.add(root, 'ExecutionFailed', { executionFailedEventDetails: { error, cause } }), {
      error,
      cause,
    });

  const execution: Execution = {
    name,
    arn: `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`,
    machine,
    input,
    startedAt: cloud.now(),
    history,
    status: 'RUNNING',
    stop: (error, cause) => {
      const details = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
      finish(
        'ABORTED',
        () => history.add(root, 'ExecutionAborted', { executionAbortedEventDetails: details }),
        details,
      );
    },
  };
  const recorder = createRecorder(
    history,
    machine.prepared.states,
    {
      failed: fail,
      succeeded: (value) => {
        const output = JSON.stringify(value);
        const details = { executionSucceededEventDetails: { output, outputDetails: { truncated: false } } };
        finish('SUCCEEDED', () => history.add(root, 'ExecutionSucceeded', details), { output });
      },
      timedOut: () => finish('TIMED_OUT', () => history.add(root, 'ExecutionTimedOut'), {}),
      checkSize: (state, json) => {
        if (Buffer.byteLength(json) <= LARGEST) return true;
        fail('States.DataLimitExceeded', tooLarge(state));
        return false;
      },
    },
    machine.roleArn,
  );
  keepExecution(cloud, execution);
  tellStatus(cloud, execution);
  const background = backgroundOf(cloud);
  background.run(execution.arn, async () => {
    const { signal } = background;
    const abort = (): void => execution.stop(undefined, undefined);
    signal.addEventListener('abort', abort, { once: true });
    stopped.signal.addEventListener('abort', () => signal.removeEventListener('abort', abort), { once: true });
    await drive(cloud, execution, recorder, stopped.signal).catch((error: unknown) =>
      fail('States.Runtime', String(error)),
    );
    fail('States.Runtime', 'The engine ended without a result.');
  });
  return execution;
};

const tooLarge = (state: string): string =>
  `The state/task '${state}' returned a result with a size exceeding the maximum number of bytes service limit.`;

const drive = async (cloud: Cloud, execution: Execution, recorder: Recorder, signal: AbortSignal): Promise<void> => {
  const { machine } = execution;
  const { runnable, states } = machine.prepared;
  const names = [...states.keys()];
  const { waitMs, retryMs } = statesPace(cloud);
  const forEach = <T>(value: T | undefined): Record<string, T> =>
    value === undefined ? {} : Object.fromEntries(names.map((name) => [name, value]));
  const handlers = names
    .filter((name) => states.get(name)?.type === 'Task')
    .map((name) => [name, taskHandler(cloud, execution, name, recorder, signal)] as const);
  const input = JSON.parse(execution.input);
  const run = new StateMachine(runnable, { validationOptions: { noValidate: true } }).run(input, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(handlers),
      waitTimeOverrides: forEach(waitMs),
      retryIntervalOverrides: forEach(retryMs),
    },
    context: {
      Execution: { Id: execution.arn, Name: execution.name, RoleArn: machine.roleArn, RedriveCount: 0 },
      StateMachine: { Id: machine.arn, Name: machine.name },
      Started: { Input: input, StartTime: execution.startedAt.toISOString() },
    },
  });
  // What became of it stands in the log.
  run.result.catch(() => undefined);
  signal.addEventListener('abort', run.abort, { once: true });
  for await (const event of run.eventLogs) {
    // Read on after the end, so that the engine's queue empties.
    if (execution.status === 'RUNNING') recorder.read(event);
  }
};

type Wrapped = { readonly payload: unknown; readonly run: unknown };

/** The engine calls this with what `definition.ts` has wrapped the parameters in. */
const taskHandler = (cloud: Cloud, execution: Execution, state: string, recorder: Recorder, signal: AbortSignal) => {
  const { machine, history } = execution;
  const facts = machine.prepared.states.get(state);
  const resource = facts?.resource ?? '';
  const kind = { resourceType: 'lambda', resource: 'invoke' };
  const stopped = (): Terminal => new Terminal('Stopped', 'The execution or its Map has ended.');
  return async (wrapped: unknown) => {
    // Until then the recorder has read that this state was entered, and whether the Map around it has failed.
    await events();
    const { payload, run } = wrapped as Wrapped;
    const lane = recorder.laneOf(state, run);
    if (signal.aborted || recorder.abandoned(lane)) throw stopped();
    const task = {};
    lane.task = task;
    const parameters = JSON.stringify(payload);
    const scheduled = { ...kind, region: machine.region, parameters, ...limitOf(facts?.timeoutSeconds) };
    history.add(lane, 'TaskScheduled', { taskScheduledEventDetails: scheduled });
    if (Buffer.byteLength(parameters) > LARGEST) throw new Terminal('States.DataLimitExceeded', tooLarge(state));
    history.add(lane, 'TaskStarted', { taskStartedEventDetails: kind });
    try {
      const result = await untilAborted(invokeTask(cloud, machine, execution.name, resource, payload), signal);
      const output = JSON.stringify(result);
      if (lane.task !== task || signal.aborted) throw stopped();
      if (Buffer.byteLength(output) > LARGEST) throw new Terminal('States.DataLimitExceeded', tooLarge(state));
      const details = { ...kind, output, outputDetails: { truncated: false } };
      history.add(lane, 'TaskSucceeded', { taskSucceededEventDetails: details });
      delete lane.task;
      return JSON.parse(output);
    } catch (error) {
      if (lane.task === task && !signal.aborted) {
        const { name, message } = error instanceof Error ? error : new TaskError('States.TaskFailed', String(error));
        history.add(lane, 'TaskFailed', { taskFailedEventDetails: { ...kind, error: name, cause: message } });
        delete lane.task;
      }
      throw error;
    }
  };
};

const limitOf = (timeoutInSeconds: number | undefined) => (timeoutInSeconds === undefined ? {} : { timeoutInSeconds });

/** A stopped execution does not wait for the function that it had invoked; the function runs on, as in AWS. */
const untilAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(new Terminal('Stopped', 'The execution has ended.'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => undefined);
  }
};
